/** Where a film's shots begin, told while it is read: a few seconds of features are held, however long it is. Pure. */
import type { Cut } from '../analysis.ts'
import { blendResidual, blockShare, cellChange, cellShare, colourDistance, histogramDistance, likeness } from './frame-distance.ts'
import type { FrameFeatures } from './frame-features.ts'

/** A cut stands out of the four pictures around it by so much, in its pixels or, where those have grain, in its cells. @default 2.5 */
export const CUT_RATIO = 2.5
export const CUT_CELL_RATIO = 4
/** Least difference of a cut, and what counts as the least difference of calm pictures, of 255. */
export const CUT_DIFFERENCE = 9
export const CALM_DIFFERENCE = 1.2
/** Pictures before and after a cut differ still in colours by so much, else it was a flash. @default 0.1 */
export const CUT_COLOURS = 0.1
/** …and in so many blocks, else something came into the picture. @default 0.4 */
export const CUT_BLOCKS = 0.4
/** …and it changes so many cells from one picture to the next. @default 0.35 */
export const CUT_CELLS = 0.35
/** Pictures as alike as this in their structure are one shot in another light. @default 0.9 */
export const SAME_PICTURE = 0.9
/** …and where colours are nearly the same, too, less is enough: the camera moves on. */
export const SAME_SHOT = 0.25
export const SAME_COLOURS = 0.2
/** A picture is black when its brightness is below, and spreads by less. */
export const BLACK_LUMA = 14
export const BLACK_SPREAD = 8
/** A dissolve changes colours and blocks by so much. */
export const DISSOLVE_COLOURS = 0.2
export const DISSOLVE_BLOCKS = 0.45
/** …stands out of what changes before and after it by so much. @default 1.6 */
export const DISSOLVE_RATIO = 1.6
/** …and its middle is as near to the mean of both ends: pans are not. @default 0.28 */
export const DISSOLVE_RESIDUAL = 0.28
/** A change counts as the greatest when it is at least this share of it. @default 0.9 */
export const PEAK_SHARE = 0.9
/** Half the length of dissolves that are looked for, in pictures. */
export const DISSOLVE_HALVES = [12, 24] as const
/** From the middle of a dissolve to that of the next, in pictures. @default 36 */
export const DISSOLVE_APART = 36
/** A shot has so many pictures at least. @default 8 */
export const MIN_SHOT = 8
/** Pictures behind the newest one up to which all is told. */
export const SETTLES_AFTER = 2 * DISSOLVE_HALVES[1] + 4

const HELD = 4 * DISSOLVE_HALVES[1] + 8

export interface Boundary {
  readonly begins: Exclude<Cut, 'start'>
  /** Of the first picture of the new shot; of the middle where there is none. */
  readonly atMs: number
  readonly frame: number
}

export class ShotDetector {
  #count = 0
  #blackFrom = -1
  readonly #held: FrameFeatures[] = []
  /** Colours changed from `half` pictures before to `half` after, per held picture. */
  readonly #changes = DISSOLVE_HALVES.map(() => [] as number[])
  readonly #told: Boundary[] = []

