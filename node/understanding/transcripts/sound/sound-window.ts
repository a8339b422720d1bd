import type { Samples } from '../../inference/inference.ts'
import { HERTZ, type SoundPiece } from './media-orders.ts'

const PER_MS = HERTZ / 1000
/** Loudness is compared over so long, in ms. */
const LOUDNESS_MS = 100

export const lengthMsOf = (samples: Samples): number => Math.floor(samples.length / PER_MS)
export const partOf = (samples: Samples, fromMs: number, toMs: number): Samples => samples.slice(Math.round(fromMs * PER_MS), Math.round(toMs * PER_MS))

/** Where it is quietest between two times, in ms; the middle of a tenth of a second. */
export function quietestIn(samples: Samples, fromMs: number, toMs: number): number {
  let [best, least] = [toMs, Infinity]
  for (let at = fromMs; at + LOUDNESS_MS <= toMs; at += LOUDNESS_MS / 2) {
    let energy = 0
    for (let i = Math.round(at * PER_MS), end = Math.round((at + LOUDNESS_MS) * PER_MS); i < end; i++) energy += (samples[i] ?? 0) ** 2
    if (energy < least) [best, least] = [Math.round(at + LOUDNESS_MS / 2), energy]
  }
  return best
}

/** A stretch of sound that moves on: filled from pieces, and let go of from the front. */
export class SoundWindow {
  readonly #pieces: AsyncIterator<SoundPiece>
  readonly #most: number
  samples: Samples = new Float32Array()
  /** Where it begins, in ms of the asset. */
  fromMs = 0
  isLast = false

  /** Holds `lengthMs` and at most a piece more. */
  constructor(pieces: AsyncIterable<SoundPiece>, lengthMs: number) {
    this.#pieces = pieces[Symbol.asyncIterator]()
    this.#most = lengthMs * PER_MS
  }

  async fill(): Promise<void> {
    const parts = [this.samples]
    for (let held = this.samples.length; held < this.#most && !this.isLast;) {
      const next = await this.#pieces.next()
      if (next.done === true) this.isLast = true
      else {
        if (held === 0) this.fromMs = next.value.fromMs
        parts.push(next.value.samples)
        held += next.value.samples.length
      }
    }
    const samples = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts) {
      samples.set(part, at)
      at += part.length
    }
    this.samples = samples
  }

  /** Nothing is in it, not even noise: a hole in the file, or a track that was never recorded. */
  get isSilent(): boolean {
    return this.samples.every((sample) => sample === 0)
  }

  /** What is before is done with. */
  keepFrom(ms: number): void {
    const from = Math.min(this.samples.length, Math.round(ms * PER_MS))
    this.samples = this.samples.slice(from)
    this.fromMs += from / PER_MS
  }

  async close(): Promise<void> {
    await this.#pieces.return?.()
  }
}
