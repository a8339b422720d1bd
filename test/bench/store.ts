/** The ring as a store: whole rings of real processes against plain files and plain sockets of the same run. */
import { type ChildProcess, fork } from 'node:child_process'
import { hash, randomBytes, randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChunkId, chunkIdOf } from '#protocols/ids.ts'
import { createRing, type Ring } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { limiter } from '#ring/base/tasks.ts'
import { pullBare } from './bare-channel.ts'
import { type Row, inTurns, megabytesPerSecond } from './measure.ts'
import { pullRaw, pushRaw } from './raw-tcp.ts'
import { until } from '../support/until.ts'
import { idleRows } from './store-idle.ts'
import type { Order } from './store-member.ts'

const MIB = 1_048_576
/** Of one sample: more than every cache on the way. */
const CHUNKS = 96
const BYTES = CHUNKS * MIB
const ROUNDS = 5
/** Chunks under way at once, everywhere. */
const PARALLEL = 4
const LONG_BLOB = 768
/** An owner of next to nothing: all its writes and reads go to others. */
const CLIENT_WEIGHT = 1e-6

const PLAIN = 'write + fsync, same chunks as files'
const HASH = 'SHA-256 of the chunks, one thread'
const THRICE = 'three plain copies, each fsynced'
const PUSH = 'raw TCP, one way'
const PULL = 'raw TCP, back'
const BARE = 'TLS with a shared key, bare'

/** What `store/PART` measures alone. */
const PARTS: Readonly<Record<string, (dir: string) => Promise<Row[]>>> = { alone: oneNode, memory, owners: threeOwners, idle: idleRows }

/** @throws Error when there is no such part */
export async function run(part?: string): Promise<Row[]> {
  const parts = Object.entries(PARTS).filter(([name]) => part === undefined || name === part)
  if (parts.length === 0) throw new Error(`the store benchmark has no part ${part}: ${Object.keys(PARTS).join(', ')}`)
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-bench-'))
  const rows: Row[] = []
  try {
    for (const [, measure] of parts) rows.push(...await measure(dir))
    return rows
  } finally {
    await rm(dir, { recursive: true })
  }
}

/** One copy: what a machine alone makes of its disk. */
async function oneNode(dir: string): Promise<Row[]> {
  const ring = await found(join(dir, 'alone'), 1)
  try {
    const { id: blob } = await ring.blobs.put(pieces(CHUNKS))
    return await inTurns([
      { name: PLAIN, unit: 'MB/s', sample: () => plainFiles(dir) },
      { name: HASH, unit: 'MB/s', baseline: PLAIN, note: 'what this processor can', sample: hashed },
      { name: 'put, 1 copy', unit: 'MB/s', baseline: PLAIN, note: 'chunks hashed, fsynced, folder fsynced', sample: () => putChunks(ring) },
      { name: 'blob put, 1 copy', unit: 'MB/s', baseline: PLAIN, note: 'and hashed as a whole', sample: () => putBlob(ring) },
      { name: 'blob get, local', unit: 'MB/s', baseline: PLAIN, note: 'verified', sample: () => readBlob(ring, blob) }
    ], ROUNDS)
  } finally {
    await ring.stop()
  }
}

