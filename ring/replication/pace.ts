import { type Clock, monotonicClock } from '../base/clock.ts'
import type { AbortOptions } from '../base/lifecycle.ts'

/** Resolves when `bytes` more may be moved. @throws the signal's reason */
export type Pace = (bytes: number, options?: AbortOptions) => Promise<void>

/** At most `bytesPerSecond` on average, with bursts of a tenth of a second. */
export function createPace(bytesPerSecond: number, clock: Clock = monotonicClock): Pace {
  let freeAtMs = 0
  return async (bytes, { signal } = {}) => {
    signal?.throwIfAborted()
    const nowMs = clock.nowMs()
    const waitMs = freeAtMs - nowMs
    freeAtMs = Math.max(freeAtMs, nowMs) + bytes / bytesPerSecond * 1_000
    if (waitMs > 100) await clock.sleep(waitMs, { signal })
  }
}
