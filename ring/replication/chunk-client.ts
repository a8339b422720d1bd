import { CHUNK_PROTOCOL, type ChunkRequest, type ChunkResponse, MAX_HAS_IDS, MAX_LIST_IDS, MAX_VERIFY_CHUNKS, VERIFY_OUTCOMES, chunkRequestCodec, chunkResponseCodec } from '#protocols/chunk.ts'
import { ChunkCorruptError, InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, PARTITIONS, type Partition, type PeerId, chunkIdOfDigest, digestOf } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import { limiter } from '../base/tasks.ts'
import { CHUNK_BYTES } from '../chunks/chunk-store.ts'
import { type Hasher, isChunk } from '../chunks/hasher.ts'
import type { PartitionSummary } from '../chunks/partition-index.ts'
import { sharedHasher } from '../chunks/thread-hasher.ts'
import type { BulkGrant } from './bulk-channel.ts'
import type { Network, RpcProtocol } from '../network/network.ts'
import { BUCKETS, BUCKET_DIGEST_BYTES, type PartitionBuckets } from './partition-buckets.ts'
import type { Reading, Verifier } from './scrub.ts'

/** How long one request may take, in ms: a whole chunk over a slow link. @default 15000 */
export const CHUNK_REQUEST_TIMEOUT_MS = 15_000
/** How long one request to verify may take, in ms. @default 60000 */
export const VERIFY_REQUEST_TIMEOUT_MS = 60_000

/** Chunks on their way to or from one peer at once; further ones wait here. @default 32 */
export const MAX_CHUNKS_PER_PEER = 32

/** Chunks a node may say it holds of one partition: more than 100 TiB of them all. @default 524288 */
export const MAX_PARTITION_CHUNKS = 524_288

/** Chunks between nodes, over the ring's network. */
export const chunkProtocol: RpcProtocol<ChunkRequest, ChunkResponse> = {
  id: CHUNK_PROTOCOL,
  roles: ['node'],
  request: chunkRequestCodec,
  response: chunkResponseCodec,
  maxInFlight: 2 * MAX_CHUNKS_PER_PEER
}

/** What a node can ask another about chunks. All reject as `Network.request` does; every call has a deadline. */
export interface ChunkClient {
  /** undefined when the peer does not hold it. @throws ChunkCorruptError when the answer does not hash to the id */
  get(peer: PeerId, id: ChunkId, options?: AbortOptions): Promise<Uint8Array | undefined>
  /** Resolves when the peer has it fsynced. @throws StorageFullError */
  put(peer: PeerId, id: ChunkId, bytes: Uint8Array, options?: AbortOptions): Promise<void>
  /** Which of `ids` the peer holds, in their order. Garbage it holds begins its grace anew, unless the answer is only for `counting`. */
  has(peer: PeerId, ids: readonly ChunkId[], options?: AbortOptions & { counting?: boolean }): Promise<boolean[]>
  digest(peer: PeerId, partition: Partition, options?: AbortOptions): Promise<PartitionSummary>
  /** All 256 at once. */
  digests(peer: PeerId, options?: AbortOptions): Promise<PartitionSummary[]>
  /** The ids of a partition in order, or of some of its buckets. @throws InvalidMessageError when there is no end of them */
  list(peer: PeerId, partition: Partition, options?: AbortOptions & { buckets?: readonly number[] }): Promise<ChunkId[]>
  buckets(peer: PeerId, partition: Partition, options?: AbortOptions): Promise<PartitionBuckets>
  /** Ask the peer to pull a chunk over the bulk channel: true when it has it fsynced, false when it can not be had that way. @throws StorageFullError */
  offer(peer: PeerId, id: ChunkId, size: number, options?: AbortOptions): Promise<boolean>
  /** How chunks may be pulled from the peer; undefined when it serves no bulk channel. */
  openBulk(peer: PeerId): Promise<BulkGrant | undefined>
  /** The peer's `Verifier.check`. */
  verify(peer: PeerId, ids: readonly ChunkId[], options?: AbortOptions): ReturnType<Verifier['check']>
  /** The peer's `Verifier.checkPartition`. */
  verifyPartition(peer: PeerId, partition: Partition, after: ChunkId | undefined, limit: number, options?: AbortOptions): ReturnType<Verifier['checkPartition']>
}