/** Three owners that are not this process: every copy crosses a socket. */
async function threeOwners(dir: string): Promise<Row[]> {
  const ring = await found(join(dir, 'client'), CLIENT_WEIGHT)
  const key = randomBytes(32)
  const members: Member[] = []
  try {
    for (const name of ['alder', 'birch', 'cedar']) members.push(await member(ring, dir, name, key))
    const [one] = members as [Member]
    await settled(ring)
    await putChunks(ring) // opens the bulk channels
    let blob = '' as ChunkId
    const rows = await inTurns([
      { name: PUSH, unit: 'MB/s', sample: () => megabytesPerSecond(BYTES, () => pushRaw(one.rawPort, BYTES)) },
      { name: THRICE, unit: 'MB/s', note: 'all nodes of this run share one disk', sample: () => plainFiles(dir, 3) },
      { name: 'blob put, 3 copies', unit: 'MB/s', baseline: THRICE, note: 'through TLS to three processes, hashed at both ends', sample: async () => {
        const rate = await megabytesPerSecond(BYTES, async () => { blob = (await ring.blobs.put(pieces(CHUNKS))).id })
        await everywhere(ring, blob)
        return rate
      } },
      { name: PULL, unit: 'MB/s', sample: () => megabytesPerSecond(BYTES, () => pullRaw(one.rawPort, BYTES)) },
      { name: BARE, unit: 'MB/s', baseline: PULL, note: 'not hashed, not from disk', sample: () => megabytesPerSecond(BYTES, () => pullBare(one.barePort, key, CHUNKS)) },
      { name: 'blob get, remote', unit: 'MB/s', baseline: BARE, note: 'from disk, verified', sample: () => readBlob(ring, blob) }
    ], ROUNDS)
    const here = ring.localChunks.usage().chunks
    if (here > CHUNKS) throw new Error(`${here} chunks are on the client's own disk: its reads were not remote`)
    return [...rows, await repairRow(one), await rebalanceRow(ring, members, dir, key)]
  } finally {
    await ring.stop()
    for (const { process } of members) await ended(process)
  }
}

/** A disk that was lost, filled again from the other owners. */
async function repairRow({ process, rawPort }: Member): Promise<Row> {
  const sizes = (ROUNDS + 2) * BYTES // every put so far has all three as owners
  const samples: number[] = []
  for (let round = 0; round < 2; round++) {
    await order(process, { wipe: true })
    samples.push(await megabytesPerSecond(sizes, () => order(process, { repair: true })))
  }
  await pullRaw(rawPort, MIB)
  return { name: 'repair of a lost disk, not throttled', unit: 'MB/s', samples, baseline: PULL, note: `${Math.round(sizes / 1e6)} MB` }
}

/** A node that comes takes its share of what the others hold; from its first word to its last partition. */
async function rebalanceRow(ring: Ring, members: Member[], dir: string, key: Uint8Array): Promise<Row> {
  let began = 0
  const newcomer = await member(ring, dir, 'dogwood', key, () => { began = performance.now() })
  members.push(newcomer)
  await until(() => !ring.placement.layouts().progress.isComplete, 'the layout changes')
  await settled(ring)
  const ms = performance.now() - began
  const bytes = await order(newcomer.process, { weigh: true })
  return { name: 'rebalance when a node comes, not throttled', unit: 'MB/s', samples: [bytes / 1e3 / ms], baseline: PULL, note: `${Math.round(bytes / 1e6)} MB in ${(ms / 1e3).toFixed(0)} s, once` }
}

/** What streaming a long blob adds to the memory of the process, against a blob an eighth as long. */
async function memory(dir: string): Promise<Row[]> {
  const ring = await found(join(dir, 'memory'), 1)
  const short = `peak memory of a ${LONG_BLOB / 8} MiB blob, put and read`
  const sample = async (chunks: number): Promise<number> => {
    global.gc?.()
    const before = process.memoryUsage().rss
    let peak = before
    const look = setInterval(() => { peak = Math.max(peak, process.memoryUsage().rss) }, 10)
    const { id } = await ring.blobs.put(pieces(chunks))
    await readBlob(ring, id)
    clearInterval(look)
    return (peak - before) / MIB
  }
  try {
    return await inTurns([
      { name: short, unit: 'MiB', sample: () => sample(LONG_BLOB / 8) },
      { name: `peak memory of a ${LONG_BLOB} MiB blob, put and read`, unit: 'MiB', baseline: short, sample: () => sample(LONG_BLOB) }
    ], 3)
  } finally {
    await ring.stop()
  }
}

interface Member {
  readonly process: ChildProcess
  readonly rawPort: number
  readonly barePort: number
}

