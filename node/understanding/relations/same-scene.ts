/** Whether two assets show the same scene. Pure. */
import { hamming, parseHashes } from '#ring'
import type { SceneLook } from './summary.ts'
import { dot } from '../vectors.ts'

/** Least likeness of two scenes that are the same, -1 to 1. @default 0.92 */
export const SAME_SCENE = 0.92
/** Most bits of 64 in which the hashes of their hero pictures differ: vectors alone take every interview for the same. @default 22 */
export const SCENE_BITS = 22
/** Pairs of scenes that are kept of two assets. @default 8 */
export const MAX_PAIRS = 8

export interface ScenePair {
  readonly a: SceneLook
  readonly b: SceneLook
  readonly likeness: number
}

/** Whether two pictures are laid out alike; flat ones say nothing, and are alike when both are. */
export function looksAlike(a: string, b: string): boolean {
  const [[first], [second]] = [parseHashes(a), parseHashes(b)]
  return first === undefined || second === undefined ? a === b : hamming(first, second) <= SCENE_BITS
}

/** The scenes that two assets share, each at most once, the most alike first. */
export function sameScenes(a: readonly SceneLook[], b: readonly SceneLook[]): ScenePair[] {
  const pairs = a.flatMap((one) => b.map((other) => ({ a: one, b: other, likeness: dot(one.vector, other.vector) }))).filter(({ a, b, likeness }) => likeness >= SAME_SCENE && looksAlike(a.hash, b.hash))
  const taken = new Set<SceneLook>()
  return pairs.sort((x, y) => y.likeness - x.likeness).filter(({ a, b }) => {
    const isFree = !taken.has(a) && !taken.has(b)
    if (isFree) for (const scene of [a, b]) taken.add(scene)
    return isFree
  }).slice(0, MAX_PAIRS)
}
