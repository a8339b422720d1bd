/** Boxes that were found of one thing. Pure. */
import type { Box } from '../../analysis/analysis.ts'

/** What two boxes share, of what they cover together, 0 to 1. */
export function overlapOf([ax, ay, aw, ah]: Box, [bx, by, bw, bh]: Box): number {
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx)
  const height = Math.min(ay + ah, by + bh) - Math.max(ay, by)
  if (width <= 0 || height <= 0) return 0
  return (width * height) / (aw * ah + bw * bh - width * height)
}

interface Candidate {
  readonly box: Box
  readonly confidence: number
}

/** The surest first; of those that overlap by more than `most` only the surest. At most `count`. */
export function surestOf<T extends Candidate>(candidates: readonly T[], most: number, count: number, isSame: (a: T, b: T) => boolean = () => true): T[] {
  const kept: T[] = []
  for (const candidate of candidates.toSorted((a, b) => b.confidence - a.confidence)) {
    if (kept.length === count) break
    if (!kept.some((one) => isSame(one, candidate) && overlapOf(one.box, candidate.box) > most)) kept.push(candidate)
  }
  return kept
}

/** From corners in shares of the picture; what lies outside is cut off. Undefined: nothing is inside. */
export function boxOf(left: number, top: number, right: number, bottom: number): Box | undefined {
  const inside = (share: number): number => Math.max(0, Math.min(1, share))
  const [x, y] = [inside(left), inside(top)]
  const [width, height] = [inside(right) - x, inside(bottom) - y]
  return width > 0 && height > 0 ? [x, y, width, height] : undefined
}
