import { whyNoSlowCable } from '../../support/slow-cable.ts'
import type { Nemesis } from './nemesis.ts'

/** One way. */
const DELAY_MS = [20, 150] as const
const LOSS_PERCENT = [1, 5] as const

/** One machine is far away, over a link that loses packets. */
export const slowLink: Nemesis = {
  name: 'delay and loss',
  destroys: false,
  why: whyNoSlowCable,
  strike({ cluster: { network }, random }, node) {
    return network.slow(node, { delayMs: random.between(...DELAY_MS), lossPercent: random.between(...LOSS_PERCENT) })
  }
}
