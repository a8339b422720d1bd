/** One clock for every camera on the page: where in time it is, whether and how fast it runs, and what it passes over; knows nothing of React. */
import { Store } from '../design/store.ts'
import { hasFootage, lastEnd, nextStart, type Spans } from './footage.ts'
import type { PastStream, StreamState } from './past-stream.ts'
import { type Deck, MOST_RATE } from './transport-keys.ts'

/** How often the clock is moved, ms. @default 40 */
const TICK_MS = 40
/** How long cameras that are ready wait for those that are not, ms. @default 3000 */
export const WAIT_MS = 3000
/** Playing that arrives at an end this near to now goes on live, ms. @default 20000 */
export const LIVE_JOIN_MS = 20_000
/** So near to the newest, in playing time, a player that loads for as long goes on live, ms. @default 1000 */
const OVERTAKEN_MS = 1000
/** How long it is said that something is missing, ms. @default 4000 */
export const NOTICE_MS = 4000
/** How far the clock goes before the page shows it, ms. @default 100 */
const SHOWN_MS = 100
/** Rates that a person can choose. */
export const RATES = [0.25, 0.5, 1, 2, 4, 8] as const

/** A camera that follows the clock. */
export interface Follower extends Pick<PastStream, 'follow' | 'close' | 'retry'> {
  readonly camera: string
  readonly spans: Spans
  readonly shownMs: number
  /** It shows the last there is of a recording: its picture stands, and time goes on. */
  readonly isAtEnd: boolean
  readonly state: StreamState
  /** Live now, so that what is recorded goes on. */
  readonly isLive: boolean
  /** Whether it has been said what is recorded at a moment. */
  knows(ms: number): boolean
}

/** What the page shows; `atMs` is null before anything was chosen. `edge`: there is no more. */
export interface PlayerView {
  readonly mode: 'live' | 'past'
  readonly atMs: number | null
  readonly playing: boolean
  readonly rate: number
  readonly waiting: boolean
  readonly edge: boolean
  readonly scrubbing: boolean
  /** Of every camera, in words for no one: it changes when one of them does. */
  readonly states: string
  /** What was passed over last. */
  readonly skipped: { readonly fromMs: number; readonly toMs: number } | null
}

export interface ConductorInit {
  /** The node's clock. */
  readonly now: () => number
  /** Monotonic ms. @default performance.now */
  readonly monotonic?: () => number
}

export class Conductor implements Deck {
  readonly view: Store<PlayerView>
  readonly #followers = new Set<Follower>()
  readonly #now: () => number
  readonly #monotonic: () => number
  #timer: ReturnType<typeof setInterval> | undefined
  #atMs = 0
  #lastMs = 0
  #waitingSince: number | undefined
  #skippedAt = 0

  constructor({ now, monotonic = () => performance.now() }: ConductorInit, mode: PlayerView['mode'] = 'live') {
    this.#now = now
    this.#monotonic = monotonic
    this.view = new Store<PlayerView>({ mode, atMs: null, playing: mode === 'live', rate: 1, waiting: false, edge: false, scrubbing: false, states: '', skipped: null })
  }

  /** The moment it is at, to the millisecond; null while it is live or nothing was chosen. */
  get atMs(): number | null {
    const { mode, atMs } = this.view.get()
    return mode === 'live' || atMs === null ? null : this.#atMs
  }

  add(follower: Follower): () => void {
    this.#followers.add(follower)
    return () => {
      this.#followers.delete(follower)
      follower.close()
    }
  }

