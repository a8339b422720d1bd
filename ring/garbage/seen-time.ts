import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurably } from '../base/durable-file.ts'
import { type Clock, monotonicClock } from '../base/clock.ts'
import { type Logger, silentLog } from '../base/log.ts'

/** Time that nobody saw pass is waited for this long at most, in ms: until then somebody noticed a wrong date. @default 259200000 */
export const MAX_DOUBT_MS = 3 * 86_400_000
/** A clock may go on by this much more than time does and is not doubted, in ms: a node that starts again, or one that is kept right. @default 900000 */
export const UNDOUBTED_MS = 900_000
/** Of what a clock skipped at once, so much counts as passed, in ms: a night that a node was off, but not a date that was set. @default 86400000 */
export const MAX_UNSEEN_MS = 86_400_000
const FILE = 'seen-time'

/** What a clock skipped, and until when that is waited for. */
export interface Doubt {
  readonly skippedMs: number
  /** Unix ms by that clock. */
  readonly untilMs: number
}

interface State {
  /** Unix ms of the last look. */
  readonly atMs: number
  readonly skippedMs: number
  /** For so long yet what was skipped is not believed. */
  readonly waitMs: number
  readonly passedMs: number
  /** Unix ms: the latest that the clock ever showed. */
  readonly latestMs: number
}

export interface SeenTimeComponents {
  /** Unix ms of the newest thing that is known, for a node that never looked; undefined: nothing is. */
  readonly newestMs: () => number | undefined
  /** @default time since the process began */
  readonly monotonic?: Pick<Clock, 'nowMs'>
  readonly log?: Logger
}

/**
 * A clock that nobody else confirms is believed as far as this node saw time pass. What it skipped, because the node was switched off or
 * somebody set it, counts only after it was waited for: as long again, and MAX_DOUBT_MS at most.
 */
export interface SeenTime {
  /** `isConfirmed`: another node's clock says the same, so it is believed. */
  look(atMs: number, isConfirmed: boolean): Promise<void>
  /** Whether this process looked: until then nothing is known of what the clock skipped. */
  hasLooked(): boolean
  /** The time by which something may be given up. */
  sureMs(atMs: number): number
  /** undefined: the clock is believed. */
  doubt(): Doubt | undefined
  /** A count of ms that goes on as this node sees time pass, over its starts, whatever date its clock shows and others confirm; of what was not seen it takes MAX_UNSEEN_MS at most, once. 0 until `hasLooked`. */
  passedMs(): number
}

export function createSeenTime({ newestMs, monotonic = monotonicClock, log = silentLog }: SeenTimeComponents, { folder }: { folder: string }): SeenTime {
  let state: State | undefined
  let ticksMs = monotonic.nowMs()
  let turn: Promise<void> = Promise.resolve()

  async function read(atMs: number): Promise<State> {
    try {
      const known: unknown = JSON.parse(await readFile(join(folder, FILE), 'utf8'))
      if (isState(known)) return { passedMs: 0, latestMs: known.atMs, ...known }
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT') log('when footage was last looked through is not known - %s', err)
    }
    return { atMs: Math.min(atMs, newestMs() ?? atMs), skippedMs: 0, waitMs: 0, passedMs: 0, latestMs: atMs }
  }

  async function take(atMs: number, isConfirmed: boolean): Promise<void> {
    const before = state ?? await read(atMs)
    const elapsedMs = monotonic.nowMs() - ticksMs
    ticksMs += elapsedMs
    state = { ...(isConfirmed ? { atMs, skippedMs: 0, waitMs: 0 } : goneOn(before, atMs, elapsedMs)), ...passed(before, atMs, elapsedMs) }
    try {
      await mkdir(folder, { recursive: true })
      await writeDurably(folder, FILE, JSON.stringify(state))
    } catch (err) {
      log('when footage was looked through is not noted - %s', err)
    }
  }

  return {
    look(atMs, isConfirmed) {
      turn = turn.then(() => take(atMs, isConfirmed))
      return turn
    },
    hasLooked: () => state !== undefined,
    sureMs: (atMs) => atMs - (state?.skippedMs ?? 0),
    doubt: () => (state === undefined || state.waitMs === 0 ? undefined : { skippedMs: state.skippedMs, untilMs: state.atMs + state.waitMs }),
    passedMs: () => state?.passedMs ?? 0
  }
}

/** A clock that is set back takes away what it skipped. */
function goneOn(before: State, atMs: number, elapsedMs: number): Pick<State, 'atMs' | 'skippedMs' | 'waitMs'> {
  const stepMs = atMs - before.atMs - elapsedMs
  const isStep = Math.abs(stepMs) > UNDOUBTED_MS
  const skippedMs = Math.max(0, before.skippedMs + (isStep ? stepMs : 0))
  const waitMs = Math.min(Math.max(0, before.waitMs - elapsedMs) + (isStep ? Math.max(0, stepMs) : 0), skippedMs, MAX_DOUBT_MS)
  return { atMs, skippedMs: waitMs === 0 ? 0 : skippedMs, waitMs }
}

/** A clock that goes back and forth passes a time once. */
function passed(before: State, atMs: number, elapsedMs: number): Pick<State, 'passedMs' | 'latestMs'> {
  const unseenMs = Math.min(Math.max(0, atMs - before.latestMs - elapsedMs), MAX_UNSEEN_MS)
  return { passedMs: before.passedMs + elapsedMs + unseenMs, latestMs: Math.max(before.latestMs, atMs) }
}

/** Notes of before `passedMs` was kept are notes. */
function isState(value: unknown): value is Omit<State, 'passedMs' | 'latestMs'> & Partial<State> {
  const { atMs, skippedMs, waitMs, passedMs = 0, latestMs = 0 } = (value ?? {}) as Partial<State>
  return [atMs, latestMs].every(Number.isFinite) && [skippedMs, waitMs, passedMs].every((ms) => Number.isFinite(ms) && ms! >= 0)
}
