/** Where assets lie on a map: what is alike lies near. The same for the same assets. */
import type { AssetId } from '#protocols/ids.ts'
import type { Summary } from './summary.ts'

/** Turns of the power iteration for each axis. @default 24 */
const AXIS_TURNS = 24
/** Turns in which neighbours pull and what lies too near pushes. @default 80 */
const TURNS = 80
/** How far neighbours come nearer in a turn, as a share of their distance. @default 0.06 */
const PULL = 0.06

export interface Place { readonly x: number; readonly y: number }
export interface Link { readonly a: AssetId; readonly b: AssetId; readonly weight: number }

/** Two main axes of the vectors, then neighbours pull each other and nothing lies on another. Gives others their turn meanwhile. */
export async function laidOut(summaries: readonly Summary[], links: readonly Link[]): Promise<Map<AssetId, Place>> {
  const sorted = [...summaries].sort((a, b) => a.id < b.id ? -1 : 1)
  if (sorted.length === 0) return new Map()
  const centred = centre(sorted)
  const first = await axis(centred, undefined)
  const second = await axis(centred, first)
  const points = centred.map((vector, at) => ({ x: along(vector, first), y: along(vector, second) + (sorted.length < 3 ? 0 : at * 1e-9) }))
  scale(points)
  await settle(points, linked(sorted, links))
  scale(points)
  return new Map(sorted.map(({ id }, at) => [id, { x: points[at]!.x, y: points[at]!.y }]))
}

interface Point { x: number; y: number }

function centre(summaries: readonly Summary[]): Float64Array[] {
  const mean = new Float64Array(summaries[0]!.mean.length)
  for (const { mean: vector } of summaries) for (let i = 0; i < mean.length; i++) mean[i]! += vector[i]! / summaries.length
  return summaries.map(({ mean: vector }) => Float64Array.from(vector, (value, i) => value - mean[i]!))
}

function along(vector: Float64Array, axis: Float64Array): number {
  let sum = 0
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * axis[i]!
  return sum
}

/** The direction in which the vectors differ most, at right angles to another; it begins where the longest of them points. */
async function axis(vectors: readonly Float64Array[], other: Float64Array | undefined): Promise<Float64Array> {
  const free = (vector: Float64Array): Float64Array => {
    const share = other === undefined ? 0 : along(vector, other)
    const rest = vector.map((value, i) => value - share * (other?.[i] ?? 0))
    const length = Math.sqrt(along(rest, rest))
    return length > 1e-12 ? rest.map((value) => value / length) : rest.fill(0)
  }
  const lengthWithout = (vector: Float64Array): number => along(vector, vector) - (other === undefined ? 0 : along(vector, other) ** 2)
  let direction = free(vectors.reduce((best, vector) => lengthWithout(vector) > lengthWithout(best) + 1e-12 ? vector : best).slice())
  for (let turn = 0; turn < AXIS_TURNS; turn++) {
    const next = new Float64Array(direction.length)
    for (const vector of vectors) {
      const share = along(vector, direction)
      for (let i = 0; i < next.length; i++) next[i]! += share * vector[i]!
    }
    direction = free(next)
    await new Promise(setImmediate)
  }
  return direction
}

/** Into 0 to 1, both axes by the same measure, in the middle. */
function scale(points: readonly Point[]): void {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)]
  const [left, right, top, bottom] = [low(xs), high(xs), low(ys), high(ys)]
  const size = Math.max(right - left, bottom - top, 1e-12)
  for (const point of points) {
    point.x = points.length === 1 ? 0.5 : 0.5 + (point.x - (left + right) / 2) / size
    point.y = points.length === 1 ? 0.5 : 0.5 + (point.y - (top + bottom) / 2) / size
  }
}

const low = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity)
const high = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity)

type Spring = readonly [a: number, b: number, weight: number]

function linked(sorted: readonly Summary[], links: readonly Link[]): Spring[] {
  const places = new Map(sorted.map(({ id }, at) => [id, at]))
  return links.flatMap(({ a, b, weight }) => {
    const [first, second] = [places.get(a), places.get(b)]
    return first === undefined || second === undefined ? [] : [[first, second, weight] as const]
  })
}

async function settle(points: readonly Point[], springs: readonly Spring[]): Promise<void> {
  const room = 0.6 / Math.sqrt(points.length)
  for (let turn = 0; turn < TURNS; turn++) {
    const heat = 1 - turn / TURNS
    for (const [a, b, weight] of springs) pull(points[a]!, points[b]!, PULL * weight * heat, room)
    push(points, room)
    if (turn % 4 === 3) await new Promise(setImmediate)
  }
}

function pull(a: Point, b: Point, share: number, room: number): void {
  const [byX, byY] = [b.x - a.x, b.y - a.y]
  if (Math.hypot(byX, byY) <= room) return
  a.x += byX * share
  a.y += byY * share
  b.x -= byX * share
  b.y -= byY * share
}

/** What is nearer than `room` goes apart; only what lies in cells side by side is compared. */
function push(points: readonly Point[], room: number): void {
  const cells = new Map<string, number[]>()
  const cellOf = ({ x, y }: Point): [number, number] => [Math.floor(x / room), Math.floor(y / room)]
  for (const [at, point] of points.entries()) {
    const key = cellOf(point).join()
    cells.set(key, [...cells.get(key) ?? [], at])
  }
  for (const [at, point] of points.entries()) {
    const [column, row] = cellOf(point)
    for (let x = column - 1; x <= column + 1; x++) for (let y = row - 1; y <= row + 1; y++) for (const other of cells.get(`${x},${y}`) ?? []) if (other > at) apart(point, points[other]!, at - other, room)
  }
}

/** Points that lie on each other part in a direction that their places in the list say. */
function apart(a: Point, b: Point, order: number, room: number): void {
  const [byX, byY] = [a.x - b.x, a.y - b.y]
  const away = Math.hypot(byX, byY)
  if (away >= room) return
  const step = (room - away) / 4
  const [x, y] = away > 1e-9 ? [byX / away, byY / away] : [Math.cos(order * 2.4), Math.sin(order * 2.4)]
  a.x += x * step
  a.y += y * step
  b.x -= x * step
  b.y -= y * step
}
