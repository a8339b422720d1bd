import { whyNoBlocking } from '../../support/test-network.ts'
import type { Nemesis } from './nemesis.ts'

/** One machine's cable is pulled: a clean cut between it and all others. */
export const unplug: Nemesis = {
  name: 'unplug',
  destroys: false,
  async strike({ cluster: { network } }, node) {
    network.cut(node)
    return async () => network.heal(node)
  }
}

/** The machines fall apart into two groups that do not hear each other; the camera hears both. */
export const split: Nemesis = {
  name: 'split in two',
  destroys: false,
  kind: 'block',
  why: whyNoBlocking,
  async strike({ cluster: { names, network }, random }, node) {
    const others = random.shuffled(names.filter((name) => name !== node))
    const here = [node, ...others.slice(0, Math.floor(names.length / 2) - 1)]
    const there = names.filter((name) => !here.includes(name))
    for (const a of here) for (const b of there) { network.block(a, b); network.block(b, a) }
    return async () => network.unblock()
  }
}

/** One machine hears nobody, and everybody hears it. */
export const deafen: Nemesis = {
  name: 'deafen (one-way cut)',
  destroys: false,
  kind: 'block',
  why: whyNoBlocking,
  async strike({ cluster: { names, network } }, node) {
    for (const other of names) if (other !== node) network.block(other, node)
    return async () => network.unblock()
  }
}
