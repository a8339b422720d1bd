import type { MotionRequest, PolygonView } from '#protocols/http.ts'

export type Corner = readonly [x: number, y: number]
export type Zone = NonNullable<MotionRequest['zones']>[number]

export interface Areas {
  readonly masks: readonly PolygonView[]
  readonly zones: readonly Zone[]
}

/** Areas as they are drawn, and the one that is being drawn. */
export interface Sketch extends Areas {
  readonly drawing: { readonly kind: 'mask' | 'zone'; readonly corners: readonly Corner[] } | undefined
}

export const EMPTY_SKETCH: Sketch = { masks: [], zones: [], drawing: undefined }
/** Areas of each kind, and corners of one, at most: as the node takes them. */
export const [MAX_AREAS, MAX_CORNERS] = [32, 64]

export const begin = (sketch: Sketch, kind: 'mask' | 'zone'): Sketch => ({ ...sketch, drawing: { kind, corners: [] } })
export const cancel = (sketch: Sketch): Sketch => ({ ...sketch, drawing: undefined })

/** The areas as they are stored now, in the place of those that were stored before; what somebody drew since then stands. */
export const takeOver = (sketch: Sketch, before: Areas, { masks, zones }: Areas): Sketch => areSame(sketch, before) ? { ...sketch, masks, zones } : sketch

const areSame = (one: Areas, other: Areas): boolean => written(one) === written(other)
const written = ({ masks, zones }: Areas): string => JSON.stringify([masks, zones.map(({ name, polygon }) => [name, polygon])])

/** Within the picture, to a thousandth. */
export function addCorner(sketch: Sketch, [x, y]: Corner): Sketch {
  const { drawing } = sketch
  if (drawing === undefined || drawing.corners.length >= MAX_CORNERS) return sketch
  const within = (share: number): number => Math.round(Math.min(1, Math.max(0, share)) * 1_000) / 1_000
  return { ...sketch, drawing: { ...drawing, corners: [...drawing.corners, [within(x), within(y)]] } }
}

/** What is drawn becomes an area; fewer than three corners are none. A zone gets the first free name. */
export function finish({ masks, zones, drawing }: Sketch): Sketch {
  const polygon = drawing?.corners.map(([x, y]): [number, number] => [x, y]) ?? []
  const kept = { masks, zones, drawing: undefined }
  if (drawing === undefined || polygon.length < 3) return kept
  return drawing.kind === 'mask' ? { ...kept, masks: [...masks, polygon] } : { ...kept, zones: [...zones, { name: freeName(zones), polygon }] }
}

export const without = (sketch: Sketch, kind: 'mask' | 'zone', place: number): Sketch =>
  kind === 'mask' ? { ...sketch, masks: sketch.masks.filter((_, i) => i !== place) } : { ...sketch, zones: sketch.zones.filter((_, i) => i !== place) }

export const rename = (sketch: Sketch, place: number, name: string): Sketch => ({ ...sketch, zones: sketch.zones.map((zone, i) => i === place ? { ...zone, name } : zone) })

function freeName(zones: readonly Zone[]): string {
  const names = new Set(zones.map(({ name }) => name))
  let number = 1
  while (names.has(`Zone ${number}`)) number++
  return `Zone ${number}`
}
