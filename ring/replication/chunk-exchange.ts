import { type ChunkRequest, type ChunkResponse, MAX_HAS_IDS, MAX_LIST_IDS, MAX_VERIFY_CHUNKS } from '#protocols/chunk.ts'
import { InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, PARTITIONS, type Partition, type PeerId, digestOf } from '#protocols/ids.ts'
import type { AbortOptions, Startable } from '../base/lifecycle.ts'
import { CHUNK_BYTES } from '../chunks/chunk-store.ts'
import type { FileChunkStore } from '../chunks/file-chunk-store.ts'
import type { Network } from '../network/network.ts'
import type { BulkChannel } from './bulk-channel.ts'
import { type ChunkClient, chunkProtocol, createChunkClient, idOf } from './chunk-client.ts'
import { bucketOf, bucketsOf } from './partition-buckets.ts'
import type { Reading, Verifier } from './scrub.ts'

/** The part of the local store that others may use, and what they compare. */
export type ExchangedStore = Pick<FileChunkStore, 'has' | 'get' | 'put' | 'list' | 'summary'>

/** Smaller chunks always travel as messages, in bytes: pulling them would not pay. @default 65536 */
export const MIN_BULK_BYTES = 65_536
/** After a peer could not pull, chunks are sent to it as messages for this long, in ms. @default 1000 */
export const OFFER_PAUSE_MS = 1_000

export interface ChunkExchangeComponents {
  network: Pick<Network, 'self' | 'serve' | 'request'>
  local: ExchangedStore
  /** The faster way for large chunks, where it can be opened. */
  bulk?: BulkChannel
  /** Reads this disk when others ask for it. */
  verifier?: Verifier
  /** Another node is about to rely on this one holding these. */
  relied?: (ids: readonly ChunkId[]) => Promise<void>
}

/** Serves this node's chunks to the other nodes from `start` on, and asks them for theirs. */
export interface ChunkExchange extends ChunkClient, Startable {}

export function createChunkExchange({ network, local, bulk, verifier, relied }: ChunkExchangeComponents): ChunkExchange {
  const client = createChunkClient(network)
  const handlers = chunkHandlers({ local, bulk, client, verifier, relied })
  return {
    ...(bulk === undefined ? client : bulkClient(client, bulk)),
    async start() {
      await bulk?.start()
      network.serve(chunkProtocol, (request, { peerId }, { signal }) => handle(handlers, request, { caller: peerId, signal }))
    },
    async stop() { await bulk?.stop() }
  }
}

/** The client, with large chunks over the bulk channel whenever there is one. */
function bulkClient(client: ChunkClient, bulk: BulkChannel): ChunkClient {
  const offerAgainAtMs = new Map<PeerId, number>()

  async function offered(peer: PeerId, id: ChunkId, bytes: Uint8Array, options?: AbortOptions): Promise<boolean> {
    if (bytes.byteLength < MIN_BULK_BYTES || performance.now() < (offerAgainAtMs.get(peer) ?? 0)) return false
    const takeBack = bulk.lend(id, bytes)
    try {
      if (await client.offer(peer, id, bytes.byteLength, options)) return true
    } finally {
      takeBack()
    }
    offerAgainAtMs.set(peer, performance.now() + OFFER_PAUSE_MS)
    return false
  }

  return {
    ...client,
    async get(peer, id, options) {
      const answer = await bulk.get(peer, id, client.openBulk, options)
      return answer === undefined ? client.get(peer, id, options) : answer.bytes
    },
    async put(peer, id, bytes, options) {
      if (!await offered(peer, id, bytes, options)) await client.put(peer, id, bytes, options)
    }
  }
}

type RequestKind = ChunkRequest extends infer R ? (R extends unknown ? keyof R : never) : never
interface Asked {
  readonly caller: PeerId
  readonly signal: AbortSignal
}

type BodyOf<K extends RequestKind> = Extract<ChunkRequest, Record<K, unknown>>[K & keyof Extract<ChunkRequest, Record<K, unknown>>]
/** One entry per request; a forgotten one does not compile. */
export type ChunkHandlers = { [K in RequestKind]: (body: BodyOf<K>, asked: Asked) => Promise<ChunkResponse> }

async function handle(handlers: ChunkHandlers, request: ChunkRequest, asked: Asked): Promise<ChunkResponse> {
  for (const kind of Object.keys(handlers) as RequestKind[]) {
    const body = (request as unknown as Record<string, unknown>)[kind]
    if (body !== undefined && body !== null) return (handlers[kind] as (body: unknown, asked: Asked) => Promise<ChunkResponse>)(body, asked)
  }
  throw new InvalidMessageError(`${chunkProtocol.id}: a request of no known kind`)
}