export function createChunkClient(network: Pick<Network, 'request'>, hasher: Hasher = sharedHasher()): ChunkClient {
  const ask = (peer: PeerId, request: ChunkRequest, { signal }: AbortOptions = {}, timeoutMs = CHUNK_REQUEST_TIMEOUT_MS): Promise<ChunkResponse> => {
    const timeout = AbortSignal.timeout(timeoutMs)
    return network.request(peer, chunkProtocol, request, { signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) })
  }

  const lanes = new Map<PeerId, ReturnType<typeof limiter>>()
  const inTurn = <T>(peer: PeerId, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> => {
    let lane = lanes.get(peer)
    if (lane === undefined) lanes.set(peer, lane = limiter(MAX_CHUNKS_PER_PEER))
    return lane(async () => {
      signal?.throwIfAborted()
      return run()
    })
  }

  async function hasSome(peer: PeerId, ids: readonly ChunkId[], options?: AbortOptions & { counting?: boolean }): Promise<boolean[]> {
    const { held } = part('held', await ask(peer, { has: { ids: ids.map(digestOf), counting: options?.counting === true } }, options))
    if (held.length !== ids.length) throw new InvalidMessageError(`asked for ${ids.length} chunks, answered for ${held.length}`)
    return held
  }

  return {
    async get(peer, id, options) {
      const { found, data } = part('data', await inTurn(peer, options?.signal, () => ask(peer, { get: { id: digestOf(id) } }, options)))
      return found ? await checked(id, data.slice(), hasher) : undefined // a view on the message until here
    },
    async put(peer, id, bytes, options) {
      part('stored', await inTurn(peer, options?.signal, () => ask(peer, { put: { id: digestOf(id), data: bytes } }, options)))
    },
    async has(peer, ids, options) {
      const held: boolean[] = []
      for (let at = 0; at < ids.length; at += MAX_HAS_IDS) held.push(...await hasSome(peer, ids.slice(at, at + MAX_HAS_IDS), options))
      return held
    },
    async offer(peer, id, size, options) {
      const { stored } = part('pulled', await inTurn(peer, options?.signal, () => ask(peer, { pull: { id: digestOf(id), size } }, options)))
      return stored
    },
    async openBulk(peer) {
      const { port, key, hosts } = part('bulk', await ask(peer, { bulk: {} }))
      if (port === 0) return undefined
      if (port > 65_535 || key.byteLength !== 32) throw new InvalidMessageError(`${peer} offers a bulk channel that can not be: port ${port}, key of ${key.byteLength} bytes`)
      return { port, key: key.slice(), hosts }
    },
    async verify(peer, ids, options) {
      return readingOf(part('verified', await ask(peer, { verify: { ids: ids.map(digestOf) } }, options, VERIFY_REQUEST_TIMEOUT_MS)))
    },
    async verifyPartition(peer, partition, after, limit, options) {
      const request = { partition, after: after === undefined ? new Uint8Array(0) : digestOf(after), limit }
      const answer = part('verified', await ask(peer, { verifyPartition: request }, options, VERIFY_REQUEST_TIMEOUT_MS))
      if (answer.more && Buffer.compare(answer.after, request.after) <= 0) throw new InvalidMessageError(`verifying partition ${partition} does not go on`)
      return { ...readingOf(answer), after: answer.after.byteLength === 0 ? undefined : idOf(answer.after), more: answer.more }
    },
    async digest(peer, partition, options) {
      return summaryOf(part('digest', await ask(peer, { digest: { partition } }, options)))
    },
    async digests(peer, options) {
      const { chunks, digests } = part('digests', await ask(peer, { digests: {} }, options))
      if (chunks.length !== PARTITIONS || digests.length !== PARTITIONS) throw new InvalidMessageError(`expected ${PARTITIONS} digests, got ${digests.length}`)
      return digests.map((digest, partition) => summaryOf({ chunks: chunks[partition] as number, digest }))
    },
    async list(peer, partition, options) {
      const ids: ChunkId[] = []
      const buckets = Uint8Array.from(options?.buckets ?? [])
      for (let after = new Uint8Array(0), more = true; more;) {
        const page = part('list', await ask(peer, { list: { partition, after, limit: MAX_LIST_IDS, buckets } }, options))
        for (const digest of page.ids) {
          if (digest.byteLength !== 32 || digest[0] !== partition || Buffer.compare(digest, after) <= 0) throw new InvalidMessageError(`a list of partition ${partition} is out of order`)
          after = digest.slice()
          ids.push(chunkIdOfDigest(after))
        }
        if (ids.length > MAX_PARTITION_CHUNKS) throw new InvalidMessageError(`a list of partition ${partition} has more than ${MAX_PARTITION_CHUNKS} chunks`)
        more = page.more && page.ids.length > 0
      }
      return ids
    },
    async buckets(peer, partition, options) {
      const { chunks, digests } = part('buckets', await ask(peer, { buckets: { partition } }, options))
      if (chunks.length !== BUCKETS || digests.byteLength !== BUCKETS * BUCKET_DIGEST_BYTES) throw new InvalidMessageError(`expected ${BUCKETS} buckets, got ${chunks.length}`)
      return { chunks, digests: digests.slice() }
    }
  }
}

