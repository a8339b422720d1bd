/** A ring of storing nodes in one process: real disks, real replication, a fake network between them. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChunkId, type Partition, type PeerId, chunkIdOf, partitionOfChunk } from '#protocols/ids.ts'
import { type Emitter, emitter } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { BlobStore, Member, Membership, Network, Placement } from '#ring'
import { createBlobStore } from '../../ring/chunks/blob-store.ts'
import type { Garbage } from '../../ring/garbage/garbage.ts'
import { type FileChunkStore, createFileChunkStore } from '../../ring/chunks/file-chunk-store.ts'
import { createBulkChannel } from '../../ring/replication/bulk-channel.ts'
import { transitionOf } from '../../ring/placement/layout-version.ts'
import { type ChunkExchange, createChunkExchange } from '../../ring/replication/chunk-exchange.ts'
import { type Repair, type RepairInit, createRepair } from '../../ring/replication/repair.ts'
import { type ReplicatingChunkStore, type RingChunkStoreInit, createRingChunkStore } from '../../ring/replication/ring-chunk-store.ts'
import { type Scrub, type ScrubComponents, type ScrubInit, createScrub } from '../../ring/replication/scrub.ts'
import { type Verification, createVerification } from '../../ring/replication/verification.ts'
import { type FakeNetwork, createFakeNetwork } from './fake-network.ts'

export interface FakeRingNode {
  readonly id: PeerId
  readonly network: Network & Partial<Startable>
  readonly membership: Membership
  readonly dir: string
  readonly local: FileChunkStore
  readonly exchange: ChunkExchange
  readonly chunks: ReplicatingChunkStore
  readonly blobs: BlobStore
  readonly repair: Repair
  readonly scrub: Scrub
  readonly verification: Verification
  /** What the scrub is made of, to make another one as a restarted process would. */
  readonly scrubParts: ScrubComponents
}

export interface FakeRing {
  readonly net: FakeNetwork
  readonly nodes: readonly FakeRingNode[]
  readonly placement: Placement
  /** Dead for the network and for the members; its disk stays. */
  kill(node: FakeRingNode): void
  revive(node: FakeRingNode): void
  /** The members have noticed who is up. */
  notice(): void
  /** Add a node to the layout. */
  grow(name: string): Promise<FakeRingNode>
  /** Let every live node repair, until nobody moves anything. */
  repairAll(): Promise<void>
  /** The nodes that have this chunk on disk. */
  holdersOf(id: ChunkId): Promise<PeerId[]>
  stop(): Promise<void>
}

export interface FakeRingInit {
  /** Another network than the fake one, for the node of this name. */
  join?(name: string): Promise<Network & Partial<Startable>>
  replicas?: number
  repair?: RepairInit
  chunks?: RingChunkStoreInit
  /** What the node of this name knows of garbage. */
  garbage?(name: string): Pick<Garbage, 'relied' | 'wasSwept'> | undefined
  /** For the node of this name; without it, nothing is due before the test ends. */
  scrub?(name: string): Partial<ScrubInit> & Pick<ScrubComponents, 'clock' | 'metrics'>
}

