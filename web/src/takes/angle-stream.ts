/** One recording of a take in one media element, kept at the time of the take's clock; knows nothing of React. */
import { correctedRate } from '../player/correction.ts'
import type { Spans } from '../player/footage.ts'
import type { StreamState } from '../player/past-stream.ts'

/** A player this far from the clock goes there at once, ms. @default 250 */
export const ANGLE_JUMP_MS = 250
/** One this near to it is left alone while it plays: a third of a frame, ms. @default 8 */
export const ANGLE_NEAR_MS = 8
/** One that stands is put where the clock is unless it is this near, ms. @default 2 */
const STILL_MS = 2
/** This close to its end it is over, ms. @default 40 */
const END_MS = 40

/** Where a recording lies in its take: at `t` ms of its own it is `offsetMs + t * (1 + driftPpm / 1e6)` there. */
export interface AnglePlace {
  readonly offsetMs: number
  readonly driftPpm: number
  readonly durationMs: number
}

const rateOf = ({ driftPpm }: AnglePlace): number => 1 + driftPpm / 1e6
export const toTake = (place: AnglePlace, ownMs: number): number => place.offsetMs + ownMs * rateOf(place)
export const toOwn = (place: AnglePlace, takeMs: number): number => (takeMs - place.offsetMs) / rateOf(place)

/** What of a media element is used. */
export type AngleElement = Pick<HTMLMediaElement, 'currentTime' | 'paused' | 'seeking' | 'readyState' | 'playbackRate' | 'muted' | 'pause' | 'play'>

export class AngleStream {
  readonly camera: string
  readonly isLive = false
  readonly #element: AngleElement
  readonly #reload: () => void
  #place: AnglePlace
  #atMs = 0
  #failed = false

  /** `reload` asks for it anew after it failed. */
  constructor(asset: string, element: AngleElement, place: AnglePlace, reload: () => void = () => {}) {
    this.camera = asset
    this.#element = element
    this.#place = place
    this.#reload = reload
  }

  get place(): AnglePlace { return this.#place }

  /** Also while it plays: the player goes where it belongs now. */
  set place(place: AnglePlace) { this.#place = place }

  get spans(): Spans {
    return [{ startMs: this.#place.offsetMs, endMs: toTake(this.#place, this.#place.durationMs) }]
  }

  knows(): boolean { return true }

  get shownMs(): number { return toTake(this.#place, this.#element.currentTime * 1000) }

  get isAtEnd(): boolean { return this.#place.durationMs - toOwn(this.#place, this.#atMs) < END_MS }

  get state(): StreamState {
    if (!this.#isInside()) return 'gap'
    if (this.#failed) return 'failed'
    return !this.#element.seeking && this.#element.readyState >= 2 ? 'ready' : 'loading'
  }

  fail(): void { this.#failed = true }

  retry(): void {
    if (!this.#failed) return
    this.#failed = false
    this.#reload()
  }

  close(): void { this.#element.pause() }

  /** Be at `atMs` of the take, and run at `rate` when it runs. */
  follow(atMs: number, rate: number, runs: boolean): void {
    this.#atMs = atMs
    const element = this.#element
    const moves = runs && rate > 0 && this.#isInside() && !this.isAtEnd
    if (!moves && !element.paused) element.pause()
    if (!this.#isInside() || this.#failed || element.readyState < 1 || element.seeking) return
    const errorMs = this.shownMs - atMs
    if (Math.abs(errorMs) > (moves ? ANGLE_JUMP_MS * Math.max(1, rate) : STILL_MS)) return this.#seek(atMs)
    if (moves) this.#run(rate, errorMs)
  }

  #run(rate: number, errorMs: number): void {
    const element = this.#element
    // a clock that runs fast has recorded more of its own time in the same time
    const wanted = correctedRate(rate, errorMs, ANGLE_NEAR_MS) / rateOf(this.#place)
    if (Math.abs(element.playbackRate - wanted) > 1e-6) element.playbackRate = wanted
    // rejects when a pause comes between, or the browser wants a click before there is sound: then it plays silently
    if (element.paused) element.play().catch((error: unknown) => { if ((error as DOMException).name === 'NotAllowedError') element.muted = true })
  }

  #seek(atMs: number): void {
    this.#element.currentTime = Math.max(0, Math.min(this.#place.durationMs, toOwn(this.#place, atMs))) / 1000
  }

  #isInside(): boolean {
    const ownMs = toOwn(this.#place, this.#atMs)
    return ownMs >= 0 && ownMs < this.#place.durationMs
  }
}
