import { setTimeout as sleep } from 'node:timers/promises'
import { whyNoTokenBucket } from '../../support/test-network.ts'
import type { Cluster } from '../cluster.ts'
import type { Model } from '../model.ts'
import type { Nemesis } from './nemesis.ts'
import { drained } from './places.ts'
import { throwAwayChunks } from './wipe.ts'

/** What reaches the one that stays: the move takes seconds. */
const BITS_PER_SECOND = 6_000_000
/** Uploaded before, so that there is something to move. */
const MEGABYTES = 8
/** How long the ring may take to move everything to one node, in ms: nothing else is wrong meanwhile. */
const MOVE_MS = 120_000

/**
 * All nodes but one are let go at once, as by somebody who replaces the machines. Whoever the ring says has left is turned off at that
 * moment, and its footage thrown away. What was acknowledged before has to be on the one that stays when the ring says that it has moved.
 */
export const letGo: Nemesis = {
  name: 'let go',
  destroys: true,
  why: whyNoTokenBucket,
  async strike({ cluster, client, model }, node) {
    const leaving = cluster.names.filter((name) => name !== node)
    await client.upload(leaving[0] as string, client.makeFile(MEGABYTES))
    const promised = model.promised().map(({ id }) => id)
    const widen = cluster.network.narrow(node, BITS_PER_SECOND)
    try {
      for (const name of leaving) await drained(cluster, name)
      await untilAllHaveLeft(cluster, node, leaving, (said) => checkMove(cluster, model, node, promised, said))
    } finally {
      widen()
    }
    return async () => { for (const name of leaving) await cluster.begin(name, await cluster.invite('node', name)) }
  }
}

/** Turn each off when the one that stays says that it is gone. @throws Error naming who is not gone in time */
async function untilAllHaveLeft(cluster: Cluster, node: string, leaving: readonly string[], check: (said: string) => void): Promise<void> {
  const endMs = performance.now() + MOVE_MS
  for (;;) {
    const { members, layout, gone } = await cluster.ring(node)
    const isLast = members.every(({ name, state }) => name === node || state !== 'active')
    if (isLast && layout.moved === layout.partitions) check('everything has arrived')
    for (const { name } of gone) {
      if (!leaving.includes(name) || cluster.down.has(name)) continue
      check(`${name} has left`)
      await cluster.kill(name)
      await throwAwayChunks(cluster, name)
    }
    const left = leaving.filter((name) => !cluster.down.has(name))
    if (left.length === 0) return
    if (performance.now() > endMs) throw new Error(`${left.join(', ')} did not leave within ${MOVE_MS} ms: ${layout.moved} of ${layout.partitions} partitions have arrived at ${node}`)
    await sleep(100)
  }
}

/** `said`: what the ring says. What is promised still has to be on the disk of the one that stays. */
function checkMove(cluster: Cluster, model: Model, node: string, promised: readonly string[], said: string): void {
  for (const id of promised) {
    const asset = model.assets.get(id)
    const missing = asset?.isPromised === true ? asset.chunks.filter((chunk) => !cluster.holds(node, chunk)).length : 0
    if (missing > 0) model.lose('upload', `the ring says that ${said}, and ${missing} chunks of ${id} are not on ${node}`)
  }
}