type ResponseOf<K extends string> = Extract<ChunkResponse, Record<K, unknown>>[K & keyof Extract<ChunkResponse, Record<K, unknown>>]

/** The part of the answer that belongs to the question. @throws InvalidMessageError when it is another */
export function part<K extends string>(name: K, response: ChunkResponse): ResponseOf<K> {
  const value = (response as unknown as Record<string, unknown>)[name]
  if (value === undefined || value === null) throw new InvalidMessageError(`${CHUNK_PROTOCOL}: the answer has no ${name}`)
  return value as ResponseOf<K>
}

/** @throws ChunkCorruptError when `bytes` are not the chunk `id` */
export async function checked(id: ChunkId, bytes: Uint8Array, hasher: Hasher): Promise<Uint8Array> {
  if (bytes.byteLength <= CHUNK_BYTES && await isChunk(id, bytes, hasher)) return bytes
  throw new ChunkCorruptError(`received ${bytes.byteLength} bytes that do not hash to ${id}`)
}

function readingOf({ ids, outcomes, bytes }: ResponseOf<'verified'>): Reading {
  if (ids.length !== outcomes.length || ids.length > MAX_VERIFY_CHUNKS || !outcomes.every((outcome) => VERIFY_OUTCOMES.includes(outcome))) throw new InvalidMessageError('an answer about verified chunks that can not be')
  return { checked: ids.map((id, i) => ({ id: idOf(id), outcome: outcomes[i] ?? 'ELSEWHERE' })), bytes }
}

/** @throws InvalidMessageError */
export function idOf(digest: Uint8Array): ChunkId {
  if (digest.byteLength !== 32) throw new InvalidMessageError(`a chunk id of ${digest.byteLength} bytes instead of 32`)
  return chunkIdOfDigest(digest.slice())
}

function summaryOf({ chunks, digest }: { chunks: number; digest: Uint8Array }): PartitionSummary {
  if (digest.byteLength !== 32) throw new InvalidMessageError(`a partition digest of ${digest.byteLength} bytes instead of 32`)
  return { chunks, digest: digest.slice() }
}
