import type { ChunkId, Partition } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { ChunkPlace } from './beyond.ts'
import type { DiskView } from './disk-health.ts'

/** Largest chunk, in bytes. @default 1048576 */
export const CHUNK_BYTES = 1_048_576

/** How a chunk is put. */
export interface PutOptions extends AbortOptions {
  /** The caller has hashed these very bytes, in this process, and found the id: they are not hashed once more. */
  readonly isHashed?: boolean
}

/** Chunks by id. `put` resolves when the bytes survive a power cut; `get` never answers bytes that do not hash to the id. */
export interface ChunkStore {
  has(id: ChunkId, options?: AbortOptions): Promise<boolean>
  /** undefined when not held. @throws ChunkCorruptError when what is held is damaged */
  get(id: ChunkId, options?: AbortOptions): Promise<Uint8Array | undefined>
  /** Idempotent. @throws StorageFullError, ChunkCorruptError when bytes and id differ, TypeError when longer than CHUNK_BYTES */
  put(id: ChunkId, bytes: Uint8Array, options?: PutOptions): Promise<void>
  delete(id: ChunkId, options?: AbortOptions): Promise<void>
}

/** A ChunkStore on this machine's disk, which also knows what it holds. */
export interface LocalChunkStore extends ChunkStore {
  /** Ids held in a partition, sorted by digest. */
  list(partition: Partition): Promise<ChunkId[]>
  usage(): { chunks: number; usedBytes: number; freeBytes: number; acceptsWrites: boolean }
  /** How the disk is. */
  disk(): DiskView
}

/** The ring's store: puts reach the owners, gets ask them. */
export interface RingChunkStore {
  /** Resolves when `copies` nodes have it fsynced: the write quorum, or all live ones when fewer live. @throws StorageFullError when not even one took it */
  put(bytes: Uint8Array, options?: AbortOptions): Promise<{ id: ChunkId; copies: number }>
  /** Local disk, else owners, else whoever the DHT names; beyond the ring where `within` names a blob that lies there. @throws ChunkNotFoundError */
  get(id: ChunkId, options?: AbortOptions & { within?: ChunkPlace }): Promise<Uint8Array>
}

/** A blob that is whole in the ring. */
export interface StoredBlob {
  /** Of its manifest. */
  readonly id: ChunkId
  readonly size: number
  /** Of all its bytes, hex. */
  readonly sha256: string
  readonly copies: number
}

/** A blob: any number of bytes, named by the chunk id of its manifest. */
export interface BlobStore {
  /** Cut, hash and store. The manifest is written last, so a blob that has an id is whole. `sha256` is of all its bytes, hex. */
  put(source: AsyncIterable<Uint8Array>, options?: AbortOptions & { onProgress?: (bytes: number) => void }): Promise<StoredBlob>
  /** Name what lies in the ring already: chunks of CHUNK_BYTES, the last one shorter, that the caller has read and hashed. `copies` is of the manifest alone. @throws InvalidInputError when their number does not fit the size */
  join(whole: { readonly size: number; readonly sha256: string; readonly chunks: readonly ChunkId[] }, options?: AbortOptions): Promise<StoredBlob>
  stat(id: ChunkId, options?: AbortOptions): Promise<{ size: number; chunks: ChunkId[] }>
  /** Bytes from `start` up to and without `end`; chunks outside the range are not fetched. */
  read(id: ChunkId, range?: { start?: number; end?: number }, options?: AbortOptions): AsyncIterable<Uint8Array>
}

/** How well the ring keeps what this node knows of. */
export interface RepairStatus {
  readonly running: boolean
  /** Chunks of partitions this node owns that were found short of copies at the last look. */
  readonly missingCopies: number
  /** Those of them that exist only once. */
  readonly singleCopies: number
  readonly lastRunMs: number
}
