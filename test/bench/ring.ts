/** Storage: what durability, hashing and the network cost against the bare operations they stand on. */
import { fork } from 'node:child_process'
import { hash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChunkId, type PeerId, chunkIdOf } from '#protocols/ids.ts'
import { emitter } from '#ring/base/emitter.ts'
import { limiter } from '#ring/base/tasks.ts'
import type { RingChunkStore } from '../../ring/chunks/chunk-store.ts'
import { type FileChunkStore, createFileChunkStore } from '../../ring/chunks/file-chunk-store.ts'
import { transitionOf } from '../../ring/placement/layout-version.ts'
import { createBulkChannel } from '../../ring/replication/bulk-channel.ts'
import { type ChunkExchange, createChunkExchange } from '../../ring/replication/chunk-exchange.ts'
import { createRingChunkStore } from '../../ring/replication/ring-chunk-store.ts'
import { startHost } from '../ring/network/test-hosts.ts'
import { type Case, type Row, inTurns, megabytesPerSecond } from './measure.ts'
import { pullRaw, pushRaw } from './raw-tcp.ts'

const CHUNKS = 48
const CHUNK = 1_048_576
const BYTES = CHUNKS * CHUNK
const ROUNDS = 5
/** Chunks under way at once, everywhere. */
const PARALLEL = 4

/** Samples are interleaved; each moves 48 MiB in chunks of 1 MiB, 4 at a time. */
export async function run(): Promise<Row[]> {
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-bench-'))
  const ringSeed = randomBytes(32)
  await mkdir(join(dir, 'there'))
  const peer = fork(join(import.meta.dirname, 'ring-peer.ts'), [join(dir, 'there'), ringSeed.toString('hex')])
  const [there] = await once(peer, 'message') as [{ self: PeerId; addresses: string[]; rawPort: number }]
  const network = await startHost({ ringSeed })
  const local = createFileChunkStore(join(dir, 'here'), { reserveBytes: 0 })
  const bulk = createChunkExchange({ network, local, bulk: createBulkChannel({ network, local }) })
  try {
    await network.learn(there.self, there.addresses)
    await local.start()
    await bulk.start()
    return [...await inTurns([...diskCases(dir), hashCase()], ROUNDS), ...await inTurns(await networkCases(network, there, bulk, local), ROUNDS)]
  } finally {
    await bulk.stop()
    await network.stop()
    peer.disconnect()
    await once(peer, 'exit')
    await rm(dir, { recursive: true })
  }
}

function diskCases(dir: string): Case[] {
  const plain = 'write + fsync, same files'
  let round = 0
  return [
    {
      name: plain, unit: 'MB/s',
      async sample() {
        const folder = join(dir, `plain-${round++}`)
        await mkdir(folder)
        const chunks = freshChunks()
        const rate = await megabytesPerSecond(BYTES, () => fourAtOnce(chunks, async (bytes, i) => {
          const file = await open(join(folder, `${i}`), 'wx')
          await file.writeFile(bytes)
          await file.sync()
          await file.close()
        }))
        await rm(folder, { recursive: true })
        return rate
      }
    },
    {
      name: 'local put, fsynced and verified', unit: 'MB/s', baseline: plain,
      async sample() {
        const folder = join(dir, `store-${round++}`)
        const store = createFileChunkStore(folder, { reserveBytes: 0 })
        await store.start()
        const chunks = freshChunks()
        const rate = await megabytesPerSecond(BYTES, () => fourAtOnce(chunks, (bytes) => store.put(chunkIdOf(bytes), bytes)))
        await rm(folder, { recursive: true })
        return rate
      }
    }
  ]
}

function hashCase(): Case {
  const chunk = randomBytes(CHUNK)
  return { name: 'sha256 of chunks', unit: 'MB/s', sample: () => megabytesPerSecond(BYTES, async () => { for (let i = 0; i < CHUNKS; i++) hash('sha256', chunk, 'hex') }) }
}

type Host = Awaited<ReturnType<typeof startHost>>

async function networkCases(network: Host, there: { self: PeerId; rawPort: number }, bulk: ChunkExchange, local: FileChunkStore): Promise<Case[]> {
  const rawPush = 'raw TCP, same bytes there'
  const rawPull = 'raw TCP, same bytes back'
  const messages = createChunkExchange({ network, local })
  const putOver = (exchange: ChunkExchange): Promise<number> => {
    const chunks = ringOfTwo(network, there.self, local, exchange)
    const bytes = freshChunks()
    return megabytesPerSecond(BYTES, () => fourAtOnce(bytes, (chunk) => chunks.put(chunk)))
  }
  const held: ChunkId[] = []
  for (const chunk of freshChunks()) {
    await bulk.put(there.self, chunkIdOf(chunk), chunk)
    held.push(chunkIdOf(chunk))
  }
  const getOver = (exchange: ChunkExchange): Promise<number> => megabytesPerSecond(BYTES, () => fourAtOnce(held, (id) => exchange.get(there.self, id)))
  return [
    { name: rawPush, unit: 'MB/s', sample: () => megabytesPerSecond(BYTES, () => pushRaw(there.rawPort, BYTES)) },
    { name: 'put on 2 nodes, fsynced on both', unit: 'MB/s', baseline: rawPush, note: 'bulk channel', sample: () => putOver(bulk) },
    { name: 'put on 2 nodes over libp2p', unit: 'MB/s', baseline: rawPush, note: 'the fallback', sample: () => putOver(messages) },
    { name: rawPull, unit: 'MB/s', sample: () => megabytesPerSecond(BYTES, () => pullRaw(there.rawPort, BYTES)) },
    { name: 'get from the other node, verified', unit: 'MB/s', baseline: rawPull, note: 'bulk channel', sample: () => getOver(bulk) },
    { name: 'get over libp2p, verified', unit: 'MB/s', baseline: rawPull, note: 'the fallback', sample: () => getOver(messages) }
  ]
}

function ringOfTwo(network: Host, other: PeerId, local: FileChunkStore, exchange: ChunkExchange): RingChunkStore {
  const both = [network.self, other]
  return createRingChunkStore({
    network, local, exchange,
    membership: { alive: () => both, isAlive: () => true, changed: emitter<void>() },
    placement: { ranking: () => both, owners: () => both, targets: () => both, olderOwners: () => [], olderTargets: () => [], layouts: () => ({ transition: transitionOf([], []), progress: { moved: 256, isComplete: true } }) }
  })
}

const freshChunks = (): Uint8Array[] => Array.from({ length: CHUNKS }, () => randomBytes(CHUNK))

async function fourAtOnce<T>(items: readonly T[], work: (item: T, index: number) => Promise<unknown>): Promise<void> {
  const limit = limiter(PARALLEL)
  await Promise.all(items.map((item, i) => limit(() => work(item, i))))
}