interface HandlerParts {
  local: ExchangedStore
  bulk: BulkChannel | undefined
  client: ChunkClient
  verifier: Verifier | undefined
  relied: ChunkExchangeComponents['relied']
}

function chunkHandlers({ local, bulk, client, verifier, relied }: HandlerParts): ChunkHandlers {
  const toVerify = (): Verifier => {
    if (verifier === undefined) throw new InvalidMessageError('this node does not verify what it holds')
    return verifier
  }

  return {
    async get({ id }, { signal }) {
      const data = await local.get(idOf(id), { signal })
      return { data: { found: data !== undefined, data: data ?? new Uint8Array(0) } }
    },
    async put({ id, data }, { signal }) {
      if (data.byteLength > CHUNK_BYTES) throw new InvalidMessageError(`a chunk of ${data.byteLength} bytes; at most ${CHUNK_BYTES}`)
      await local.put(idOf(id), data, { signal })
      return { stored: {} }
    },
    async has({ ids, counting }, { signal }) {
      if (ids.length > MAX_HAS_IDS) throw new InvalidMessageError(`${ids.length} ids in one question; at most ${MAX_HAS_IDS}`)
      const asked = ids.map(idOf)
      if (!counting) await relied?.(asked) // before they are said to be here
      return { held: { held: await Promise.all(asked.map((id) => local.has(id, { signal }))) } }
    },
    async digest({ partition }) {
      const { chunks, digest } = local.summary(partitionOf(partition))
      return { digest: { chunks, digest } }
    },
    async digests() {
      const all = Array.from({ length: PARTITIONS }, (_, partition) => local.summary(partition as Partition))
      return { digests: { chunks: all.map(({ chunks }) => chunks), digests: all.map(({ digest }) => digest) } }
    },
    async list({ partition, after, limit, buckets }) {
      const wanted = new Set(buckets)
      const digests = (await local.list(partitionOf(partition))).map(digestOf).filter((digest) => wanted.size === 0 || wanted.has(bucketOf(digest)))
      const first = after.byteLength === 0 ? 0 : digests.findIndex((digest) => Buffer.compare(digest, after) > 0)
      const rest = first < 0 ? [] : digests.slice(first)
      const ids = rest.slice(0, Math.min(Math.max(limit, 1), MAX_LIST_IDS))
      return { list: { ids, more: ids.length < rest.length } }
    },
    async buckets({ partition }) {
      return { buckets: bucketsOf((await local.list(partitionOf(partition))).map(digestOf)) }
    },
    async bulk(_body, { caller }) {
      const { port, key, hosts } = bulk?.grant(caller) ?? { port: 0, key: new Uint8Array(0), hosts: [] }
      return { bulk: { port, key, hosts: [...hosts] } }
    },
    async pull({ id }, { caller, signal }) {
      const chunk = idOf(id)
      const held = await local.get(chunk, { signal }).catch(() => undefined) // damaged here: as good as not held
      const bytes = held ?? (await bulk?.get(caller, chunk, client.openBulk, { signal }))?.bytes
      if (bytes === undefined) return { pulled: { stored: false } }
      await local.put(chunk, bytes, { signal, isHashed: true }) // both ways to get it check
      return { pulled: { stored: true } }
    },
    async verify({ ids }, { signal }) {
      if (ids.length > MAX_VERIFY_CHUNKS) throw new InvalidMessageError(`${ids.length} chunks to verify at once; at most ${MAX_VERIFY_CHUNKS}`)
      return verified(await toVerify().check(ids.map(idOf), { signal }))
    },
    async verifyPartition({ partition, after, limit }, { signal }) {
      return verified(await toVerify().checkPartition(partitionOf(partition), after.byteLength === 0 ? undefined : idOf(after), Math.max(limit, 1), { signal }))
    }
  }
}

function verified({ checked, bytes, after, more = false }: Reading & { after?: ChunkId | undefined; more?: boolean }): ChunkResponse {
  return { verified: { ids: checked.map(({ id }) => digestOf(id)), outcomes: checked.map(({ outcome }) => outcome), bytes, after: after === undefined ? new Uint8Array(0) : digestOf(after), more } }
}

function partitionOf(value: number): Partition {
  if (value >= PARTITIONS) throw new InvalidMessageError(`partition ${value}; there are ${PARTITIONS}`)
  return value as Partition
}
