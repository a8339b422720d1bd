/** Several recordings of one moment, on one clock. Pure. */
import type { AssetId } from '#protocols/ids.ts'

/** What says where a recording lies. A person's word stands: nothing moves it but another person's. */
export type Ground = 'sound' | 'timecode' | 'clock' | 'person'

/** Where a recording lies on another's clock, or on a take's: at `t` ms of its own it is `offsetMs + t · (1 + driftPpm / 1e6)` there. */
export interface Place {
  readonly offsetMs: number
  readonly driftPpm: number
}

export interface Angle extends Place {
  readonly asset: AssetId
  readonly by: Ground
  /** 0 to 1. */
  readonly confidence: number
}

export interface Take {
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  /** Who made it, or empty: it was found. */
  readonly by: string
  readonly angles: readonly Angle[]
  /** Recordings that a person took out: they are not put in again. */
  readonly out: readonly AssetId[]
  /** A person said it is none: its recordings are not put together again. */
  readonly isDissolved: boolean
}

/** Recordings of one take at most. @default 60 */
export const MAX_ANGLES = 60
/** Longest name of a take, in UTF-16 units. @default 200 */
export const MAX_TAKE_NAME = 200

/** `within` is where `base` lies; `place` where another lies on the clock of `base`. Answers where the other lies. */
export function placedIn(within: Place, place: Place): Place {
  const rate = 1 + within.driftPpm / 1e6
  return { offsetMs: within.offsetMs + place.offsetMs * rate, driftPpm: (rate * (1 + place.driftPpm / 1e6) - 1) * 1e6 }
}

/** Where `base` lies on the clock of the other. */
export function turned({ offsetMs, driftPpm }: Place): Place {
  const rate = 1 + driftPpm / 1e6
  return { offsetMs: -offsetMs / rate, driftPpm: (1 / rate - 1) * 1e6 }
}

/** Where `second` lies on the clock of `first`, both of one take. */
export const between = (first: Place, second: Place): Place => placedIn(turned(first), second)

/** When on the take's clock a recording is over. */
export const endOf = ({ offsetMs, driftPpm }: Place, durationMs: number): number => offsetMs + durationMs * (1 + driftPpm / 1e6)
