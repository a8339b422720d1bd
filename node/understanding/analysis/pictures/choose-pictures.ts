/** Which pictures stand for a scene: its first, then one wherever the picture changes. Pure, and told while the film is read. */
import { cellShare } from '../shots/frame-distance.ts'

/** Key pictures of one scene are at least so far apart, in ms. @default 2000 */
export const KEY_EVERY_MS = 2_000
/** Share of cells in which a picture differs from the last chosen one to be chosen, too. @default 0.3 */
export const KEY_CHANGE = 0.3
/** A scene in which nothing changes gets one every so often all the same, in ms. @default 60000 */
export const STILL_EVERY_MS = 60_000

/** A picture that may be chosen. */
export interface Candidate {
  readonly atMs: number
  readonly score: number
  readonly cells: Float32Array
}

/** Takes the candidates of one scene in their order; the best of each stretch of `everyMs` is chosen when it shows something new. */
export class PictureChoice<T extends Candidate> {
  readonly #everyMs: number
  readonly #chosen: T[] = []
  #fromMs: number
  #best: T | undefined

  constructor(fromMs: number, everyMs = KEY_EVERY_MS) {
    this.#fromMs = fromMs
    this.#everyMs = everyMs
  }

  take(candidate: T): void {
    if (candidate.atMs >= this.#fromMs + this.#everyMs) this.#close(candidate.atMs)
    if (this.#best === undefined || candidate.score > this.#best.score) this.#best = candidate
  }

  /** Those that were chosen; empty only when there was no candidate. */
  end(): readonly T[] {
    this.#close(Number.POSITIVE_INFINITY)
    return this.#chosen
  }

  #close(nextMs: number): void {
    const [best, last] = [this.#best, this.#chosen.at(-1)]
    if (best !== undefined && (last === undefined || this.#isNew(best, last))) this.#chosen.push(best)
    this.#best = undefined
    if (Number.isFinite(nextMs)) this.#fromMs += Math.floor((nextMs - this.#fromMs) / this.#everyMs) * this.#everyMs
  }

  #isNew(best: T, last: T): boolean {
    const passedMs = best.atMs - last.atMs
    return passedMs >= STILL_EVERY_MS || (passedMs >= this.#everyMs / 2 && cellShare(best.cells, last.cells) > KEY_CHANGE)
  }
}
