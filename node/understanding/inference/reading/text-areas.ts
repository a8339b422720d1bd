/** Where lines of text are, from a map of how sure a network is of text at each pixel: areas that hang together, each in the smallest rectangle, which may be turned. Pure. */

/** A pixel is text from here, 0 to 1. @default 0.3 */
export const TEXT_PIXEL = 0.3
/** An area is text when its pixels are it on average by so much, 0 to 1. @default 0.6 */
export const TEXT_AREA = 0.6
/** Smaller areas are specks, in pixels of the map. @default 16 */
export const MIN_AREA = 16
/** The network is taught to see only the heart of a line: it is widened by its area over its circumference times this. @default 1.6 */
export const WIDENED = 1.6
/** More lines are not read in one picture: the surest are. @default 100 */
export const MAX_AREAS = 100

export interface TextMap {
  readonly width: number
  readonly height: number
  readonly values: Float32Array
}

type Point = readonly [x: number, y: number]

/** In pixels of the map. The angle is that of its long side, in radians, -π/2 to π/2. */
export interface TextArea {
  readonly centre: Point
  readonly length: number
  readonly thickness: number
  readonly angle: number
  readonly confidence: number
}

export function textAreas(map: TextMap): TextArea[] {
  const areas: TextArea[] = []
  for (const { edge, count, sum } of connectedIn(map)) {
    const confidence = sum / count
    if (count >= MIN_AREA && confidence >= TEXT_AREA) areas.push({ ...widened(smallestRectangle(edge)), confidence })
  }
  return joinedUp(areas.sort((a, b) => b.confidence * b.length - a.confidence * a.length).slice(0, MAX_AREAS))
}

/** Rectangles of one line that reach into each other, when it was found in pieces: otherwise what is between them is read twice. */
function joinedUp(areas: readonly TextArea[]): TextArea[] {
  const whole: TextArea[] = []
  for (let area of areas) {
    for (let i = whole.length - 1; i >= 0; i--) {
      const joined = joinedWith(whole[i]!, area)
      if (joined === undefined) continue
      whole.splice(i, 1)
      area = joined
    }
    whole.push(area)
  }
  return whole
}

/** Their directions differ by less, in radians, and their middles by less than this share of their thickness. */
const ONE_DIRECTION = 0.1
const ONE_LINE = 0.35

function joinedWith(a: TextArea, b: TextArea): TextArea | undefined {
  const [cos, sin] = [Math.cos(a.angle), Math.sin(a.angle)]
  const [x, y] = [b.centre[0] - a.centre[0], b.centre[1] - a.centre[1]]
  const [along, aside] = [x * cos + y * sin, y * cos - x * sin]
  const isShort = b.length < 2 * b.thickness // then it has no direction of its own
  if (!isShort && Math.abs(upright(a.angle - b.angle)) > ONE_DIRECTION) return undefined
  if (Math.abs(aside) > ONE_LINE * Math.min(a.thickness, b.thickness) || Math.abs(along) > (a.length + b.length) / 2) return undefined
  const [from, to] = [Math.min(-a.length / 2, along - b.length / 2), Math.max(a.length / 2, along + b.length / 2)]
  const middle = (from + to) / 2
  return { ...a, centre: [a.centre[0] + middle * cos, a.centre[1] + middle * sin], length: to - from, thickness: Math.max(a.thickness, b.thickness) }
}

interface Connected {
  /** Leftmost and rightmost corners of its pixels in each row: their hull is that of the area. */
  readonly edge: Point[]
  readonly count: number
  readonly sum: number
}

function* connectedIn({ width, height, values }: TextMap): Generator<Connected> {
  const seen = new Uint8Array(width * height)
  const stack = new Int32Array(width * height)
  for (let first = 0; first < seen.length; first++) {
    if (seen[first] === 1 || values[first]! < TEXT_PIXEL) continue
    const rows = new Map<number, [left: number, right: number]>()
    let [count, sum, open] = [0, 0, 0]
    const visit = (at: number): void => {
      if (seen[at] === 1 || values[at]! < TEXT_PIXEL) return
      seen[at] = 1
      stack[open++] = at
    }
    visit(first)
    while (open > 0) {
      const at = stack[--open]!
      const [x, y] = [at % width, Math.floor(at / width)]
      count++
      sum += values[at]!
      const row = rows.get(y)
      if (row === undefined) rows.set(y, [x, x])
      else rows.set(y, [Math.min(row[0], x), Math.max(row[1], x)])
      if (x > 0) visit(at - 1)
      if (x < width - 1) visit(at + 1)
      if (y > 0) visit(at - width)
      if (y < height - 1) visit(at + width)
    }
    yield { count, sum, edge: [...rows].flatMap(([y, [left, right]]): Point[] => [[left, y], [left, y + 1], [right + 1, y], [right + 1, y + 1]]) }
  }
}

const cross = ([ox, oy]: Point, [ax, ay]: Point, [bx, by]: Point): number => (ax - ox) * (by - oy) - (ay - oy) * (bx - ox)

/** The convex hull, by Andrew's monotone chain. */
function hullOf(points: readonly Point[]): Point[] {
  const sorted = points.toSorted(([ax, ay], [bx, by]) => ax - bx || ay - by)
  const half = (chain: readonly Point[]): Point[] => {
    const hull: Point[] = []
    for (const point of chain) {
      while (hull.length > 1 && cross(hull.at(-2)!, hull.at(-1)!, point) <= 0) hull.pop()
      hull.push(point)
    }
    return hull.slice(0, -1)
  }
  return [...half(sorted), ...half(sorted.toReversed())]
}

type Rectangle = Omit<TextArea, 'confidence'>

/** One of its sides lies on a side of the hull. */
function smallestRectangle(points: readonly Point[]): Rectangle {
  const hull = hullOf(points)
  const turns = hull.map(([x, y], i) => {
    const [nextX, nextY] = hull[(i + 1) % hull.length]!
    return Math.atan2(nextY - y, nextX - x)
  })
  const rectangles = turns.map((turn) => rectangleAt(hull, turn))
  return rectangles.reduce((least, one) => one.length * one.thickness < least.length * least.thickness - 1e-6 ? one : least, rectangleAt(hull, 0))
}

function rectangleAt(hull: readonly Point[], turn: number): Rectangle {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  const along = hull.map(([x, y]) => x * cos + y * sin)
  const aside = hull.map(([x, y]) => y * cos - x * sin)
  const [from, to, over, under] = [Math.min(...along), Math.max(...along), Math.min(...aside), Math.max(...aside)]
  const [middleAlong, middleAside] = [(from + to) / 2, (over + under) / 2]
  const centre: Point = [middleAlong * cos - middleAside * sin, middleAlong * sin + middleAside * cos]
  const isLong = to - from >= under - over
  return { centre, length: isLong ? to - from : under - over, thickness: isLong ? under - over : to - from, angle: upright(isLong ? turn : turn + Math.PI / 2) }
}

/** The same line, read from left to right. */
function upright(angle: number): number {
  const turned = angle - Math.PI * Math.round(angle / Math.PI)
  return Object.is(turned, -0) ? 0 : turned
}

function widened({ length, thickness, ...rest }: Rectangle): Rectangle {
  const by = 2 * (length * thickness * WIDENED) / (2 * (length + thickness))
  return { ...rest, length: length + by, thickness: thickness + by }
}
