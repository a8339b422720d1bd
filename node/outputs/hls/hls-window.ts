import type { SessionStart } from '../../recording/session-writer.ts'
import { initSegment } from '../../recording/fmp4.ts'

/** Longest segment, in seconds: the playlist's target duration. @default 4 */
export const TARGET_SECONDS = 4
/** A keyframe begins a new segment when the present one has this many seconds. @default 2 */
export const SEGMENT_SECONDS = 2
/** Seconds the playlist reaches back: four target durations. @default 16 */
export const LISTED_SECONDS = 16
/** Seconds that are kept for clients with an older playlist. @default 32 */
export const KEPT_SECONDS = 32
/** Most bytes kept of one camera. @default 50331648 */
export const KEPT_BYTES = 50_331_648
/** A segment of more bytes is ended. @default 8388608 */
export const SEGMENT_BYTES = 8_388_608
/** Shortest part target, in seconds: a part ends with the first picture after a second. @default 1.1 */
export const PART_TARGET_SECONDS = 1.1
/** RFC 8216bis section 4.4.4.9: a part that is shorter than this share of the target must be a segment's last. */
const SHORTEST_PART = 0.85

export interface HlsPart { readonly bytes: Buffer; readonly seconds: number; readonly key: boolean }

export interface HlsSegment {
  readonly sequence: number
  /** Names the header it is played with: the sequence number of the first segment that needs it. */
  readonly init: number
  /** Unix ms of its first picture. */
  readonly startMs: number
  /** Its times do not go on from the segment before. */
  readonly isDiscontinuous: boolean
  /** Discontinuities so far, with its own. */
  readonly discontinuities: number
  readonly parts: HlsPart[]
}

/** A part as a recording makes it. */
export interface MadePart { readonly bytes: Buffer; readonly startMs: number; readonly durationMs: number; readonly key: boolean }

export const secondsOf = ({ parts }: HlsSegment): number => parts.reduce((sum, { seconds }) => sum + seconds, 0)
const bytesOf = ({ parts }: HlsSegment): number => parts.reduce((sum, { bytes }) => sum + bytes.length, 0)

/** The last half minute of one camera, in memory. The last segment is the one that grows; all before it are whole. */
export class HlsWindow {
  partTarget = PART_TARGET_SECONDS
  readonly #inits = new Map<number, Buffer>()
  readonly #waiting = new Set<() => void>()
  #segments: HlsSegment[] = []
  #next: number
  #header: Buffer | undefined
  #init = 0

  /** `firstSequence`: above that of any window of this camera before, so that players go on over a restart. */
  constructor(firstSequence: number) {
    this.#next = firstSequence
  }

  get segments(): readonly HlsSegment[] { return this.#segments }

  /** Those a playlist lists: whole segments of the last seconds, and the growing one. */
  get listed(): readonly HlsSegment[] {
    let seconds = 0
    let first = this.#segments.length
    while (first > 0 && seconds < LISTED_SECONDS) seconds += secondsOf(this.#segments[--first]!)
    return this.#segments.slice(first)
  }

  /** Parts of another session follow. */
  begin({ tracks }: Pick<SessionStart, 'tracks'>): void { this.#header = initSegment(tracks) }

  /** Answers whether a keyframe is due. */
  add({ bytes, startMs, durationMs, key }: MadePart): boolean {
    const part = { bytes, seconds: durationMs / 1000, key }
    this.partTarget = Math.max(this.partTarget, Math.ceil(part.seconds * 10) / 10)
    const segment = this.#isNext(part) ? this.#open(startMs) : this.#segments.at(-1)!
    segment.parts.push(part)
    this.#trim()
    this.wake()
    return secondsOf(segment) >= SEGMENT_SECONDS
  }

  init(number: number): Buffer | undefined { return this.#inits.get(number) }

  /** A whole segment. */
  segment(sequence: number): Buffer | undefined {
    const index = this.#segments.findIndex((segment) => segment.sequence === sequence)
    return index < 0 || index === this.#segments.length - 1 ? undefined : Buffer.concat(this.#segments[index]!.parts.map(({ bytes }) => bytes))
  }

  part(sequence: number, index: number): Buffer | undefined {
    return this.#segments.find((segment) => segment.sequence === sequence)?.parts[index]?.bytes
  }

  /** Whether the playlist has this segment, or this part of it, or what follows it (section 6.2.5.2). */
  has(sequence: number, part: number | undefined): boolean {
    const growing = this.#segments.at(-1)
    if (growing === undefined) return false
    return sequence < growing.sequence || (part !== undefined && sequence === growing.sequence && part < growing.parts.length)
  }

  /** Resolves with the next change, or when `signal` says so. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#waiting.add(done)
      signal.addEventListener('abort', done, { once: true })
      if (signal.aborted) done()
    })
  }

  wake(): void { for (const wake of this.#waiting) wake() }

  #isNext({ key, seconds }: HlsPart): boolean {
    const segment = this.#segments.at(-1)
    const last = segment?.parts.at(-1)
    if (segment === undefined || last === undefined || this.#header !== undefined) return true
    const isFirst = this.#segments.length === 1 // players wait for a whole one
    if (key && (isFirst || secondsOf(segment) >= SEGMENT_SECONDS || last.seconds < SHORTEST_PART * this.partTarget)) return true
    return secondsOf(segment) + seconds > TARGET_SECONDS + 0.4 || bytesOf(segment) > SEGMENT_BYTES
  }

  #open(startMs: number): HlsSegment {
    const before = this.#segments.at(-1)
    const sequence = this.#next++
    const isDiscontinuous = this.#header !== undefined && before !== undefined
    if (this.#header !== undefined) this.#inits.set(this.#init = sequence, this.#header)
    this.#header = undefined
    const segment = { sequence, init: this.#init, startMs, isDiscontinuous, discontinuities: (before?.discontinuities ?? 0) + Number(isDiscontinuous), parts: [] }
    this.#segments.push(segment)
    return segment
  }

  #trim(): void {
    let seconds = this.#segments.reduce((sum, segment) => sum + secondsOf(segment), 0)
    let bytes = this.#segments.reduce((sum, segment) => sum + bytesOf(segment), 0)
    while (this.#segments.length > 2 && (seconds - secondsOf(this.#segments[0]!) > KEPT_SECONDS || bytes > KEPT_BYTES)) {
      const oldest = this.#segments.shift()!
      seconds -= secondsOf(oldest)
      bytes -= bytesOf(oldest)
    }
    for (const init of this.#inits.keys()) if (!this.#segments.some((segment) => segment.init === init)) this.#inits.delete(init)
  }
}
