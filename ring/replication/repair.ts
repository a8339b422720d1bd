import { type ChunkId, PARTITIONS, type Partition, type PeerId } from '#protocols/ids.ts'
import type { Signal } from '../base/emitter.ts'
import type { Startable } from '../base/lifecycle.ts'
import { type Logger, silentLog } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { limiter, repeating } from '../base/tasks.ts'
import type { RepairStatus } from '../chunks/chunk-store.ts'
import type { FileChunkStore } from '../chunks/file-chunk-store.ts'
import { type PartitionSummary, sameSummary } from '../chunks/partition-index.ts'
import type { Membership } from '../network/membership.ts'
import type { Network } from '../network/network.ts'
import type { Placement } from '../placement/placement.ts'
import type { ChunkClient } from './chunk-client.ts'
import type { Confirmations } from './confirmations.ts'
import { createHolderAnnouncer } from './holder-announcer.ts'
import { createPace } from './pace.ts'
import { heldBy } from './partition-difference.ts'
import { type Standing, keepersOf, planRepair } from './plan-repair.ts'
import { RepairTransfer } from './repair-transfer.ts'

/** How long a silent node keeps its place before others take copies, in ms. @default 600000 */
export const DEFAULT_REPAIR_AFTER_MS = 600_000
/** How often the ring is compared when nothing happens, in ms. @default 30000 */
export const DEFAULT_REPAIR_INTERVAL_MS = 30_000
/** How long after a change of the members the comparison waits for further ones, in ms. @default 1000 */
export const DEFAULT_REPAIR_DEBOUNCE_MS = 1_000
/** How long a look that found work waits for the next, in ms. @default 5000 */
export const DEFAULT_RECHECK_MS = 5_000
/** How long the members must have been the same before anything is dropped, in ms. @default 30000 */
export const DEFAULT_DROP_AFTER_MS = 30_000
/** Chunks repair moves at once. @default 4 */
export const DEFAULT_REPAIR_PARALLEL = 4
/** What repair moves at most, in bytes per second. @default 67108864 */
export const DEFAULT_REPAIR_BYTES_PER_SECOND = 64 * 1024 * 1024

export interface RepairComponents {
  network: Pick<Network, 'self' | 'provide'>
  membership: Pick<Membership, 'members' | 'alive' | 'diskOf' | 'changed'>
  placement: Pick<Placement, 'ranking' | 'owners' | 'olderOwners' | 'layouts' | 'replicas'>
  /** What this node says of its partitions while layouts change. */
  confirmations?: Pick<Confirmations, 'add' | 'missing' | 'flush'>
  local: Pick<FileChunkStore, 'has' | 'get' | 'put' | 'delete' | 'list' | 'summary' | 'usage'>
  exchange: ChunkClient
  /** Writes that ended short of copies: a reason to look soon. */
  fellShort?: Signal<ChunkId>
  /** Chunks that are not to be brought back. */
  wasSwept?: (id: ChunkId) => boolean
  log?: Logger
  metrics?: Metrics
}

export interface RepairInit {
  /** @default DEFAULT_REPAIR_AFTER_MS */
  repairAfterMs?: number
  /** @default DEFAULT_REPAIR_INTERVAL_MS */
  intervalMs?: number
  /** @default DEFAULT_REPAIR_DEBOUNCE_MS */
  debounceMs?: number
  /** @default DEFAULT_RECHECK_MS */
  recheckMs?: number
  /** @default DEFAULT_DROP_AFTER_MS */
  dropAfterMs?: number
  /** @default DEFAULT_REPAIR_PARALLEL */
  parallel?: number
  /** @default DEFAULT_REPAIR_BYTES_PER_SECOND */
  bytesPerSecond?: number
}

/** Keeps every partition at its number of copies. */
export interface Repair extends Startable {
  /** Look now, and move what has to be moved; resolves when done. */
  run(): Promise<void>
  status(): RepairStatus
}

