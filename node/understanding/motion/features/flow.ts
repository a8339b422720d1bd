/** Where a point of one picture lies in the next (Lucas and Kanade, coarse to fine). */
import { type Plane, squareAt } from './plane.ts'

/** Pixels around a point that are compared, in each direction. @default 7 */
export const REACH = 7
/** Steps towards the place, on each level. @default 20 */
const STEPS = 20
/** A step shorter than this, in pixels, is the last. @default 0.01 */
const NEAR = 0.01
const SIDE = 2 * REACH + 1

/** Brightness around a point, and how it changes. */
export interface Patch {
  readonly values: Float32Array
  readonly dx: Float32Array
  readonly dy: Float32Array
  /** Of the changes: what a step is computed by. */
  readonly xx: number
  readonly xy: number
  readonly yy: number
}

export interface Place { readonly x: number; readonly y: number }

const WIDE = SIDE + 2
const wide = new Float32Array(WIDE * WIDE)

export function patchAt(plane: Plane, x: number, y: number): Patch {
  const [values, dx, dy] = [new Float32Array(SIDE * SIDE), new Float32Array(SIDE * SIDE), new Float32Array(SIDE * SIDE)]
  let [xx, xy, yy] = [0, 0, 0]
  squareAt(plane, x, y, REACH + 1, wide)
  for (let row = 0, at = 0; row < SIDE; row++) {
    for (let from = (row + 1) * WIDE + 1, end = from + SIDE; from < end; from++, at++) {
      const [gx, gy] = [(wide[from + 1]! - wide[from - 1]!) / 2, (wide[from + WIDE]! - wide[from - WIDE]!) / 2]
      values[at] = wide[from]!
      dx[at] = gx
      dy[at] = gy
      xx += gx * gx
      xy += gx * gy
      yy += gy * gy
    }
  }
  return { values, dx, dy, xx, xy, yy }
}

/** From a first guess to where the patch fits best; undefined where nothing says so, or it leaves the picture. Light that changes alike all over the patch does not matter. */
export function settle(patch: Patch, plane: Plane, guess: Place): Place | undefined {
  const { xx, xy, yy } = patch
  const determinant = xx * yy - xy * xy
  if (determinant < 1e-3 * Math.max(1, xx + yy)) return undefined
  let { x, y } = guess
  for (let step = 0; step < STEPS; step++) {
    const [bx, by] = mismatch(patch, plane, x, y)
    const [sx, sy] = [(yy * bx - xy * by) / determinant, (xx * by - xy * bx) / determinant]
    x += sx
    y += sy
    if (x < 0 || y < 0 || x > plane.width - 1 || y > plane.height - 1 || Math.hypot(sx, sy) > SIDE) return undefined
    if (Math.hypot(sx, sy) < NEAR) break
  }
  return { x, y }
}

const seen = new Float32Array(SIDE * SIDE)

function mismatch({ values, dx, dy }: Patch, plane: Plane, x: number, y: number): [number, number] {
  let [light, bx, by] = [0, 0, 0]
  squareAt(plane, x, y, REACH, seen)
  for (let at = 0; at < seen.length; at++) light += seen[at] = values[at]! - seen[at]!
  light /= SIDE * SIDE
  for (let at = 0; at < seen.length; at++) {
    bx += (seen[at]! - light) * dx[at]!
    by += (seen[at]! - light) * dy[at]!
  }
  return [bx, by]
}

/** How alike the patch and the picture around a place are: 1 the same but for light, 0 not at all. */
export function likeness({ values }: Patch, plane: Plane, { x, y }: Place): number {
  let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0]
  squareAt(plane, x, y, REACH, seen)
  for (let at = 0; at < seen.length; at++) {
    const [one, other] = [values[at]!, seen[at]!]
    a += one
    b += other
    aa += one * one
    bb += other * other
    ab += one * other
  }
  const count = SIDE * SIDE
  const [va, vb] = [aa - (a * a) / count, bb - (b * b) / count]
  return va < 1 || vb < 1 ? 0 : (ab - (a * b) / count) / Math.sqrt(va * vb)
}

/** Through all levels, the coarsest first; undefined when it is lost on the finest. */
export function flowTo(from: readonly Plane[], to: readonly Plane[], place: Place): Place | undefined {
  let [moveX, moveY] = [0, 0]
  let found: Place | undefined
  for (let level = from.length - 1; level >= 0; level--) {
    const scale = 2 ** level
    const here = { x: (place.x + 0.5) / scale - 0.5, y: (place.y + 0.5) / scale - 0.5 }
    found = settle(patchAt(from[level]!, here.x, here.y), to[level]!, { x: here.x + moveX, y: here.y + moveY })
    if (found !== undefined) [moveX, moveY] = [found.x - here.x, found.y - here.y]
    ;[moveX, moveY] = [moveX * 2, moveY * 2]
  }
  return found
}
