/** How a player is brought back to the clock. Pure. */

/** A player this near to the clock is left alone, ms. @default 15 */
export const NEAR_CLOCK_MS = 15
/** Largest change of rate that brings a player back to the clock. @default 0.1 */
export const MOST_CORRECTION = 0.1

/** The rate of a player that is `errorMs` ahead of the clock: a little slower or faster, never so that it is heard. */
export function correctedRate(rate: number, errorMs: number, nearMs = NEAR_CLOCK_MS): number {
  if (Math.abs(errorMs) <= nearMs) return rate
  return rate * (1 - Math.max(-MOST_CORRECTION, Math.min(MOST_CORRECTION, errorMs / 1000)))
}
