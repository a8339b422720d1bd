import { type ChunkRequest, type ChunkResponse, MAX_HAS_IDS, MAX_LIST_IDS } from '#protocols/chunk.ts'
import { InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, PARTITIONS, type Partition, chunkIdOfDigest, digestOf } from '#protocols/ids.ts'
import type { AbortOptions, Startable } from '../base/lifecycle.ts'
import { CHUNK_BYTES } from '../chunks/chunk-store.ts'
import type { FileChunkStore } from '../chunks/file-chunk-store.ts'
import type { Network } from '../network/network.ts'
import { type ChunkClient, chunkProtocol, createChunkClient } from './chunk-client.ts'

/** The part of the local store that others may use, and what they compare. */
export type ExchangedStore = Pick<FileChunkStore, 'has' | 'get' | 'put' | 'list' | 'summary'>

export interface ChunkExchangeComponents {
  network: Pick<Network, 'self' | 'serve' | 'request'>
  local: ExchangedStore
}

/** Serves this node's chunks to the other nodes from `start` on, and asks them for theirs. */
export interface ChunkExchange extends ChunkClient, Startable {}

export function createChunkExchange({ network, local }: ChunkExchangeComponents): ChunkExchange {
  const handlers = chunkHandlers(local)
  return {
    ...createChunkClient(network),
    start() { network.serve(chunkProtocol, (request, _caller, options) => handle(handlers, request, options)) },
    stop() {}
  }
}

type RequestKind = ChunkRequest extends infer R ? (R extends unknown ? keyof R : never) : never
type BodyOf<K extends RequestKind> = Extract<ChunkRequest, Record<K, unknown>>[K & keyof Extract<ChunkRequest, Record<K, unknown>>]
/** One entry per request; a forgotten one does not compile. */
export type ChunkHandlers = { [K in RequestKind]: (body: BodyOf<K>, options: AbortOptions) => Promise<ChunkResponse> }

async function handle(handlers: ChunkHandlers, request: ChunkRequest, options: AbortOptions): Promise<ChunkResponse> {
  for (const kind of Object.keys(handlers) as RequestKind[]) {
    const body = (request as unknown as Record<string, unknown>)[kind]
    if (body !== undefined && body !== null) return (handlers[kind] as (body: unknown, options: AbortOptions) => Promise<ChunkResponse>)(body, options)
  }
  throw new InvalidMessageError(`${chunkProtocol.id}: a request of no known kind`)
}

function chunkHandlers(local: ExchangedStore): ChunkHandlers {
  return {
    async get({ id }, options) {
      const data = await local.get(idOf(id), options)
      return { data: { found: data !== undefined, data: data ?? new Uint8Array(0) } }
    },
    async put({ id, data }, options) {
      if (data.byteLength > CHUNK_BYTES) throw new InvalidMessageError(`a chunk of ${data.byteLength} bytes; at most ${CHUNK_BYTES}`)
      await local.put(idOf(id), data, options)
      return { stored: {} }
    },
    async has({ ids }, options) {
      if (ids.length > MAX_HAS_IDS) throw new InvalidMessageError(`${ids.length} ids in one question; at most ${MAX_HAS_IDS}`)
      return { held: { held: await Promise.all(ids.map((id) => local.has(idOf(id), options))) } }
    },
    async digest({ partition }) {
      const { chunks, digest } = local.summary(partitionOf(partition))
      return { digest: { chunks, digest } }
    },
    async digests() {
      const all = Array.from({ length: PARTITIONS }, (_, partition) => local.summary(partition as Partition))
      return { digests: { chunks: all.map(({ chunks }) => chunks), digests: all.map(({ digest }) => digest) } }
    },
    async list({ partition, after, limit }) {
      const digests = (await local.list(partitionOf(partition))).map(digestOf)
      const first = after.byteLength === 0 ? 0 : digests.findIndex((digest) => Buffer.compare(digest, after) > 0)
      const rest = first < 0 ? [] : digests.slice(first)
      const ids = rest.slice(0, Math.min(Math.max(limit, 1), MAX_LIST_IDS))
      return { list: { ids, more: ids.length < rest.length } }
    },
    bulk: async () => ({ bulk: { port: 0, key: new Uint8Array(0), hosts: [] } }),
    pull: async () => ({ pulled: { stored: false } })
  }
}

function idOf(digest: Uint8Array): ChunkId {
  if (digest.byteLength !== 32) throw new InvalidMessageError(`a chunk id of ${digest.byteLength} bytes instead of 32`)
  return chunkIdOfDigest(digest)
}

function partitionOf(value: number): Partition {
  if (value >= PARTITIONS) throw new InvalidMessageError(`partition ${value}; there are ${PARTITIONS}`)
  return value as Partition
}
