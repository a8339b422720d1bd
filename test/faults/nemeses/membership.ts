/** The set of nodes changes while everybody writes. Each is taken back, so that the ring has its nodes again when it is judged. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Nemesis } from './nemesis.ts'
import { comeBack, decide, drained, hasLeft, strikeOff } from './places.ts'

/** Names of those that change who belongs. */
export const MEMBERSHIP: readonly string[] = ['join', 'drain', 'drain and kill', 'remove', 'reweigh']

/** A machine that was never there comes, takes its share, and leaves again. */
export const join: Nemesis = {
  name: 'join',
  destroys: false,
  async strike({ cluster }) {
    await cluster.begin(cluster.spare, await cluster.invite('node'))
    return async () => {
      await drained(cluster, cluster.spare)
      if (!await hasLeft(cluster, cluster.spare)) await strikeOff(cluster, cluster.spare)
      await cluster.remove(cluster.spare)
    }
  }
}

/** A node is let go; when it has left it is stopped for good, and comes back by a new invite. */
export const drain: Nemesis = {
  name: 'drain',
  destroys: false,
  async strike({ cluster }, node) {
    await drained(cluster, node)
    return () => comeBack(cluster, node)
  }
}

/** The same, and its plug is pulled in the middle of it, or that of a node that takes over what it held. */
export const drainAndKill: Nemesis = {
  name: 'drain and kill',
  destroys: false,
  async strike({ cluster, random }, node) {
    await drained(cluster, node)
    await sleep(random.between(0, 3_000))
    const victim = random.chance(0.5) ? node : random.pick(cluster.names.filter((name) => name !== node))
    if (cluster.down.has(victim)) return () => comeBack(cluster, node)
    await cluster.kill(victim)
    return async () => {
      await cluster.begin(victim, victim === node ? await cluster.invite('node', node) : undefined) // it may have left in its last moment
      await comeBack(cluster, node)
    }
  }
}

/** A node dies, is struck off, and turns up again with all it had. */
export const remove: Nemesis = {
  name: 'remove',
  destroys: false,
  async strike({ cluster }, node) {
    await strikeOff(cluster, node)
    return async () => cluster.begin(node, await cluster.invite('node', node))
  }
}

/** A node is given more to hold, or less: nearly every partition changes hands. */
export const reweigh: Nemesis = {
  name: 'reweigh',
  destroys: false,
  async strike({ cluster, random }, node) {
    await decide(cluster, node, 'PATCH', '', { weight: random.between(1, 8) })
    return async () => {}
  }
}
