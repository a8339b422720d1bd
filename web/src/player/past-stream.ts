/** One camera's recording in one video element, fed piece by piece, and kept at the time of a clock; knows nothing of React. */
import { type Fetch, hasFootage, nextFetch, type Recorded, spanAt } from './footage.ts'
import type { Range } from '../recordings/timeline-math.ts'
import { correctedRate } from './correction.ts'
import { fetchRange, type RangeFile } from './range-file.ts'

/** Media time 0 lies this long before the first moment that is played, so that one can go back, ms. @default 86400000 */
const BEFORE_MS = 86_400_000
/** What is fetched when a player goes somewhere: little, to be quick, ms. @default 4000 */
const FIRST_MS = 4000
/** What is fetched at once when it runs on, ms. @default 10000 */
const PIECE_MS = 10_000
/** How far ahead is fetched, ms of playing time. @default 20000 */
const AHEAD_MS = 20_000
/** Played faster than this no more is fetched ahead, or the browser's buffer would overflow. @default 4 */
const MOST_AHEAD_RATE = 4
/** What lies further back is let go of, ms. @default 40000 */
const BEHIND_MS = 40_000
/** Least that is fetched of a recording that grows: a part, ms. @default 400 */
const LEAST_MS = 400
/** Wait after a piece could not be fetched, ms. @default 1500 */
const RETRY_MS = 1500
/** A browser whose buffer is full is given more when the clock has moved this far, or at all when no more than this is left, ms. @default 5000 */
const FULL_MS = 5000
/** The last of a recording is not waited for when this little of it is left, ms. @default 300 */
const END_MS = 300
/** Sound or picture that begins this much later than the other is waited for, ms. @default 1000 */
const LATE_TRACK_MS = 1000
/** A player this far from the clock goes there at once, ms. @default 400 */
export const JUMP_MS = 400
/** `gap`: nothing is recorded at this moment. */
export type StreamState = 'gap' | 'loading' | 'ready' | 'failed'

export class PastStream {
  readonly camera: string
  readonly #video: HTMLVideoElement
  /** Live now, so that what is recorded goes on. */
  isLive = false
  /** What of time `spans` tell of. */
  known: Range | null = null
  #spans: Recorded = []
  #source: MediaSource | undefined
  #buffer: SourceBuffer | undefined
  #url = ''
  #type = ''
  #originMs = 0
  /** What was fetched without a hole other than those of the recording, and of which recording last. */
  #have: { fromMs: number; toMs: number; session: string } | undefined
  #fetching: AbortController | undefined
  #retryAt = 0
  /** Where the clock was when the browser had no room for more. */
  #fullAtMs = -Infinity
  #failed = false
  #atMs = 0
  #rate = 1
  #seekTo: number | undefined

  constructor(camera: string, video: HTMLVideoElement) {
    this.camera = camera
    this.#video = video
  }

