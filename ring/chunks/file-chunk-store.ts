import { hash } from 'node:crypto'
import { join } from 'node:path'
import { ChunkCorruptError } from '#protocols/errors.ts'
import { type ChunkId, PARTITIONS, type Partition, chunkIdOfDigest, chunkOfHash, hashOfChunk } from '#protocols/ids.ts'
import { type Signal, emitter } from '../base/emitter.ts'
import type { AbortOptions, Startable } from '../base/lifecycle.ts'
import { type Logger, silentLog } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { TEMPORARY, createChunkFolder } from './chunk-folder.ts'
import { CHUNK_BYTES, type LocalChunkStore, type PutOptions } from './chunk-store.ts'
import { type DiskHealth, type DiskView, createDiskHealth } from './disk-health.ts'
import { type DiskProbe, createDiskProbe } from './disk-probe.ts'
import { type Hasher, isChunk } from './hasher.ts'
import { keyedLock } from './keyed-lock.ts'
import { type PartitionSummary, createPartitionIndex, sameSummary } from './partition-index.ts'
import { createQuietTurns } from './quiet-turns.ts'
import { sharedHasher } from './thread-hasher.ts'

/** Free bytes of the disk that chunks never take. @default 536870912 */
export const DEFAULT_RESERVE_BYTES = 512 * 1024 * 1024
/** A person is warned when this many times the reserve is left. @default 2 */
export const LOW_RESERVES = 2

export interface FileChunkStoreInit {
  /** @default DEFAULT_RESERVE_BYTES */
  reserveBytes?: number
  /** What the disk is tested with. @default the disk itself */
  probe?: DiskProbe
  log?: Logger
  metrics?: Metrics
  /** @default the one of this process */
  hasher?: Hasher
}

/** A LocalChunkStore in files; `start` scans the folder. */
export interface FileChunkStore extends LocalChunkStore, Startable {
  /** What is held of a partition; from memory. */
  summary(partition: Partition): PartitionSummary
  /** Compare what is held of a partition with the files themselves, and believe the files. */
  recount(partition: Partition): Promise<Recount>
  /** The chunk's file as it is, into a buffer of at least CHUNK_BYTES, for somebody who verifies; answers how many bytes, undefined when not held. */
  readUnverified(id: ChunkId, into: Uint8Array): Promise<number | undefined>
  /** When the chunk's file last changed, in ms; undefined when not held. */
  writtenMs(id: ChunkId): number | undefined
  /** Bytes of the chunk's file; undefined when not held. */
  sizeOf(id: ChunkId): number | undefined
  /** Chunks whose files were damaged and set aside, and that were not stored again since. */
  damaged(): ChunkId[]
  /** The disk's state is another one. */
  readonly diskChanged: Signal<DiskView>
  /** Somebody relies on a chunk that is held already: it counts as written now. Nothing happens when it is not held. */
  renew(id: ChunkId): Promise<void>
  /** A chunk that was held already was put, or renewed. */
  readonly renewed: Signal<ChunkId>
  /** Delete a chunk unless it was written, put or renewed after `sinceMs`. Answers the bytes freed; undefined when it stays or was not held. */
  deleteUnlessWritten(id: ChunkId, sinceMs: number): Promise<number | undefined>
}

/** What `recount` found. */
export interface Recount {
  /** Files that are gone although nobody deleted their chunks. */
  readonly vanished: number
  /** The one that vanished, when it is one: of several only the number is known. */
  readonly lost: ChunkId | undefined
}

/** Chunks as files under `dir`, which only this process may use. */
export function createFileChunkStore(dir: string, init: FileChunkStoreInit = {}): FileChunkStore {
  return new DefaultFileChunkStore(dir, init)
}

class DefaultFileChunkStore implements FileChunkStore {
  readonly #dir: string
  readonly #folder
  readonly #index = createPartitionIndex()
  readonly #lock = keyedLock()
  readonly #turns = createQuietTurns()
  readonly #disk: DiskHealth
  readonly #hasher: Hasher
  readonly #log: Logger
  readonly #metrics: Metrics | undefined
  readonly #bytes = new Float64Array(PARTITIONS)
  readonly diskChanged: Signal<DiskView>
  readonly renewed = emitter<ChunkId>()
  #opened = false

