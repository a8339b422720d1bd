/** What two owners of 100,000 chunks pay to know that they hold the same. */
import { mkdir, writeFile } from 'node:fs/promises'
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { chunkRequestCodec, chunkResponseCodec } from '#protocols/chunk.ts'
import { type ChunkId, PARTITIONS, type Partition, type PeerId, chunkIdOf } from '#protocols/ids.ts'
import { createFileChunkStore, type FileChunkStore } from '../../ring/chunks/file-chunk-store.ts'
import { type ChunkExchange, createChunkExchange } from '../../ring/replication/chunk-exchange.ts'
import { heldBy } from '../../ring/replication/partition-difference.ts'
import { createFakeNetwork } from '../support/fake-network.ts'
import { type Case, type Row, inTurns } from './measure.ts'

const CHUNKS = 100_000
const ROUNDS = 5
const LIST_ALL = 'compare 100,000 chunks by listing them all'

/** Bytes of the messages, and processor time of both ends together (they share this process, on an in-process network that encodes every message). */
export async function idleRows(dir: string): Promise<Row[]> {
  const traffic = { bytes: 0 }
  const net = createFakeNetwork()
  const digests = Array.from({ length: CHUNKS }, (_, i) => createHash('sha256').update(`${i}`).digest())
  const one = await owner(join(dir, 'idle-one'), 'one', digests)
  const other = await owner(join(dir, 'idle-other'), 'other', digests)
  const ask = one.exchange
  const peer = 'other' as PeerId

  async function owner(folder: string, name: string, held: readonly Buffer[]): Promise<{ local: FileChunkStore; exchange: ChunkExchange }> {
    for (let shard = 0; shard < PARTITIONS; shard++) await mkdir(join(folder, shard.toString(16).padStart(2, '0')), { recursive: true })
    for (const digest of held) await writeFile(join(folder, digest.toString('hex').slice(0, 2), digest.toString('hex')), '') // names are what is compared
    const local = createFileChunkStore(folder, { reserveBytes: 0 })
    const network = counted(net.join(name as PeerId), traffic)
    const exchange = createChunkExchange({ network, local })
    await local.start()
    await exchange.start()
    return { local, exchange }
  }

  const atRest = async (): Promise<void> => { await ask.digests(peer) }
  const listAll = async (): Promise<void> => { for (let partition = 0; partition < PARTITIONS; partition++) await ask.list(peer, partition as Partition) }
  const oneMore = async (): Promise<void> => {
    const bytes = randomBytes(32)
    const id: ChunkId = chunkIdOf(bytes)
    await other.local.put(id, bytes)
    const partition = createHash('sha256').update(bytes).digest()[0] as Partition
    await ask.digests(peer)
    const held = await heldBy(peer, partition, await one.local.list(partition), ask)
    if (!held.has(id)) throw new Error('the difference was not found')
    await other.local.delete(id)
  }

  const bytesOf = (work: () => Promise<void>) => async (): Promise<number> => {
    traffic.bytes = 0
    await work()
    return traffic.bytes / 1e3
  }
  const cpuOf = (work: () => Promise<void>) => async (): Promise<number> => {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e3
  }
  const cases = (name: string, work: () => Promise<void>, baseline?: string): Case[] => [
    { name: `${name}: on the wire`, unit: 'kB', ...(baseline && { baseline: `${baseline}: on the wire` }), sample: bytesOf(work) },
    { name: `${name}: processor`, unit: 'ms', ...(baseline && { baseline: `${baseline}: processor` }), sample: cpuOf(work) }
  ]
  const rows = await inTurns([...cases(LIST_ALL, listAll), ...cases('at rest, every 30 s', atRest, LIST_ALL), ...cases('one chunk differs', oneMore, LIST_ALL)], ROUNDS)
  for (const { local, exchange } of [one, other]) {
    await exchange.stop()
    await local.stop()
  }
  return rows
}

type Net = ReturnType<ReturnType<typeof createFakeNetwork>['join']>

/** The network, with the bytes of its chunk messages counted. */
function counted(network: Net, traffic: { bytes: number }): Pick<Net, 'self' | 'serve' | 'request'> {
  return {
    self: network.self,
    serve: (...args) => network.serve(...args),
    async request(peer, protocol, request, options) {
      const answer = await network.request(peer, protocol, request, options)
      traffic.bytes += chunkRequestCodec.encode(request as never).byteLength + chunkResponseCodec.encode(answer as never).byteLength
      return answer
    }
  }
}