export function createRepair(components: RepairComponents, init: RepairInit = {}): Repair {
  return new DefaultRepair(components, init)
}

/** Chunks with too few copies, those of them with one copy only, and whether there is more to do. */
interface Found {
  readonly short: number
  readonly single: number
  readonly busy: boolean
}

type Summaries = ReadonlyMap<PeerId, readonly PartitionSummary[]>

/** What one look at the ring goes by. */
interface Look {
  readonly standing: (peer: PeerId) => Standing
  readonly alive: ReadonlySet<PeerId>
  readonly summaries: Summaries
  /** Id of the layout that all live nodes know; undefined while they do not agree. */
  readonly layout: string | undefined
  /** The members have been the same for long enough to let go of things. */
  readonly settled: boolean
}

class DefaultRepair implements Repair {
  readonly #parts: RepairComponents
  readonly #init: Required<RepairInit>
  readonly #log: Logger
  readonly #transfer: RepairTransfer
  readonly #loop
  readonly #announcer
  readonly #leave: Array<() => void> = []
  #soon: NodeJS.Timeout | undefined
  #soonAtMs = 0
  #startedMs = performance.now()
  #membersChangedMs = performance.now()
  #status: RepairStatus = { running: false, missingCopies: 0, singleCopies: 0, lastRunMs: 0 }