  constructor(dir: string, init: FileChunkStoreInit) {
    this.#dir = dir
    this.#folder = createChunkFolder(dir)
    this.#log = (init.log ?? silentLog).scope('ring:chunks')
    this.#metrics = init.metrics
    this.#hasher = init.hasher ?? sharedHasher()
    const reserveBytes = init.reserveBytes ?? DEFAULT_RESERVE_BYTES
    this.#disk = createDiskHealth(
      { probe: init.probe ?? createDiskProbe(dir, join(dir, TEMPORARY)), log: this.#log, metrics: init.metrics },
      { dir, reserveBytes, lowBytes: LOW_RESERVES * reserveBytes }
    )
    this.diskChanged = this.#disk.changed
  }

  async start(): Promise<void> {
    if (this.#opened) return
    await this.#folder.open((digest, bytes) => this.#count(digest, bytes))
    await this.#disk.start()
    this.#opened = true
    this.#metrics?.gauge('ring_chunks_held', 'Chunks on this disk', () => this.#index.chunks)
    this.#metrics?.gauge('ring_chunks_held_bytes', 'Bytes of chunks on this disk', () => this.#usedBytes())
  }

  /** Every put is finished when it is answered: there is nothing to flush. */
  stop(): Promise<void> | void {
    return this.#disk.stop()
  }

  async has(id: ChunkId, options?: AbortOptions): Promise<boolean> {
    options?.signal?.throwIfAborted()
    return this.#folder.size(hashOfChunk(id)) !== undefined
  }

  async get(id: ChunkId, options?: AbortOptions): Promise<Uint8Array | undefined> {
    options?.signal?.throwIfAborted()
    const name = hashOfChunk(id)
    const bytes = await this.#disk.reading(() => this.#folder.read(name))
    if (bytes === undefined) return undefined
    const isWhole = await isChunk(id, bytes, this.#hasher)
    this.#disk.read(isWhole)
    if (isWhole) return bytes
    await this.#change(name, () => this.#setAside(name))
    throw new ChunkCorruptError(`chunk ${id} on this disk is damaged and was set aside; it has to be fetched from another node`)
  }

  async readUnverified(id: ChunkId, into: Uint8Array): Promise<number | undefined> {
    return this.#disk.reading(() => this.#folder.readInto(hashOfChunk(id), into))
  }

  async put(id: ChunkId, bytes: Uint8Array, options?: PutOptions): Promise<void> {
    options?.signal?.throwIfAborted()
    if (bytes.byteLength > CHUNK_BYTES) throw new TypeError(`a chunk is at most ${CHUNK_BYTES} bytes, got ${bytes.byteLength}`)
    const name = hashOfChunk(id)
    if (options?.isHashed !== true && !await isChunk(id, bytes, this.#hasher)) throw new ChunkCorruptError(`the bytes given as chunk ${id} do not hash to it`)
    await this.#disk.bounded(() => this.#change(name, async () => {
      options?.signal?.throwIfAborted() // nobody waits for it any more
      await this.#store(name, bytes)
    }))
  }

  async delete(id: ChunkId, options?: AbortOptions): Promise<void> {
    options?.signal?.throwIfAborted()
    const name = hashOfChunk(id)
    await this.#change(name, () => this.#remove(name))
  }

  async renew(id: ChunkId): Promise<void> {
    const name = hashOfChunk(id)
    await this.#change(name, async () => { if (this.#folder.size(name) !== undefined) await this.#renew(name) })
  }

  /** Under the lock that puts take: a put that was acknowledged before is seen, one that comes after stores its bytes again. */
  async deleteUnlessWritten(id: ChunkId, sinceMs: number): Promise<number | undefined> {
    const name = hashOfChunk(id)
    return this.#change(name, async () => (this.#folder.writtenMs(name) ?? 0) > sinceMs ? undefined : this.#remove(name))
  }

  async list(partition: Partition): Promise<ChunkId[]> {
    return (await this.#folder.names(partition)).map((name) => chunkOfHash(name))
  }

  summary(partition: Partition): PartitionSummary {
    return this.#index.summary(partition)
  }

  recount(partition: Partition): Promise<Recount> {
    return this.#turns.quiet(partition, () => this.#recountNow(partition))
  }

  writtenMs(id: ChunkId): number | undefined {
    return this.#folder.writtenMs(hashOfChunk(id))
  }

  sizeOf(id: ChunkId): number | undefined {
    return this.#folder.size(hashOfChunk(id))
  }

  damaged(): ChunkId[] {
    return this.#folder.damaged().map((name) => chunkOfHash(name))
  }

  usage(): { chunks: number; usedBytes: number; freeBytes: number; acceptsWrites: boolean } {
    const { freeBytes, acceptsWrites } = this.#disk.view()
    return { chunks: this.#index.chunks, usedBytes: this.#usedBytes(), freeBytes, acceptsWrites }
  }

  disk(): DiskView {
    return this.#disk.view()
  }

  async #remove(name: string): Promise<number | undefined> {
    const bytes = this.#folder.size(name)
    const isRemoved = bytes !== undefined && await this.#folder.remove(name)
    if (isRemoved) this.#uncount(name, bytes)
    await this.#folder.discardDamaged(name) // nobody wants it any more
    return isRemoved ? bytes : undefined
  }

  async #renew(name: string): Promise<void> {
    await this.#folder.renew(name)
    this.renewed.emit(chunkOfHash(name))
  }

  /** One change of a chunk at a time; a recount of its partition waits for it. */
  #change<T>(name: string, run: () => Promise<T>): Promise<T> {
    return this.#turns.busy(partitionOf(name), () => this.#lock(name, run))
  }

