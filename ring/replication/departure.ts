import { PARTITIONS, type Partition, type PeerId } from '#protocols/ids.ts'
import type { Alarms } from '../base/alarms.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import { repeating } from '../base/tasks.ts'
import { type PartitionSummary, sameSummary } from '../chunks/partition-index.ts'
import type { WriteGate } from '../chunks/write-gate.ts'
import type { LayoutEntry, LayoutStore } from '../network/layout.ts'
import type { Membership } from '../network/membership.ts'
import type { Placement } from '../placement/placement.ts'
import type { ChunkClient } from './chunk-client.ts'

/** How often a node that drains looks whether it may go, in ms. @default 2000 */
export const DEPARTURE_EVERY_MS = 2_000
/** Nodes whose catalogs must have all that this node's has before it goes, when there are that many. @default 2 */
export const DEPARTURE_CATALOGS = 2

/** Key of the alarm of a node that runs and belongs no more. */
export const LEFT_RING_ALARM = 'left-ring'

export interface DepartureComponents {
  readonly self: PeerId
  readonly layout: Pick<LayoutStore, 'layout' | 'putLayout'>
  readonly placement: Pick<Placement, 'layouts' | 'owners'>
  readonly membership: Pick<Membership, 'isAlive'>
  readonly gate: WriteGate
  readonly exchange: Pick<ChunkClient, 'digests' | 'has'>
  readonly alarms: Pick<Alarms, 'raise' | 'clear'>
  /** Exchange catalogs with this node. */
  syncWith(peer: PeerId): Promise<void>
  readonly log: Logger
}

/** Lets this node go when it drains: only when the owners of everything it holds have said, with its door shut, that they hold it. */
export function createDeparture(components: DepartureComponents, { everyMs = DEPARTURE_EVERY_MS }: { everyMs?: number } = {}): Startable & { look(): Promise<void> } {
  const { self, layout, placement, membership, gate, exchange, alarms, syncWith, log } = components
  let isShut = false
  const loop = repeating(look, everyMs, log)

  async function look(signal: AbortSignal): Promise<void> {
    const own = ownEntry()
    if (own?.state === 'gone') alarms.raise({ key: LEFT_RING_ALARM, severity: 'warning', message: 'this node does not belong to the ring any more: stop it, or let it in again by starting it with --join and a new invite (thatdam invite node)' })
    else alarms.clear(LEFT_RING_ALARM)
    if (own?.state === 'draining' && isMoved() && await isHeldElsewhere(signal)) await leave(signal)
    else if (own?.state === 'active' && isShut) reopen()
  }

  const ownEntry = (): LayoutEntry | undefined => layout.layout().find(({ peerId }) => peerId === self)
  const nodes = (): PeerId[] => placement.layouts().transition.current.nodes.map(({ peerId }) => peerId)

  /** Every owner of the layout without this node has confirmed all of its partitions. */
  function isMoved(): boolean {
    return !nodes().includes(self) && placement.layouts().progress.moved === PARTITIONS
  }

  async function leave(signal: AbortSignal): Promise<void> {
    isShut = true
    await gate.close('this node has left the ring: write to another one')
    try {
      const others = nodes().filter((peer) => membership.isAlive(peer))
      for (const peer of others.slice(0, DEPARTURE_CATALOGS)) await syncWith(peer)
      const own = ownEntry()
      // what arrived before the door was shut, or what was decided meanwhile, is seen now
      if (own?.state !== 'draining' || !isMoved() || others.length === 0 || !await isHeldElsewhere(signal)) return reopen()
      await layout.putLayout({ ...own, state: 'gone' })
      log('everything this node held is held by others: it has left the ring')
    } catch (err) {
      reopen()
      throw err
    }
  }

  function reopen(): void {
    isShut = false
    gate.open()
  }

  async function isHeldElsewhere(signal: AbortSignal): Promise<boolean> {
    const summaries = new Map<PeerId, readonly PartitionSummary[]>()
    for (const peer of nodes()) {
      const answer = membership.isAlive(peer) ? await exchange.digests(peer, { signal }).catch(() => undefined) : undefined
      if (answer === undefined) return false
      summaries.set(peer, answer)
    }
    for (let partition = 0; partition < PARTITIONS; partition++) {
      signal.throwIfAborted()
      for (const owner of placement.owners(partition as Partition)) {
        if (!await holdsAll(owner, partition as Partition, summaries.get(owner)?.[partition], signal)) return false
      }
    }
    return true
  }

  async function holdsAll(owner: PeerId, partition: Partition, theirs: PartitionSummary | undefined, signal: AbortSignal): Promise<boolean> {
    const mine = gate.store.summary(partition)
    if (mine.chunks === 0 || (theirs !== undefined && sameSummary(mine, theirs))) return true
    const held = await exchange.has(owner, await gate.store.list(partition), { signal }).catch(() => [false])
    return !held.includes(false)
  }

  return { look: () => loop.now(), start: () => loop.start(), stop: () => loop.stop() }
}
