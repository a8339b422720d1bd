/** Brightness as numbers, and pictures of half, a quarter… of the size. */
export interface Plane {
  readonly width: number
  readonly height: number
  readonly values: Float32Array
}

/** Sizes of a picture, each half as large. @default 4 */
export const LEVELS = 4
/** A level smaller than this in pixels is not made. @default 24 */
const LEAST_SIDE = 24

/** The picture itself first. */
export function pyramidOf(luma: Uint8Array, width: number, height: number): Plane[] {
  const levels: Plane[] = [{ width, height, values: Float32Array.from(luma) }]
  for (let last = levels[0]!; levels.length < LEVELS && Math.min(last.width, last.height) >= LEAST_SIDE * 2;) levels.push(last = halved(last))
  return levels
}

/** Each pixel the mean of four, a little smoothed by their neighbours (1 3 3 1). */
function halved({ width, height, values }: Plane): Plane {
  const [half, halfHigh] = [width >> 1, height >> 1]
  const across = new Float32Array(half * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < half; x++) {
      const at = y * width + 2 * x
      across[y * half + x] = (values[x > 0 ? at - 1 : at]! + 3 * values[at]! + 3 * values[at + 1]! + values[2 * x + 2 < width ? at + 2 : at + 1]!) / 8
    }
  }
  const small = new Float32Array(half * halfHigh)
  for (let y = 0; y < halfHigh; y++) {
    const [a, b, c, d] = [Math.max(0, 2 * y - 1), 2 * y, 2 * y + 1, Math.min(height - 1, 2 * y + 2)]
    for (let x = 0; x < half; x++) small[y * half + x] = (across[a * half + x]! + 3 * across[b * half + x]! + 3 * across[c * half + x]! + across[d * half + x]!) / 8
  }
  return { width: half, height: halfHigh, values: small }
}

/** The square around a place, `reach` in each direction, line by line, between pixels by the four around; the edge goes on outside. */
export function squareAt(plane: Plane, x: number, y: number, reach: number, into: Float32Array): Float32Array {
  const { width, height, values } = plane
  const [left, top] = [Math.floor(x) - reach, Math.floor(y) - reach]
  const side = 2 * reach + 1
  if (left < 0 || top < 0 || left + side >= width || top + side >= height) return squareAtEdge(plane, x, y, reach, into)
  const [dx, dy] = [x - Math.floor(x), y - Math.floor(y)]
  const [a, b, c, d] = [(1 - dx) * (1 - dy), dx * (1 - dy), (1 - dx) * dy, dx * dy] // the same for all of the square
  for (let row = 0, to = 0; row < side; row++) {
    for (let at = (top + row) * width + left, end = at + side; at < end; at++, to++) into[to] = a * values[at]! + b * values[at + 1]! + c * values[at + width]! + d * values[at + width + 1]!
  }
  return into
}

function squareAtEdge(plane: Plane, x: number, y: number, reach: number, into: Float32Array): Float32Array {
  const side = 2 * reach + 1
  for (let to = 0; to < side * side; to++) into[to] = valueAt(plane, x + (to % side) - reach, y + Math.floor(to / side) - reach)
  return into
}

function valueAt({ width, height, values }: Plane, x: number, y: number): number {
  const [cx, cy] = [Math.min(Math.max(x, 0), width - 1.001), Math.min(Math.max(y, 0), height - 1.001)]
  const [left, top] = [Math.floor(cx), Math.floor(cy)]
  const [dx, dy] = [cx - left, cy - top]
  const at = top * width + left
  return (values[at]! * (1 - dx) + values[at + 1]! * dx) * (1 - dy) + (values[at + width]! * (1 - dx) + values[at + width + 1]! * dx) * dy
}
