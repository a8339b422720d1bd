/** Nodes of one process that keep real chunks and real catalogs, and look for garbage only when told; time passes when the test says so. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { AssetId, ChunkId, PeerId, RingId } from '#protocols/ids.ts'
import { type Alarms, createAlarms } from '../../ring/base/alarms.ts'
import type { Clock } from '#ring/base/clock.ts'
import { silentLog } from '#ring/base/log.ts'
import type { Catalog, StoredFacts } from '#ring'
import { type BlobStore } from '../../ring/chunks/chunk-store.ts'
import { createBlobStore } from '../../ring/chunks/blob-store.ts'
import { createCatalog } from '../../ring/catalog/ring-catalog.ts'
import { createGarbage, type Garbage } from '../../ring/garbage/garbage.ts'
import { createSeenTime, type SeenTime } from '../../ring/garbage/seen-time.ts'
import { createWriteLeases, type WriteLeases } from '../../ring/garbage/write-leases.ts'
import { createFakeRing, type FakeRing, type FakeRingNode } from './fake-ring.ts'

/** Grace of the test's nodes, in ms; only the test's clock has to reach it. */
export const GRACE_MS = 3_600_000

export interface GarbageNode extends Omit<FakeRingNode, 'blobs'> {
  readonly name: string
  readonly catalog: Catalog
  readonly garbage: Garbage
  readonly leases: WriteLeases
  readonly seen: SeenTime
  readonly blobs: BlobStore
  readonly alarms: Alarms
}

export interface GarbageRing {
  readonly fake: FakeRing
  readonly nodes: readonly GarbageNode[]
  /** Unix ms on all nodes. */
  nowMs(): number
  /** Let time pass on all nodes: it goes on evenly. */
  pass(ms: number): void
  /** Set the clock of all nodes: it jumps. */
  setClock(byMs: number): void
  /** Every live node looks, one after the other. */
  lookAll(): Promise<void>
  /** Store bytes and enter them. */
  addAsset(node: GarbageNode, bytes: Uint8Array, name?: string): Promise<StoredFacts>
  stop(): Promise<void>
}

export async function createGarbageRing(names: readonly string[]): Promise<GarbageRing> {
  const made = new Map<string, GarbageNode>()
  const fake = await createFakeRing(names, { garbage: (name) => made.get(name)?.garbage })
  let [wallMs, monotonicMs] = [0, 0]
  const clock: Clock = { nowMs: () => Date.now() + wallMs, sleep: (_ms, { signal } = {}) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))) }
  const monotonic = { nowMs: () => performance.now() + monotonicMs }
  const ringId = createHash('sha256').update('ring').digest('hex') as RingId

  for (const [i, name] of names.entries()) {
    const node = fake.nodes[i] as FakeRingNode
    const { network, membership, local, scrub, dir } = node
    const liveNodes = (): PeerId[] => membership.alive().filter((peer) => peer !== network.self)
    const catalog = createCatalog({ network, liveNodes, log: silentLog }, { dir: join(dir, 'catalog'), ringId, syncEveryMs: 3_600_000, clock: () => clock.nowMs() })
    const leases = createWriteLeases({ now: () => monotonic.nowMs() })
    const alarms = createAlarms()
    const seen = createSeenTime({ newestMs: () => undefined, monotonic }, { folder: join(dir, 'garbage') })
    const garbage = createGarbage({ network, membership, placement: fake.placement, catalog, local, chunks: node.chunks, leases, mending: scrub, seen, alarms, clock, monotonic }, { folder: join(dir, 'garbage'), graceMs: GRACE_MS })
    await catalog.start()
    await garbage.start()
    made.set(name, { ...node, name, catalog, garbage, leases, alarms, seen, blobs: createBlobStore({ chunks: node.chunks, lease: () => leases.begin() }, { chunkBytes: 1_024 }) })
  }
  const nodes = [...made.values()]
  for (const { id, name, catalog } of nodes) await catalog.putLayout({ peerId: id, name, zone: name, weight: 1, state: 'active', addresses: [], joinedAtMs: 1 })
  for (const { id, catalog } of nodes) for (const other of nodes) if (other.id !== id) await catalog.syncWith(other.id)

  return {
    fake, nodes,
    nowMs: () => clock.nowMs(),
    pass(ms) {
      wallMs += ms
      monotonicMs += ms
    },
    setClock(byMs) { wallMs += byMs },
    async lookAll() { for (const { id, garbage } of nodes) if (fake.net.isUp(id)) await garbage.run() },
    async addAsset(node, bytes, name = 'a.mov') {
      const written = node.leases.begin()
      const blob = await node.blobs.put(once(bytes))
      const facts: StoredFacts = { id: blob.sha256 as AssetId, name, size: blob.size, mime: 'video/quicktime', kind: 'video', blob: blob.id, importedAtMs: clock.nowMs(), probe: { container: 'mov' } }
      await node.catalog.addAsset(facts, { node: node.id, path: name })
      written()
      return facts
    },
    async stop() {
      for (const { garbage, catalog } of nodes) {
        await garbage.stop()
        await catalog.stop()
      }
      await fake.stop()
    }
  }
}

/** Different bytes for every word: some chunks of the test's blobs. */
export function footage(word: string, length = 5_000): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0, i = 0; at < length; at += 32, i++) bytes.set(createHash('sha256').update(`${word} ${i}`).digest().subarray(0, Math.min(32, length - at)), at)
  return bytes
}

/** The manifest of a blob and its chunks. */
export async function chunksOf(node: GarbageNode, blob: ChunkId): Promise<ChunkId[]> {
  return [blob, ...(await node.blobs.stat(blob)).chunks]
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> { yield bytes }