  #recountNow(partition: Partition): Recount {
    const names = this.#folder.namesNow(partition)
    const before = this.#index.reset(partition, names.map((name) => Buffer.from(name, 'hex')))
    const now = this.#index.summary(partition)
    if (sameSummary(before, now)) return { vanished: 0, lost: undefined }
    this.#bytes[partition] = names.reduce((sum, name) => sum + (this.#folder.size(name) ?? 0), 0)
    const vanished = Math.max(0, before.chunks - now.chunks)
    const difference = before.digest.map((byte, i) => byte ^ (now.digest[i] ?? 0))
    return { vanished, lost: vanished === 1 && difference[0] === partition ? chunkIdOfDigest(difference) : undefined }
  }

  #usedBytes(): number {
    return this.#bytes.reduce((sum, bytes) => sum + bytes, 0)
  }

  async #store(name: string, bytes: Uint8Array): Promise<void> {
    if (await this.#holds(name, bytes)) {
      // A file that an earlier process left may have its name in memory only.
      if (!this.#folder.isSynced(name)) await this.#disk.write(() => this.#folder.sync(name))
      return
    }
    this.#disk.check()
    await this.#disk.write(async () => {
      await this.#folder.write(name, bytes)
      this.#count(Buffer.from(name, 'hex'), bytes.byteLength)
      this.#disk.spent(bytes.byteLength)
      await this.#folder.sync(name)
    })
    await this.#folder.discardDamaged(name)
  }

  /** True when the very same bytes are on disk; a damaged file of that name is set aside. */
  async #holds(name: string, bytes: Uint8Array): Promise<boolean> {
    if (this.#folder.size(name) === undefined) return false
    const held = await this.#folder.read(name)
    if (held !== undefined && Buffer.compare(held, bytes) === 0) {
      await this.#renew(name) // whoever was told it is stored relies on it from now on
      return true
    }
    await this.#setAside(name)
    return false
  }

  async #setAside(name: string): Promise<void> {
    const bytes = this.#folder.size(name)
    const held = await this.#folder.read(name)
    if (bytes === undefined || held === undefined || sha256(held) === name) return // healed meanwhile
    await this.#folder.setAside(name)
    this.#uncount(name, bytes)
    this.#log.error('chunk file %s is damaged: moved to %s/damaged', name, this.#dir)
  }

  #count(digest: Uint8Array, bytes: number): void {
    this.#index.add(digest)
    this.#bytes[digest[0] ?? 0] = (this.#bytes[digest[0] ?? 0] ?? 0) + bytes
  }

  #uncount(name: string, bytes: number): void {
    this.#index.remove(Buffer.from(name, 'hex'))
    const partition = partitionOf(name)
    this.#bytes[partition] = (this.#bytes[partition] ?? 0) - bytes
  }
}

const partitionOf = (name: string): Partition => Number.parseInt(name.slice(0, 2), 16) as Partition
const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex')