/** Nodes that repair only when told, unless `repair` says otherwise. */
export async function createFakeRing(names: readonly string[], init: FakeRingInit = {}): Promise<FakeRing> {
  const net = createFakeNetwork()
  const nodes: FakeRingNode[] = []
  const seen = new Set<PeerId>()
  const heard = new Map<PeerId, number>()
  const changes = new Map<PeerId, Emitter<void>>()
  const replicas = init.replicas ?? 3
  const awake = setInterval(() => {}, 1_000) // the ring's own timers are no reason to stay, and here are no sockets
  const rankings: PeerId[][] = []
  const placement: Placement = {
    replicas,
    ranking: (partition) => rankings[partition] ?? [],
    owners: (partition) => placement.ranking(partition).slice(0, replicas),
    targets: (partition) => {
      const live = placement.ranking(partition).filter((peer) => seen.has(peer))
      const owners = placement.owners(partition).filter((peer) => seen.has(peer))
      return [...new Set([...owners, ...live])].slice(0, replicas)
    },
    homeOf: () => nodes[0]?.id as PeerId,
    olderOwners: () => [],
    olderTargets: () => [],
    layouts: () => ({ transition: transitionOf([], []), progress: { moved: 256, isComplete: true } })
  }

  function notice(): void {
    for (const { id } of nodes) {
      if (net.isUp(id)) seen.add(id)
      else if (seen.delete(id)) heard.set(id, performance.now())
    }
    for (const [id, change] of changes) if (net.isUp(id)) change.emit()
  }

  async function grow(name: string): Promise<FakeRingNode> {
    const network: Network & Partial<Startable> = await init.join?.(name) ?? net.join(`peer-${name}` as PeerId)
    const id = network.self
    if (init.join !== undefined) net.join(id) // it still says who is up
    const changed = emitter<void>()
    changes.set(id, changed)
    const membership: Membership = {
      members: () => nodes.map((node) => memberOf(node.id, id, seen.has(node.id), heard.get(node.id))),
      alive: () => nodes.map((node) => node.id).filter((peer) => peer === id || seen.has(peer)),
      isAlive: (peer) => peer === id || seen.has(peer),
      diskOf: () => 'ok',
      changed,
      presenceChanged: emitter<PeerId>(),
      announce() {}, start() {}, stop() {}
    }
    const dir = await mkdtemp(join(tmpdir(), 'thatdam-ring-'))
    const local = createFileChunkStore(dir, { reserveBytes: 0 })
    const bulk = init.join === undefined ? undefined : createBulkChannel({ network, local }) // the fake network has no sockets
    const exchange = createChunkExchange({
      network, local, bulk, relied: async (ids) => init.garbage?.(name)?.relied(ids),
      verifier: { check: (...asked) => scrub.check(...asked), checkPartition: (...asked) => scrub.checkPartition(...asked) }
    })
    const chunks = createRingChunkStore({ network, membership, placement, local, exchange }, init.chunks)
    const repair = createRepair({ network, membership, placement, local, exchange, fellShort: chunks.fellShort, wasSwept: (chunk) => init.garbage?.(name)?.wasSwept(chunk) === true }, { intervalMs: 3_600_000, debounceMs: 3_600_000, recheckMs: 3_600_000, dropAfterMs: 0, repairAfterMs: 3_600_000, ...init.repair })
    const { clock, metrics, ...scrubInit } = init.scrub?.(name) ?? {}
    const scrubParts: ScrubComponents = { network, membership, placement, local, exchange, ...(clock && { clock }), ...(metrics && { metrics }) }
    const scrub = createScrub(scrubParts, { folder: dir, ...scrubInit })
    const verification = createVerification({ network, membership, exchange, local: scrub, store: local })
    for (const part of [local, exchange, chunks, repair, scrub]) await part.start()
    const node: FakeRingNode = { id, network, membership, dir, local, exchange, chunks, blobs: createBlobStore({ chunks }), repair, scrub, verification, scrubParts }
    nodes.push(node)
    rankings.splice(0, 256, ...Array.from({ length: 256 }, (_, partition) => rank(nodes.map((each) => each.id), partition as Partition)))
    notice()
    return node
  }

  for (const name of names) await grow(name)
  return {
    net, nodes, placement, notice, grow,
    kill({ id }) {
      net.kill(id)
      notice()
    },
    revive({ id }) {
      net.revive(id)
      notice()
    },
    async repairAll() {
      for (let round = 0; round < 3; round++) await Promise.all(nodes.filter(({ id }) => net.isUp(id)).map(({ repair }) => repair.run()))
    },
    async holdersOf(id) {
      const held = await Promise.all(nodes.map(({ local }) => local.has(id)))
      return nodes.filter((_, i) => held[i]).map((node) => node.id)
    },
    async stop() {
      clearInterval(awake)
      for (const node of nodes) {
        net.kill(node.id)
        for (const part of [node.scrub, node.repair, node.chunks, node.exchange, node.local, node.network]) await part.stop?.()
        await rm(node.dir, { recursive: true })
      }
    }
  }
}

/** Different bytes for every number. */
export function bytesOf(seed: number, length = 4_096): Uint8Array {
  const bytes = Buffer.alloc(length, createHash('sha256').update(`chunk ${seed}`).digest())
  return new Uint8Array(bytes)
}

/** Poll until `claim` holds. @throws after `withinMs` */
export async function eventually(claim: () => Promise<boolean> | boolean, what: string, withinMs = 30_000): Promise<void> {
  for (const endMs = Date.now() + withinMs; Date.now() < endMs;) {
    if (await claim()) return
    await sleep(10)
  }
  throw new Error(`it never came true within ${withinMs} ms: ${what}`)
}

/** The first seed from `from` on whose chunk is in a partition that `wanted` accepts. */
export function seedWhere(wanted: (partition: Partition) => boolean, from = 0): number {
  for (let seed = from; ; seed++) if (wanted(partitionOfChunk(chunkIdOf(bytesOf(seed))))) return seed
}

function rank(peers: PeerId[], partition: Partition): PeerId[] {
  const score = (peer: PeerId): string => createHash('sha256').update(`${partition} ${peer}`).digest('hex')
  return [...peers].sort((a, b) => (score(a) < score(b) ? -1 : 1))
}

function memberOf(peerId: PeerId, self: PeerId, isUp: boolean, heardAtMs = Number.NEGATIVE_INFINITY): Member {
  const alive = peerId === self || isUp
  return { peerId, name: peerId, zone: peerId, weight: 1, state: 'active', addresses: [], joinedAtMs: 0, self: peerId === self, alive, lastHeardMs: alive ? Date.now() : 0, silentMs: alive ? 0 : performance.now() - heardAtMs, presence: undefined }
}
