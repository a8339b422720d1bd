import { whyNoSkew } from '../../support/wall-clock.ts'
import type { Nemesis } from './nemesis.ts'

/** How far a clock is off, in seconds. */
const SKEW_SECONDS = [30, 900] as const

/** One machine's clock jumps ahead or back, and later to the right time again. */
export const skewClock: Nemesis = {
  name: 'clock skew',
  destroys: false,
  why: whyNoSkew,
  async strike({ cluster, random }, node) {
    const clock = cluster.clockOf(node)
    clock.set((random.chance(0.5) ? 1 : -1) * random.between(...SKEW_SECONDS))
    return async () => clock.set(0)
  }
}
