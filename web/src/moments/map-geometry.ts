import type { RelationMap } from '#protocols/http.ts'

type MapNode = RelationMap['nodes'][number]

/** What of the map is on screen: the place in its middle, 0 to 1, and how many pixels the whole map is wide. */
export interface MapView { readonly x: number; readonly y: number; readonly scale: number }
export interface Size { readonly width: number; readonly height: number }
export interface Point { readonly x: number; readonly y: number }

/** Narrowest and widest the whole map is drawn, in pixels. */
const LEAST_SCALE = 200
const MOST_SCALE = 60_000
/** Share of the screen that stays free around what is fitted into it. */
const MARGIN = 0.12
/** Of that at least so much on each side, in pixels: half a picture and half the name above it. @default 64 */
const LEAST_MARGIN_PX = 64
/** How near the pointer has to be to a clip, in pixels. @default 18 */
const REACH = 18

export const toScreen = ({ x, y, scale }: MapView, { width, height }: Size, point: Point): Point => ({ x: (point.x - x) * scale + width / 2, y: (point.y - y) * scale + height / 2 })
export const toMap = ({ x, y, scale }: MapView, { width, height }: Size, point: Point): Point => ({ x: (point.x - width / 2) / scale + x, y: (point.y - height / 2) / scale + y })

/** Larger by a factor around a point of the screen, which stays where it is. */
export function zoomedAt(view: MapView, size: Size, factor: number, at: Point): MapView {
  const scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, view.scale * factor))
  const under = toMap(view, size, at)
  return { scale, x: under.x - (at.x - size.width / 2) / scale, y: under.y - (at.y - size.height / 2) / scale }
}

/** Moved by pixels; what was there before stays reachable. */
export function pannedBy(view: MapView, byX: number, byY: number): MapView {
  const within = (value: number): number => Math.min(1.2, Math.max(-0.2, value))
  return { ...view, x: within(view.x - byX / view.scale), y: within(view.y - byY / view.scale) }
}

/** All of these clips, as large as they fit. */
export function fitted(nodes: readonly Point[], size: Size): MapView {
  if (nodes.length === 0) return { x: 0.5, y: 0.5, scale: Math.min(size.width, size.height) }
  const [xs, ys] = [nodes.map(({ x }) => x), nodes.map(({ y }) => y)]
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
  const room = (side: number): number => Math.max(1, side - 2 * Math.max(side * MARGIN, LEAST_MARGIN_PX))
  const scale = Math.min(room(size.width) / Math.max(right - left, 0.02), room(size.height) / Math.max(bottom - top, 0.02))
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale: Math.min(MOST_SCALE / 4, Math.max(LEAST_SCALE, scale)) }
}

/** The clip under a point of the screen. */
export function nodeAt(nodes: readonly MapNode[], view: MapView, size: Size, at: Point, reach = REACH): MapNode | undefined {
  let best: { readonly node: MapNode; readonly away: number } | undefined
  for (const node of nodes) {
    const { x, y } = toScreen(view, size, node)
    const away = Math.hypot(x - at.x, y - at.y)
    if (away <= reach && (best === undefined || away < best.away)) best = { node, away }
  }
  return best?.node
}