  constructor(components: RepairComponents, init: RepairInit) {
    this.#parts = components
    this.#init = {
      repairAfterMs: init.repairAfterMs ?? DEFAULT_REPAIR_AFTER_MS,
      intervalMs: init.intervalMs ?? DEFAULT_REPAIR_INTERVAL_MS,
      debounceMs: init.debounceMs ?? DEFAULT_REPAIR_DEBOUNCE_MS,
      recheckMs: init.recheckMs ?? DEFAULT_RECHECK_MS,
      dropAfterMs: init.dropAfterMs ?? DEFAULT_DROP_AFTER_MS,
      parallel: init.parallel ?? DEFAULT_REPAIR_PARALLEL,
      bytesPerSecond: init.bytesPerSecond ?? DEFAULT_REPAIR_BYTES_PER_SECOND
    }
    this.#log = (components.log ?? silentLog).scope('ring:replication:repair')
    this.#transfer = new RepairTransfer({ ...components, log: this.#log }, { parallel: this.#init.parallel, pace: createPace(this.#init.bytesPerSecond) })
    this.#loop = repeating((signal) => this.#pass(signal), this.#init.intervalMs, this.#log)
    this.#announcer = createHolderAnnouncer({ network: components.network, local: components.local, log: this.#log })
  }

  start(): void {
    const { membership, fellShort, metrics } = this.#parts
    this.#startedMs = this.#membersChangedMs = performance.now()
    this.#leave.push(membership.changed.on(() => {
      this.#membersChangedMs = performance.now()
      this.#lookIn(this.#init.debounceMs)
    }))
    if (fellShort !== undefined) this.#leave.push(fellShort.on(() => this.#lookIn(this.#init.recheckMs)))
    metrics?.gauge('ring_chunks_missing_copies', 'Chunks of this node\'s partitions short of copies at the last look', () => this.#status.missingCopies)
    metrics?.gauge('ring_chunks_single_copy', 'Chunks of this node\'s partitions of which the last look found one copy only', () => this.#status.singleCopies)
    this.#announcer.start()
    this.#loop.start()
    this.#lookIn(this.#init.debounceMs)
  }

  async stop(): Promise<void> {
    for (const leave of this.#leave.splice(0)) leave()
    clearTimeout(this.#soon)
    await Promise.all([this.#loop.stop(), this.#announcer.stop()])
    clearTimeout(this.#soon)
  }

  async run(): Promise<void> {
    if (this.#status.running) await this.#loop.now() // that look may have begun before what the caller knows of
    await this.#loop.now()
  }

  status(): RepairStatus {
    return this.#status
  }

  /** Look no later than that: reasons that keep coming do not put it off. */
  #lookIn(ms: number): void {
    const atMs = performance.now() + ms
    if (this.#soon !== undefined && this.#soonAtMs <= atMs) return
    clearTimeout(this.#soon)
    this.#soonAtMs = atMs
    this.#soon = setTimeout(() => {
      this.#soon = undefined
      void this.run()
    }, ms).unref()
  }

  async #pass(signal: AbortSignal): Promise<void> {
    this.#status = { ...this.#status, running: true }
    let { missingCopies, singleCopies } = this.#status
    try {
      const look = await this.#look(signal)
      missingCopies = look.short
      singleCopies = look.single
      await this.#parts.confirmations?.flush()
      if (look.busy || look.short > 0 || (this.#parts.confirmations?.missing() ?? 0) > 0) this.#lookIn(this.#init.recheckMs)
    } finally {
      this.#status = { running: false, missingCopies, singleCopies, lastRunMs: Date.now() }
      this.#announcer.look()
    }
  }

  async #look(signal: AbortSignal): Promise<Found> {
    const { membership, network: { self } } = this.#parts
    const standing = this.#standings()
    const alive = new Set(membership.alive())
    const summaries = await this.#summaries([...alive].filter((peer) => peer !== self), signal)
    const layout = this.#agreeOnLayout(alive) ? this.#parts.placement.layouts().transition.current.id : undefined
    const settled = performance.now() - this.#membersChangedMs >= this.#init.dropAfterMs && layout !== undefined && alive.has(self)
    const limit = limiter(this.#init.parallel)
    const looks = await Promise.allSettled(Array.from({ length: PARTITIONS }, (_, partition) => limit(() => {
      signal.throwIfAborted()
      return this.#repairPartition(partition as Partition, { standing, alive, summaries, layout, settled }, signal)
    })))
    const failed = looks.filter((look) => look.status === 'rejected')
    signal.throwIfAborted()
    if (failed[0] !== undefined) this.#log.error('%d of %d partitions could not be repaired now - %s', failed.length, PARTITIONS, failed[0].reason)
    const done = looks.filter((look) => look.status === 'fulfilled').map(({ value }) => value)
    return { short: done.reduce((sum, { short }) => sum + short, 0), single: done.reduce((sum, { single }) => sum + single, 0), busy: failed.length > 0 || done.some(({ busy }) => busy) }
  }

  async #repairPartition(partition: Partition, now: Look, signal: AbortSignal): Promise<Found> {
    const { placement, local, network: { self } } = this.#parts
    const owners = placement.owners(partition)
    const keepers = keepersOf(placement.ranking(partition), placement.replicas, now.standing, this.#init.repairAfterMs)
    const mine = local.summary(partition)
    const isKeeper = keepers.includes(self)
    if (!isKeeper && mine.chunks === 0) return { short: 0, single: 0, busy: false }

    const older = [...new Set(placement.olderOwners(partition).flat())]
    const others = [...new Set([...keepers, ...owners, ...older])].filter((peer) => peer !== self && now.summaries.has(peer))
    const theirs = (peer: PeerId): PartitionSummary => now.summaries.get(peer)?.[partition] as PartitionSummary
    if (isKeeper && others.every((peer) => sameSummary(theirs(peer), mine))) {
      this.#confirm(partition, older, new Set([self, ...others]), now)
      return { short: owners.some((peer) => peer !== self && !others.includes(peer)) ? mine.chunks : 0, single: others.length === 0 ? mine.chunks : 0, busy: false }
    }
    const holdings = await this.#holdings(partition, others, (peer) => sameSummary(theirs(peer), mine), signal)
    const plan = planRepair({ self, owners, older, keepers, alive: now.alive, holdings, settled: now.settled })
    const moved = await this.#transfer.carryOut(plan, [...new Set([...owners, ...older])], signal)
    if (isKeeper && moved.failed === 0) this.#confirm(partition, older, holdings, now)
    const total = moved.pulled + moved.pushed + moved.dropped
    if (total + moved.failed > 0) this.#log('partition %d: fetched %d, gave %d, let go of %d chunks; %d could not be moved', partition, moved.pulled, moved.pushed, moved.dropped, moved.failed)
    const short = plan.short.filter((id) => this.#parts.wasSwept?.(id) !== true)
    return { ...await this.#stillShort(short, [...keepers].filter((peer) => peer !== self && now.alive.has(peer)), owners.length, signal), busy: total + moved.failed > 0 }
  }

  /** All older owners were asked, by members who all know of the new layout, and what they hold is here. */
  #confirm(partition: Partition, older: readonly PeerId[], asked: { has(peer: PeerId): boolean }, { layout }: Look): void {
    if (layout !== undefined && older.every((peer) => asked.has(peer))) this.#parts.confirmations?.add(layout, partition)
  }

  /** What each node holds of a partition; the same set where the summaries are equal, so that only differences are listed. */
  async #holdings(partition: Partition, others: readonly PeerId[], isSame: (peer: PeerId) => boolean, signal: AbortSignal): Promise<Map<PeerId, ReadonlySet<ChunkId>>> {
    const { local, exchange, network: { self } } = this.#parts
    const mine: ReadonlySet<ChunkId> = new Set(await local.list(partition))
    const holdings = new Map([[self, mine]])
    for (const peer of others) {
      try {
        holdings.set(peer, isSame(peer) ? mine : await heldBy(peer, partition, mine, exchange, { signal }))
      } catch (err) {
        signal.throwIfAborted()
        this.#log('could not ask %s for partition %d - %s', peer, partition, err)
      }
    }
    return holdings
  }

  /** Writes under way look like missing copies for a moment: ask again before saying so. */
  async #stillShort(ids: readonly ChunkId[], keepers: readonly PeerId[], wanted: number, signal: AbortSignal): Promise<Omit<Found, 'busy'>> {
    if (ids.length === 0) return { short: 0, single: 0 }
    const { local, exchange } = this.#parts
    const copies: number[] = await Promise.all(ids.map(async (id) => (await local.has(id) ? 1 : 0)))
    for (const keeper of keepers) {
      const held = await exchange.has(keeper, ids, { signal, counting: true }).catch(() => ids.map(() => false))
      for (const [i, has] of held.entries()) copies[i] = (copies[i] ?? 0) + (has ? 1 : 0)
    }
    return { short: copies.filter((count) => count < wanted).length, single: copies.filter((count) => count === 1).length }
  }

  async #summaries(peers: readonly PeerId[], signal: AbortSignal): Promise<Summaries> {
    const answers = await Promise.allSettled(peers.map((peer) => this.#parts.exchange.digests(peer, { signal })))
    signal.throwIfAborted()
    const summaries = new Map<PeerId, readonly PartitionSummary[]>()
    for (const [i, peer] of peers.entries()) {
      const answer = answers[i]
      if (answer?.status === 'fulfilled') summaries.set(peer, answer.value)
      else this.#log('could not compare with %s - %s', peer, answer?.reason)
    }
    return summaries
  }

  #standings(): (peer: PeerId) => Standing {
    const ranMs = performance.now() - this.#startedMs
    const known = new Map(this.#parts.membership.members().map((member) => [member.peerId, member]))
    return (peer) => {
      const member = known.get(peer)
      if (member?.alive === true) return { alive: true, silentMs: 0 }
      return { alive: false, silentMs: Math.min(member?.silentMs ?? Number.POSITIVE_INFINITY, ranMs) }
    }
  }

  /** Nodes that say which layout they have all say the same one. */
  #agreeOnLayout(alive: ReadonlySet<PeerId>): boolean {
    const digests = this.#parts.membership.members().filter(({ peerId }) => alive.has(peerId)).map(({ presence }) => presence?.layoutDigest ?? '')
    return new Set(digests.filter((digest) => digest !== '')).size <= 1
  }
}
