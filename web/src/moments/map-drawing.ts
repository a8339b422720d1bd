import type { RelationMap } from '#protocols/http.ts'
import { type MapView, type Size, toScreen } from './map-geometry.ts'

type MapNode = RelationMap['nodes'][number]

/** Pictures take the place of dots where no more than so many clips are on screen. @default 80 */
const MOST_PICTURES = 80
const PICTURE = { width: 96, height: 54 } as const
const DOT = 6
/** Colours of topics, by turns; those of the ring's members. */
const COLOURS = 8
const LINES = { duplicate: '--m2', scene: '--m0', moment: '--m1', like: '--line-strong' } as const
/** Half of what a name may be wide before it is left out for its neighbour, in pixels. */
const NAME_ROOM = 70

/** What is drawn, and what stands out in it. */
export interface Drawing {
  readonly map: RelationMap
  readonly view: MapView
  readonly size: Size
  readonly hovered: string | undefined
  /** Clips that are meant; the others are dim. */
  readonly meant: ReadonlySet<string> | undefined
  readonly pictureOf: (node: MapNode) => HTMLImageElement | undefined
}

/** The colour of a topic, as CSS. */
export const topicColour = (at: number): string => at < 0 ? 'var(--text-faint)' : `var(--m${at % COLOURS})`

export function drawMap(context: CanvasRenderingContext2D, drawing: Drawing): void {
  const { map: { nodes, edges, topics }, view, size, meant, hovered } = drawing
  const style = getComputedStyle(context.canvas)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  context.clearRect(0, 0, size.width, size.height)
  const places = new Map(nodes.map((node) => [node.asset, toScreen(view, size, node)]))
  const shown = nodes.filter(({ asset }) => { const { x, y } = places.get(asset)!; return x > -60 && x < size.width + 60 && y > -60 && y < size.height + 60 })
  const arePictures = shown.length <= MOST_PICTURES
  const topicAt = new Map(topics.map(({ id }, at) => [id, at]))
  for (const { from, to, kind } of edges) {
    const [a, b] = [places.get(from), places.get(to)]
    if (a === undefined || b === undefined) continue
    context.globalAlpha = meant === undefined || (meant.has(from) && meant.has(to)) ? 0.8 : 0.15
    context.strokeStyle = colour(LINES[kind])
    context.lineWidth = kind === 'like' ? 1 : 2
    context.beginPath()
    context.moveTo(a.x, a.y)
    context.lineTo(b.x, b.y)
    context.stroke()
  }
  for (const node of shown) {
    const { x, y } = places.get(node.asset)!
    const at = node.topic === null ? -1 : topicAt.get(node.topic) ?? -1
    context.globalAlpha = meant === undefined || meant.has(node.asset) ? 1 : 0.25
    const image = arePictures ? drawing.pictureOf(node) : undefined
    context.fillStyle = at < 0 ? colour('--text-faint') : colour(`--m${at % COLOURS}`)
    if (image === undefined) dot(context, x, y, node.asset === hovered ? DOT * 1.7 : DOT)
    else picture(context, image, x, y, node.asset === hovered)
  }
  context.globalAlpha = 1
  names(context, drawing, places, colour)
}

function dot(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath()
  context.arc(x, y, radius, 0, 2 * Math.PI)
  context.fill()
}

/** Framed in the colour of its topic. */
function picture(context: CanvasRenderingContext2D, image: HTMLImageElement, x: number, y: number, isLarge: boolean): void {
  const grow = isLarge ? 1.35 : 1
  const [width, height] = [PICTURE.width * grow, PICTURE.height * grow]
  context.fillRect(x - width / 2 - 2, y - height / 2 - 2, width + 4, height + 4)
  context.drawImage(image, x - width / 2, y - height / 2, width, height)
}

/** Names of topics over their middles, the largest first; one that would lie over another is left out. */
function names(context: CanvasRenderingContext2D, { map: { topics }, meant }: Drawing, places: ReadonlyMap<string, { readonly x: number; readonly y: number }>, colour: (name: string) => string): void {
  const taken: Array<{ readonly x: number; readonly y: number }> = []
  context.font = '600 14px system-ui, sans-serif'
  context.textAlign = 'center'
  for (const [at, { name, assets }] of [...topics.entries()].sort(([, a], [, b]) => b.assets.length - a.assets.length)) {
    const points = assets.flatMap((asset) => places.get(asset) ?? [])
    if (points.length === 0 || (meant !== undefined && !assets.some((asset) => meant.has(asset)))) continue
    const x = points.reduce((sum, point) => sum + point.x, 0) / points.length
    const y = Math.min(...points.map((point) => point.y)) - 38
    if (taken.some((other) => Math.abs(other.x - x) < 2 * NAME_ROOM && Math.abs(other.y - y) < 18)) continue
    taken.push({ x, y })
    context.lineWidth = 4
    context.strokeStyle = colour('--bg')
    context.strokeText(name, x, y)
    context.fillStyle = colour(`--m${at % COLOURS}`)
    context.fillText(name, x, y)
  }
}
