/** Points that can be found again: brightness changes around them in every direction (Shi and Tomasi). */
import type { Plane } from './plane.ts'

/** Pixels around a corner that are looked at, in each direction. @default 3 */
const REACH = 3
/** A corner is at least so good, as a share of the best one. @default 0.02 */
const QUALITY = 0.02
/** And changes brightness at least so much, whatever the others are. @default 40 */
const LEAST_CHANGE = 40

export interface Corner { readonly x: number; readonly y: number; readonly score: number }

/** The best first, no two closer than `distance` pixels, nor to those that are `known`. */
export function findCorners(plane: Plane, { count, distance, known = [] }: { count: number; distance: number; known?: ReadonlyArray<{ readonly x: number; readonly y: number }> }): Corner[] {
  const scores = cornerScores(plane)
  const best = peaks(scores, plane.width, plane.height)
  const taken = new Set<number>()
  const across = Math.ceil(plane.width / distance)
  const cellOf = (x: number, y: number): number => Math.floor(y / distance) * across + Math.floor(x / distance)
  const placed: Array<{ x: number; y: number }> = [...known]
  for (const { x, y } of known) taken.add(cellOf(x, y))
  const found: Corner[] = []
  for (const corner of best) {
    if (found.length >= count) break
    if (taken.has(cellOf(corner.x, corner.y)) || placed.some(({ x, y }) => Math.hypot(x - corner.x, y - corner.y) < distance)) continue
    taken.add(cellOf(corner.x, corner.y))
    placed.push(corner)
    found.push(corner)
  }
  return found
}

/** The lesser eigenvalue of the changes around each pixel, per pixel. */
function cornerScores({ width, height, values }: Plane): Float32Array {
  const [xx, xy, yy] = [new Float32Array(values.length), new Float32Array(values.length), new Float32Array(values.length)]
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      const [dx, dy] = [(values[at + 1]! - values[at - 1]!) / 2, (values[at + width]! - values[at - width]!) / 2]
      xx[at] = dx * dx
      xy[at] = dx * dy
      yy[at] = dy * dy
    }
  }
  for (const changes of [xx, xy, yy]) smooth(changes, width, height)
  const scores = new Float32Array(values.length)
  for (let at = 0; at < scores.length; at++) scores[at] = (xx[at]! + yy[at]!) / 2 - Math.sqrt(((xx[at]! - yy[at]!) / 2) ** 2 + xy[at]! ** 2)
  return scores
}

/** Means of the squares around, in place. */
function smooth(values: Float32Array, width: number, height: number): void {
  const line = new Float32Array(Math.max(width, height))
  const pass = (start: number, step: number, length: number): void => {
    let sum = 0
    for (let i = -REACH; i < length; i++) {
      if (i + REACH < length) sum += values[start + (i + REACH) * step]!
      if (i - REACH - 1 >= 0) sum -= values[start + (i - REACH - 1) * step]!
      if (i >= 0) line[i] = sum / (2 * REACH + 1)
    }
    for (let i = 0; i < length; i++) values[start + i * step] = line[i]!
  }
  for (let y = 0; y < height; y++) pass(y * width, 1, width)
  for (let x = 0; x < width; x++) pass(x, width, height)
}

/** Pixels that are better than their eight neighbours, away from the edge, the best first. */
function peaks(scores: Float32Array, width: number, height: number): Corner[] {
  let most = 0
  for (const score of scores) if (score > most) most = score
  const least = Math.max(LEAST_CHANGE, most * QUALITY)
  const found: Corner[] = []
  const edge = REACH * 2 + 2
  for (let y = edge; y < height - edge; y++) {
    for (let x = edge; x < width - edge; x++) {
      const score = scores[y * width + x]!
      if (score >= least && isPeak(scores, width, y * width + x, score)) found.push({ x, y, score })
    }
  }
  return found.sort((a, b) => b.score - a.score)
}

function isPeak(scores: Float32Array, width: number, at: number, score: number): boolean {
  for (const [before, by] of [[true, -width - 1], [true, -width], [true, -width + 1], [true, -1], [false, 1], [false, width - 1], [false, width], [false, width + 1]] as const) {
    if (before ? scores[at + by]! >= score : scores[at + by]! > score) return false
  }
  return true
}