  /** Pictures read. */
  get count(): number { return this.#count }

  /** Boundaries that this picture settles, in no order; none of them lies more than `SETTLES_AFTER` pictures back. */
  push(features: FrameFeatures): Boundary[] {
    this.#held.push(features)
    this.#count++
    if (this.#held.length > HELD) this.#held.shift()
    for (const [scale, half] of DISSOLVE_HALVES.entries()) this.#noteChange(scale, half)
    return this.#look(this.#count - 1)
  }

  /** What the end of the film settles. */
  end(): Boundary[] {
    const found: Boundary[] = []
    for (let after = 1; after <= 5; after++) found.push(...this.#cut(this.#count - 6 + after))
    return found
  }

  #look(newest: number): Boundary[] {
    return [...this.#cut(newest - 5), ...this.#fade(newest), ...DISSOLVE_HALVES.flatMap((half, scale) => this.#dissolve(newest - 2 * half, half, scale))]
  }

  #at(frame: number): FrameFeatures {
    const oldest = this.#count - this.#held.length
    return this.#held[Math.min(this.#held.length - 1, Math.max(0, frame - oldest))]!
  }

  #noteChange(scale: number, half: number): void {
    const changes = this.#changes[scale]!
    const newest = this.#count - 1
    changes.push(newest < 2 * half ? 0 : histogramDistance(this.#at(newest - 2 * half), this.#at(newest)))
    if (changes.length > HELD) changes.shift()
  }

  /** The change around this picture, `half` to each side. */
  #change(frame: number, half: number, scale: number): number {
    const changes = this.#changes[scale]!
    return changes[changes.length - 1 - (this.#count - 1 - half - frame)] ?? 0
  }

  #tell(begins: Boundary['begins'], frame: number): Boundary[] {
    const boundary = { begins, frame, atMs: this.#at(frame).atMs }
    this.#told.push(boundary)
    if (this.#told.length > 32) this.#told.shift()
    return [boundary]
  }

  #isNear(frame: number, pictures: number, begins?: Cut): boolean {
    return this.#told.some((told) => Math.abs(told.frame - frame) < pictures && (begins ?? told.begins) === told.begins)
  }

  #cut(frame: number): Boundary[] {
    if (frame < 2 || this.#isNear(frame, MIN_SHOT)) return []
    const at = (offset: number): FrameFeatures => this.#at(frame + offset)
    if (at(0).diff < CUT_DIFFERENCE) return []
    const standsOut = (change: (offset: number) => number, ratio: number): boolean => change(0) >= ratio * Math.max((change(-2) + change(-1) + change(1) + change(2)) / 4, CALM_DIFFERENCE)
    if (!standsOut((offset) => at(offset).diff, CUT_RATIO) && !standsOut((offset) => cellChange(at(offset - 1), at(offset)), CUT_CELL_RATIO)) return []
    const pairs = [[-1, 3], [-3, 3], [-4, 5]] as const
    if (pairs.some(([before, after]) => histogramDistance(at(before), at(after)) <= CUT_COLOURS)) return []
    if (blockShare(at(-1), at(3)) <= CUT_BLOCKS || blockShare(at(-4), at(4)) <= CUT_BLOCKS) return []
    if (likeness(at(-1), at(3)) > SAME_PICTURE || cellShare(at(-1).cells, at(0).cells) <= CUT_CELLS) return []
    return this.#isBlack(frame) || this.#isBlack(frame - 1) ? [] : this.#tell('cut', frame)
  }

  #isBlack(frame: number): boolean {
    const { luma, spread } = this.#at(frame)
    return luma < BLACK_LUMA && spread < BLACK_SPREAD
  }

  /** Black between two pictures: the new shot begins when it ends. */
  #fade(newest: number): Boundary[] {
    const isBlack = this.#isBlack(newest)
    if (isBlack && this.#blackFrom < 0) this.#blackFrom = newest
    if (isBlack || this.#blackFrom < 0) return []
    const [from, length] = [this.#blackFrom, newest - this.#blackFrom]
    this.#blackFrom = -1
    if (from <= 5 || (length <= 3 && likeness(this.#at(from - 2), this.#at(newest)) > SAME_PICTURE)) return []
    const frame = newest - 1 - Math.floor(Math.min(length - 1, SETTLES_AFTER) / 2)
    return this.#isNear(frame, MIN_SHOT) ? [] : this.#tell('fade', frame)
  }

  /** Where colours change by far more than before and after, and the middle is a mix of both ends. */
  #dissolve(frame: number, half: number, scale: number): Boundary[] {
    if (frame < 2 * half || this.#isNear(frame, half + 2) || this.#isNear(frame, DISSOLVE_APART, 'dissolve') || (this.#blackFrom >= 0 && this.#blackFrom < frame + 2 * half)) return []
    const change = this.#change(frame, half, scale)
    if (change < DISSOLVE_COLOURS || !this.#isPeak(frame, half, scale, change) || !this.#isMix(frame, half)) return []
    const [before, after] = [this.#at(frame - half), this.#at(frame + half)]
    if (this.#isBlack(frame - half) || this.#isBlack(frame + half) || isInOtherLight(before, after)) return []
    if (change <= DISSOLVE_RATIO * this.#outside(frame, half) || blockShare(before, after) < DISSOLVE_BLOCKS) return []
    return this.#tell('dissolve', this.#middle(frame, half))
  }

  /** What changes beside it, as far as no other boundary is the reason. */
  #outside(frame: number, half: number): number {
    const isCutOff = (from: number): boolean => this.#told.some((told) => told.frame > from && told.frame <= from + half)
    const before = isCutOff(frame - 2 * half) ? 0 : histogramDistance(this.#at(frame - 2 * half), this.#at(frame - half))
    const after = isCutOff(frame + half) ? 0 : histogramDistance(this.#at(frame + half), this.#at(frame + 2 * half))
    return Math.max(before, after)
  }

  #residual(frame: number, half: number): number {
    return blendResidual(this.#at(frame - half), this.#at(frame), this.#at(frame + half))
  }

  #isMix(frame: number, half: number): boolean {
    return this.#residual(frame, half) <= DISSOLVE_RESIDUAL
  }

  /** The most even mix from here on. */
  #middle(frame: number, half: number): number {
    let [best, residual] = [frame, this.#residual(frame, half)]
    for (let other = frame + 1; other < frame + half; other++) {
      const its = this.#residual(other, half)
      if (its < residual) [best, residual] = [other, its]
    }
    return best
  }

  /** Among the greatest changes around it: a short dissolve changes as much wherever it lies in the window. */
  #isPeak(frame: number, half: number, scale: number, change: number): boolean {
    for (let other = frame - half + 2; other <= frame + half - 2; other++) if (this.#change(other, half, scale) * PEAK_SHARE > change) return false
    return true
  }
}

/** The same shot, brighter or darker: a camera that adjusts itself looks like a dissolve, but for its colours. */
const isInOtherLight = (before: FrameFeatures, after: FrameFeatures): boolean => {
  const like = likeness(before, after)
  return like > SAME_PICTURE || (like > SAME_SHOT && colourDistance(before, after) < SAME_COLOURS)
}
