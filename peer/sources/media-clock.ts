/** Pairs a source's own time with the wall clock: one for all its tracks, so sound and picture cannot part. */
export interface MediaClock {
  /** Something captured at `mediaMs` was seen here at `nowMs` (Unix ms): at the earliest when it was captured, often later. */
  observe(mediaMs: number, nowMs: number): void
  /** Unix ms (fractional) at which `mediaMs` was captured. */
  wallOf(mediaMs: number): number
}

/** A pairing further off than this is not drift: start anew, in ms. @default 2000 */
export const CLOCK_JUMP_MS = 2_000
/** Over this long the smallest delay is taken as no delay, in ms. */
const WINDOW_MS = 10_000
/** Drift is followed this fast: ms per second. */
const SLEW = 2
/** So long after the start the least delay is believed at once: servers begin with a burst of old pictures. */
const SETTLE_MS = 3_000

/** The least delayed observation of each window is believed, and approached slowly: jitter never reaches the reports. */
export function mediaClock(): MediaClock {
  let offset: number | undefined
  let goal = 0
  let best = Infinity
  let windowEnd = 0
  let lastMedia = 0
  let settledAt = 0

  return {
    observe(mediaMs, nowMs) {
      const seen = nowMs - mediaMs
      if (offset === undefined || Math.abs(seen - offset) > CLOCK_JUMP_MS) {
        offset = goal = best = seen
        windowEnd = nowMs + WINDOW_MS
        settledAt = nowMs + SETTLE_MS
        lastMedia = mediaMs
        return
      }
      best = Math.min(best, seen)
      if (seen < goal) goal = seen // nothing is seen before it was captured
      if (nowMs < settledAt) offset = goal
      if (nowMs >= windowEnd) {
        goal = best
        best = Infinity
        windowEnd = nowMs + WINDOW_MS
      }
      const step = (SLEW * Math.max(0, mediaMs - lastMedia)) / 1_000
      offset += Math.max(-step, Math.min(step, goal - offset))
      lastMedia = Math.max(lastMedia, mediaMs)
    },
    wallOf: (mediaMs) => mediaMs + (offset ?? 0)
  }
}