  get spans(): Recorded { return this.#spans }

  set spans(spans: Recorded) { this.#spans = spans }

  knows(ms: number): boolean {
    return this.known !== null && ms >= this.known.fromMs && ms < this.known.toMs
  }

  /** What the element shows, wall clock. */
  get shownMs(): number { return this.#originMs + this.#video.currentTime * 1000 }

  get state(): StreamState {
    if (!hasFootage(this.#spans, this.#atMs)) return 'gap'
    if (this.#failed) return 'failed'
    if (this.#source === undefined || this.#video.seeking || !this.#covers(this.#atMs)) return 'loading'
    return this.#video.readyState >= 3 || (this.isAtEnd && this.#video.readyState === 2) ? 'ready' : 'loading'
  }

  /** The picture stands at the last there is, and time goes on. */
  get isAtEnd(): boolean {
    const span = spanAt(this.#spans, this.#atMs)
    return span !== undefined && this.#have !== undefined && this.#have.toMs >= span.endMs - 5 && span.endMs - this.shownMs < END_MS
  }

  /** There is a picture in the element. */
  get hasPicture(): boolean { return this.#source !== undefined && this.#video.readyState >= 2 }

  /** Follow the clock: be at `atMs`, and run at `rate` when it runs. */
  follow(atMs: number, rate: number, runs: boolean): void {
    this.#atMs = atMs
    this.#rate = Math.abs(rate)
    if (this.#video.error !== null) this.#beginAnewLater()
    if (!hasFootage(this.#spans, atMs)) {
      if (!this.#video.paused) this.#video.pause()
      this.#pump()
      return
    }
    if (!this.#covers(atMs)) this.#begin(atMs)
    this.#steer(rate, runs && rate > 0)
    this.#pump()
  }

  /** Try again what failed. */
  retry(): void {
    this.#failed = false
    this.#retryAt = 0
    this.#have = undefined
  }

  /** Lets go of everything; `follow` begins anew. */
  close(): void {
    this.#fetching?.abort()
    this.#fetching = undefined
    this.#have = undefined
    this.#seekTo = undefined
    this.#buffer = undefined
    this.#source = undefined
    if (this.#url === '') return
    URL.revokeObjectURL(this.#url)
    this.#url = ''
    this.#video.pause()
    this.#video.removeAttribute('src')
    this.#video.load()
  }

  /** The browser gave up what it was given: nothing would ever move again. */
  #beginAnewLater(): void {
    this.close()
    this.#failed = true
    this.#retryAt = performance.now() + RETRY_MS
  }

  #covers(atMs: number): boolean {
    return this.#have !== undefined && atMs >= this.#have.fromMs - 1 && (atMs <= this.#have.toMs || this.#fetching !== undefined && atMs < this.#have.toMs + FIRST_MS)
  }

  #steer(rate: number, runs: boolean): void {
    const video = this.#video
    if (this.#source === undefined || this.#buffer === undefined) return
    const target = this.#playable(this.#atMs)
    const errorMs = this.shownMs - target
    const moves = runs && target - this.#atMs < 30
    if (!moves && !video.paused) video.pause()
    if (video.seeking && (this.#seekTo === target || video.readyState >= 2)) return
    if (Math.abs(errorMs) > (moves ? JUMP_MS * Math.max(1, rate) : 4)) return this.#seek(target)
    this.#seekTo = undefined
    if (!moves) return
    const wanted = correctedRate(rate, errorMs)
    if (Math.abs(video.playbackRate - wanted) > 0.001) video.playbackRate = wanted
    // Rejects when a pause comes between, or the browser wants a click before there is sound: then it plays silently.
    if (video.paused) video.play().catch((error: unknown) => { if ((error as DOMException).name === 'NotAllowedError') video.muted = true })
  }

  /** The moment itself, or where both sound and picture begin soon after it. */
  #playable(ms: number): number {
    const { buffered } = this.#video
    const at = (ms - this.#originMs) / 1000
    for (let i = 0; i < buffered.length; i++) {
      if (buffered.end(i) <= at) continue
      const start = buffered.start(i)
      return start > at && start - at < LATE_TRACK_MS / 1000 ? this.#originMs + (start + 0.002) * 1000 : ms
    }
    return ms
  }

  #seek(ms: number): void {
    if (this.#seekTo === ms) return
    this.#seekTo = ms
    this.#video.currentTime = Math.max(0, (ms - this.#originMs) / 1000)
  }

  /** Somewhere else than what is there. */
  #begin(atMs: number): void {
    if (this.#failed && performance.now() < this.#retryAt) return
    this.#fetching?.abort()
    this.#fetching = undefined
    if (this.#source === undefined || atMs < this.#originMs + 1000 || atMs > this.#originMs + 2 * BEFORE_MS) this.#open(atMs)
    const span = spanAt(this.#spans, atMs)
    if (span === undefined) return
    const fromMs = Math.max(atMs, span.startMs)
    this.#have = { fromMs: Math.min(fromMs, atMs), toMs: fromMs, session: span.session }
    this.#load({ session: span.session, fromMs, toMs: Math.min(fromMs + FIRST_MS, span.endMs), continued: false }, true)
  }

  #open(atMs: number): void {
    this.close()
    const source = new MediaSource()
    this.#source = source
    this.#type = ''
    this.#originMs = atMs - BEFORE_MS
    this.#url = URL.createObjectURL(source)
    this.#video.src = this.#url
  }

  #pump(): void {
    if (this.#have === undefined || this.#fetching !== undefined || performance.now() < this.#retryAt) return
    const pace = Math.min(MOST_AHEAD_RATE, Math.max(1, this.#rate))
    const aheadMs = this.#have.toMs - this.#atMs
    if (aheadMs > AHEAD_MS * pace || Math.abs(this.#atMs - this.#fullAtMs) < (aheadMs > FULL_MS ? FULL_MS : 1)) return
    const next = nextFetch(this.#spans, this.#have, PIECE_MS * pace, LEAST_MS)
    if (next !== undefined) this.#load(next, false)
  }

  #load(range: Fetch, anew: boolean): void {
    const fetching = new AbortController()
    this.#fetching = fetching
    this.#take(range, anew, fetching.signal).then(() => { this.#failed = false }, (error: unknown) => {
      if (fetching.signal.aborted) return
      if (error instanceof DOMException && error.name === 'QuotaExceededError') this.#fullAtMs = this.#atMs
      this.#failed = anew
      if (anew) this.#have = undefined
      this.#retryAt = performance.now() + RETRY_MS
    }).finally(() => { if (this.#fetching === fetching) this.#fetching = undefined })
  }

  async #take(range: Fetch, anew: boolean, signal: AbortSignal): Promise<void> {
    const file = await fetchRange(this.camera, range, signal)
    await this.#append(file, anew, signal)
    signal.throwIfAborted()
    if (this.#have === undefined) return
    this.#have.toMs = Math.max(this.#have.toMs, file.endMs)
    this.#have.session = range.session
    if (anew) this.#have.fromMs = Math.min(this.#have.fromMs, file.startMs)
  }

  async #append(file: RangeFile, anew: boolean, signal: AbortSignal): Promise<void> {
    const buffer = await this.#bufferFor(file.type, signal)
    if (anew) await settled(buffer, () => buffer.remove(0, Infinity))
    else await this.#forget(buffer)
    signal.throwIfAborted()
    buffer.timestampOffset = (file.startMs - this.#originMs) / 1000
    const startsAt = startOf(buffer)
    await settled(buffer, () => buffer.appendBuffer(file.bytes))
    if (startOf(buffer) > startsAt && !signal.aborted) this.#lost(startOf(buffer))
    if (anew && !signal.aborted) this.#seekTo = undefined
  }

  async #bufferFor(type: string, signal: AbortSignal): Promise<SourceBuffer> {
    const source = this.#source
    if (source === undefined) throw new Error('closed')
    if (source.readyState !== 'open') await new Promise((resolve) => { source.addEventListener('sourceopen', resolve, { once: true }) })
    signal.throwIfAborted()
    if (this.#buffer === undefined) {
      source.duration = 2 * BEFORE_MS / 1000 + 60
      this.#buffer = source.addSourceBuffer(type)
    } else if (type !== this.#type) this.#buffer.changeType(type)
    this.#type = type
    return this.#buffer
  }

  async #forget(buffer: SourceBuffer): Promise<void> {
    const before = (Math.min(this.#atMs, this.shownMs) - BEHIND_MS - this.#originMs) / 1000
    if (this.#have === undefined || buffer.buffered.length === 0 || before < buffer.buffered.start(0) + 10) return
    await settled(buffer, () => buffer.remove(0, before))
    this.#have.fromMs = Math.max(this.#have.fromMs, this.#originMs + before * 1000)
  }

  /** To have room the browser let go of what lay before. A clock just behind what plays is not sent back for it. */
  #lost(startsAt: number): void {
    if (this.#have === undefined) return
    const startMs = this.#originMs + startsAt * 1000
    const fromMs = startMs - this.#atMs < LATE_TRACK_MS ? Math.min(startMs, this.#atMs) : startMs
    this.#have.fromMs = Math.max(this.#have.fromMs, fromMs)
  }
}

/** Seconds of media time; Infinity when there is nothing. */
const startOf = ({ buffered }: SourceBuffer): number => buffered.length === 0 ? Infinity : buffered.start(0)

/** Resolves when the buffer has done what was asked of it. */
function settled(buffer: SourceBuffer, act: () => void): Promise<void> {
  const over = new AbortController()
  return new Promise<void>((resolve, reject) => {
    buffer.addEventListener('updateend', () => resolve(), { signal: over.signal })
    buffer.addEventListener('error', () => reject(new Error('the browser can not play this recording')), { signal: over.signal })
    act()
  }).finally(() => over.abort())
}