async function member(ring: Ring, dir: string, name: string, key: Uint8Array, joined: () => void = () => {}): Promise<Member> {
  const { invite } = ring.createInvite('node', 600_000)
  const process = fork(join(import.meta.dirname, 'store-member.ts'), [join(dir, name), invite, name, Buffer.from(key).toString('hex')])
  const [ports] = await once(process, 'message') as [{ rawPort: number; barePort: number }]
  joined()
  return { process, ...ports }
}

async function ended(child: ChildProcess): Promise<void> {
  child.disconnect()
  if (child.exitCode === null) await once(child, 'exit')
}

async function order(child: ChildProcess, what: Order): Promise<number> {
  child.send(what)
  const [bytes] = await once(child, 'message') as [number]
  return bytes
}

async function found(dir: string, weight: number): Promise<Ring> {
  const ring = await createRing({ log: silentLog }, { dir, name: 'bench', zone: 'bench', weight, listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false })
  await ring.start()
  return ring
}

async function plainFiles(dir: string, copies = 1): Promise<number> {
  const folder = join(dir, 'plain')
  await mkdir(folder)
  const chunks = [...freshChunks(CHUNKS)]
  const rate = await megabytesPerSecond(BYTES, () => severalAtOnce(chunks, async (bytes, i) => {
    await Promise.all(Array.from({ length: copies }, (_, copy) => plainFile(join(folder, `${i}-${copy}`), bytes)))
  }))
  await rm(folder, { recursive: true })
  return rate
}

async function plainFile(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  await file.writeFile(bytes)
  await file.sync()
  await file.close()
}

/** Wait until the members' coming is over: until then writes go by the layouts before it, too. */
async function settled(ring: Ring): Promise<void> {
  while (!ring.placement.layouts().progress.isComplete) await sleep(200)
}

async function hashed(): Promise<number> {
  const chunks = [...freshChunks(CHUNKS)]
  return megabytesPerSecond(BYTES, async () => { for (const bytes of chunks) hash('sha256', bytes) })
}

/** Wait until the owners that were not waited for have it, too: otherwise they are still at it while others are measured. */
async function everywhere(ring: Ring, blob: ChunkId): Promise<void> {
  const { chunks } = await ring.blobs.stat(blob)
  await until(async () => (await ring.copiesOf(chunks)).filter((holding) => holding.chunks === chunks.length).length >= 3, 'all owners have the blob', 60_000)
}

async function putChunks(ring: Ring): Promise<number> {
  const chunks = [...freshChunks(CHUNKS)]
  const rate = await megabytesPerSecond(BYTES, () => severalAtOnce(chunks, (bytes) => ring.chunks.put(bytes)))
  await forget(ring, chunks.map(chunkIdOf))
  return rate
}

async function putBlob(ring: Ring): Promise<number> {
  let blob = '' as ChunkId
  const rate = await megabytesPerSecond(BYTES, async () => { blob = (await ring.blobs.put(pieces(CHUNKS))).id })
  await forget(ring, (await ring.blobs.stat(blob)).chunks)
  return rate
}

/** Files that are gone give their memory back: otherwise whoever keeps his writes to colder and colder pages of the file cache than who does not. */
async function forget(ring: Ring, chunks: readonly ChunkId[]): Promise<void> {
  for (const id of chunks) await ring.localChunks.delete(id)
}

function readBlob(ring: Ring, blob: ChunkId): Promise<number> {
  return megabytesPerSecond(BYTES, async () => { for await (const _ of ring.blobs.read(blob)); })
}

async function severalAtOnce<T>(items: readonly T[], work: (item: T, index: number) => Promise<unknown>): Promise<void> {
  const limit = limiter(PARALLEL)
  await Promise.all(items.map((item, i) => limit(() => work(item, i))))
}

/** Distinct chunks without the cost of as much randomness. */
function* freshChunks(count: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield randomFillSync(Buffer.alloc(MIB, i), 0, 64)
}

async function* pieces(count: number): AsyncGenerator<Uint8Array> {
  yield* freshChunks(count)
}