  start(): () => void {
    this.#lastMs = this.#monotonic()
    this.#timer = setInterval(() => this.tick(), TICK_MS)
    return () => clearInterval(this.#timer)
  }

  /** Play from a moment. */
  play(atMs: number): void {
    this.#go(atMs)
    this.#show({ mode: 'past', playing: true, edge: false, scrubbing: false, skipped: null, rate: this.view.get().rate > 0 ? this.view.get().rate : 1 })
  }

  /** A person looks for a moment; `play` or `settle` ends it. */
  scrub(atMs: number): void {
    this.#go(atMs)
    this.#show({ mode: 'past', scrubbing: true, edge: false, skipped: null })
  }

  step(byMs: number): void {
    const { mode, playing } = this.view.get()
    const from = mode === 'live' ? this.#now() : this.atMs
    if (from === null || (mode === 'live' && byMs > 0)) return
    const to = from + byMs
    if (to >= this.#newest() && byMs > 0 && this.#canGoLive()) return this.live()
    this.#go(this.#nearest(to, byMs))
    this.#show({ mode: 'past', edge: false, skipped: null, playing: playing || mode === 'live' })
  }

  /** One picture ahead or back, and stand still. */
  frame(byMs: number): void {
    const { atMs } = this
    if (atMs === null) return
    this.#go(atMs + byMs)
    this.#show({ playing: false, rate: 1 })
  }

  toggle(): void {
    const { mode, playing, atMs } = this.view.get()
    if (mode === 'live') return this.#pauseLive()
    if (atMs === null) return
    if (!playing) for (const follower of this.#followers) if (follower.state === 'failed') follower.retry()
    this.#show({ playing: !playing, edge: false, rate: playing ? this.view.get().rate : Math.abs(this.view.get().rate) })
  }

  pause(): void {
    if (this.view.get().mode === 'live') this.#pauseLive()
    else this.#show({ playing: false, rate: 1 })
  }

  setRate(rate: number): void {
    this.#show({ rate })
  }

  /** L and J: each time twice as fast, or first in that direction. */
  shuttle(direction: 1 | -1): void {
    const { mode, playing, rate, atMs } = this.view.get()
    if (mode === 'live') {
      if (direction === 1) return
      this.#go(this.#nearest(this.#now(), -1))
    } else if (atMs === null) return
    const again = mode === 'past' && playing && Math.sign(rate) === direction
    this.#show({ mode: 'past', playing: true, edge: false, rate: again ? direction * Math.min(MOST_RATE, Math.max(1, Math.abs(rate)) * 2) : direction })
  }

  /** The cameras themselves; what was played runs out until each of them has its picture. */
  live(): void {
    this.#show({ mode: 'live', atMs: null, playing: true, rate: 1, waiting: false, edge: false, scrubbing: false, skipped: null })
  }

  /** Nothing is chosen: a day that is only looked at. */
  rest(): void {
    for (const follower of this.#followers) follower.close()
    this.#show({ mode: 'past', atMs: null, playing: false, rate: 1, waiting: false, edge: false, scrubbing: false, skipped: null })
  }

  tick(): void {
    const nowMs = this.#monotonic()
    const elapsed = Math.min(500, nowMs - this.#lastMs)
    this.#lastMs = nowMs
    const { mode, atMs, playing, rate, scrubbing } = this.view.get()
    if (mode === 'live' || atMs === null) return
    if (scrubbing) return // thumbnails show the way, the players come along when it is over
    const runs = playing
    const holds = runs && this.#holds(nowMs)
    if (runs && !holds) this.#advance(elapsed, rate)
    else if (holds && this.#isOvertaken(nowMs, rate)) return this.live()
    if (this.view.get().mode === 'live') return
    const goes = this.view.get().playing && !holds
    for (const follower of this.#followers) follower.follow(this.#atMs, rate, goes)
    const { skipped } = this.view.get()
    // A page that is drawn ten times a second is drawn often enough.
    const isOld = !goes || Math.abs(this.#atMs - (this.view.get().atMs ?? 0)) >= SHOWN_MS
    this.#show({ ...(isOld ? { atMs: this.#atMs } : {}), waiting: holds, states: [...this.#followers].map(({ camera, state }) => `${camera} ${state}`).join(), ...(skipped !== null && nowMs - this.#skippedAt > NOTICE_MS ? { skipped: null } : {}) })
  }

  /** Cameras that should show something and can not yet are waited for: the only one always, one of several not for ever. */
  #holds(nowMs: number): boolean {
    if ([...this.#followers].some((follower) => !follower.knows(this.#atMs))) return true
    const seen = [...this.#followers].filter(({ spans }) => hasFootage(spans, this.#atMs))
    const late = seen.filter(({ state }) => state !== 'ready')
    if (late.length === 0) {
      this.#waitingSince = undefined
      return false
    }
    this.#waitingSince ??= nowMs
    return late.length === seen.length || nowMs - this.#waitingSince < WAIT_MS
  }

  #advance(elapsed: number, rate: number): void {
    const seen = [...this.#followers].filter(({ spans }) => hasFootage(spans, this.#atMs))
    const [only] = seen
    // A camera alone sets the pace itself: it is never made faster or slower.
    const lead = seen.length === 1 && only !== undefined && rate > 0 && !only.isAtEnd && Math.abs(only.shownMs - this.#atMs) < 1500 ? only.shownMs : undefined
    const next = lead ?? this.#atMs + elapsed * rate
    if (next > this.#atMs || rate < 0) this.#atMs = next
    if ([...this.#followers].some(({ spans }) => hasFootage(spans, this.#atMs))) return
    this.#pass(rate)
  }

  /** Over a time in which no camera has anything. */
  #pass(rate: number): void {
    const fromMs = this.#atMs
    const each = [...this.#followers].map(({ spans }) => rate > 0 ? nextStart(spans, fromMs) : lastEnd(spans, fromMs)).filter((ms) => ms !== undefined)
    if (each.length > 0) {
      const toMs = rate > 0 ? Math.min(...each) : Math.max(...each) - 200
      if (rate > 0 && toMs - fromMs > 250) {
        this.#skippedAt = this.#monotonic()
        this.#show({ skipped: { fromMs, toMs } })
      }
      return this.#go(toMs)
    }
    if (rate > 0 && this.#canGoLive() && this.#now() - fromMs < LIVE_JOIN_MS) return this.live()
    if (rate > 0 && this.#isGrowing()) return
    this.#show({ playing: false, edge: rate > 0, rate: 1 })
  }

  #canGoLive(): boolean {
    return [...this.#followers].some(({ isLive }) => isLive)
  }

  /** Loading what is left before live takes longer than that would play: whoever plays fast wants to arrive. */
  #isOvertaken(nowMs: number, rate: number): boolean {
    if (rate <= 0 || this.#waitingSince === undefined || nowMs - this.#waitingSince < OVERTAKEN_MS || !this.#isGrowing()) return false
    return this.#newest() - this.#atMs < OVERTAKEN_MS * Math.max(1, rate)
  }

  /** More may come: what is recorded reaches almost to now. */
  #isGrowing(): boolean {
    return this.#canGoLive() && this.#now() - this.#newest() < LIVE_JOIN_MS
  }

  #newest(): number {
    return Math.max(-Infinity, ...[...this.#followers].flatMap(({ spans }) => spans.map(({ endMs }) => endMs)))
  }

  /** A moment that has footage: the wanted one, else where it begins or ends in the direction one goes. */
  #nearest(ms: number, direction: number): number {
    const all = [...this.#followers]
    if (all.some(({ spans }) => hasFootage(spans, ms))) return ms
    const each = all.map(({ spans }) => direction > 0 ? nextStart(spans, ms) : lastEnd(spans, ms)).filter((found) => found !== undefined)
    if (each.length === 0) return ms
    return direction > 0 ? Math.min(...each) : Math.max(...each) - 1000
  }

  /** The newest picture that is recorded, standing still. */
  #pauseLive(): void {
    this.#go(this.#nearest(this.#now(), -1))
    this.#show({ mode: 'past', playing: false, rate: 1, edge: false, skipped: null })
  }

  #go(atMs: number): void {
    this.#atMs = atMs
    this.#waitingSince = undefined
    this.#show({ atMs })
  }

  #show(change: Partial<PlayerView>): void {
    const view = this.view.get()
    if ((Object.keys(change) as (keyof PlayerView)[]).some((key) => change[key] !== view[key])) this.view.set({ ...view, ...change })
  }
}
