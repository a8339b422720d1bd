import { whyNoSlowCable } from '../../support/slow-cable.ts'
import { whyNoTokenBucket } from '../../support/test-network.ts'
import type { Nemesis } from './nemesis.ts'

/** One way. */
const DELAY_MS = [20, 150] as const
const LOSS_PERCENT = [1, 5] as const
const BITS_PER_SECOND = [1_000_000, 8_000_000] as const

/** One machine is far away, over a link that loses packets. */
export const slowLink: Nemesis = {
  name: 'delay and loss',
  destroys: false,
  why: whyNoSlowCable,
  strike({ cluster: { network }, random }, node) {
    return network.slow(node, { delayMs: random.between(...DELAY_MS), lossPercent: random.between(...LOSS_PERCENT) })
  }
}

/** One machine has a narrow link: less than what recording and writing ask for. */
export const narrowLink: Nemesis = {
  name: 'narrow link',
  destroys: false,
  why: whyNoTokenBucket,
  async strike({ cluster: { network }, random }, node) {
    const widen = network.narrow(node, random.between(...BITS_PER_SECOND))
    return async () => widen()
  }
}
