import { InvalidInputError, InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, chunkIdOfDigest, digestOf } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import { type BlobStore, CHUNK_BYTES, type RingChunkStore, type StoredBlob } from './chunk-store.ts'
import { cut } from './cut.ts'
import type { HashStream, Hasher } from './hasher.ts'
import { createLruCache } from './lru-cache.ts'
import { MANIFEST_CHUNKS, type Manifest, chunkCount, decodeManifest, decodeManifestPart, encodeManifest, encodeManifestPart } from './manifest.ts'
import { sharedHasher } from './thread-hasher.ts'

/** Chunks of one blob written at once. @default 4 */
export const DEFAULT_PARALLEL_PUTS = 4
/** Chunks of one blob fetched ahead of its reader. @default 3 */
export const DEFAULT_READ_AHEAD = 3
/** Decoded manifests kept in memory, in bytes of their digests. @default 8388608 */
export const MANIFEST_CACHE_BYTES = 8 * 1024 * 1024

export interface BlobStoreComponents {
  chunks: RingChunkStore
  /** `WriteLeases.begin`: what is put is not named by anything until the blob is whole. */
  lease?: () => () => void
  /** @default the one of this process */
  hasher?: Hasher
}

export interface BlobStoreInit {
  /** @default CHUNK_BYTES */
  chunkBytes?: number
  /** @default DEFAULT_PARALLEL_PUTS */
  parallelPuts?: number
  /** @default DEFAULT_READ_AHEAD */
  readAhead?: number
}

/** Blobs as manifests and chunks; holds at most a few chunks of a blob in memory. */
export function createBlobStore(components: BlobStoreComponents, init: BlobStoreInit = {}): BlobStore {
  return new DefaultBlobStore(components, init)
}

class DefaultBlobStore implements BlobStore {
  readonly #chunks: RingChunkStore
  readonly #lease: () => () => void
  readonly #hasher: Hasher
  readonly #chunkBytes: number
  readonly #parallelPuts: number
  readonly #readAhead: number
  readonly #manifests = createLruCache<Manifest>(MANIFEST_CACHE_BYTES)
  readonly #parts = createLruCache<readonly Uint8Array[]>(MANIFEST_CACHE_BYTES)

  constructor({ chunks, lease = () => () => {}, hasher = sharedHasher() }: BlobStoreComponents, init: BlobStoreInit) {
    this.#chunks = chunks
    this.#lease = lease
    this.#hasher = hasher
    this.#chunkBytes = init.chunkBytes ?? CHUNK_BYTES
    this.#parallelPuts = init.parallelPuts ?? DEFAULT_PARALLEL_PUTS
    this.#readAhead = init.readAhead ?? DEFAULT_READ_AHEAD
  }

  async put(source: AsyncIterable<Uint8Array>, options: AbortOptions & { onProgress?: (bytes: number) => void } = {}): Promise<StoredBlob> {
    const hash = new WholeHash(this.#hasher)
    const window = new PutWindow(this.#chunks, this.#parallelPuts, options)
    const release = this.#lease()
    let size = 0
    try {
      for await (const chunk of cut(source, this.#chunkBytes)) {
        await window.put(chunk)
        await hash.update(chunk)
        size += chunk.byteLength
        options.onProgress?.(size)
      }
      const chunks = await window.drain()
      const whole = { size, chunkBytes: this.#chunkBytes, sha256: await hash.digest(chunks) }
      const id = await this.#putManifest(whole, chunks, window)
      await window.drain()
      return { id, size, sha256: Buffer.from(whole.sha256).toString('hex'), copies: window.copies }
    } finally {
      hash.discard()
      await window.settle()
      release()
    }
  }

  async join({ size, sha256, chunks }: { size: number; sha256: string; chunks: readonly ChunkId[] }, options: AbortOptions = {}): Promise<StoredBlob> {
    const whole = { size, chunkBytes: CHUNK_BYTES, sha256: Buffer.from(sha256, 'hex') }
    if (chunkCount(whole) !== chunks.length || whole.sha256.byteLength !== 32) throw new InvalidInputError(`${chunks.length} chunks are no blob of ${size} bytes`)
    const window = new PutWindow(this.#chunks, this.#parallelPuts, options)
    const release = this.#lease()
    try {
      const id = await this.#putManifest(whole, chunks.map(digestOf), window)
      await window.drain()
      return { id, size, sha256, copies: window.copies }
    } finally {
      await window.settle()
      release()
    }
  }

  /** The parts first, then what refers to them: whoever reads the id finds everything beneath it. */
  async #putManifest(whole: Pick<Manifest, 'size' | 'chunkBytes' | 'sha256'>, chunks: readonly Uint8Array[], window: PutWindow): Promise<ChunkId> {
    if (chunks.length <= MANIFEST_CHUNKS) return window.putLast(encodeManifest({ ...whole, chunks, parts: [] }))
    const before = (await window.drain()).length
    for (let at = 0; at < chunks.length; at += MANIFEST_CHUNKS) await window.put(encodeManifestPart(chunks.slice(at, at + MANIFEST_CHUNKS)))
    const parts = (await window.drain()).slice(before)
    return window.putLast(encodeManifest({ ...whole, chunks: [], parts }))
  }

  async stat(id: ChunkId, options?: AbortOptions): Promise<{ size: number; chunks: ChunkId[] }> {
    const manifest = await this.#manifest(id, options)
    const chunks: ChunkId[] = []
    for (let i = 0; i < chunkCount(manifest); i++) chunks.push(await this.#chunkAt(manifest, i, options))
    return { size: manifest.size, chunks }
  }

  async *read(id: ChunkId, range: { start?: number; end?: number } = {}, options: AbortOptions = {}): AsyncGenerator<Uint8Array> {
    const manifest = await this.#manifest(id, options)
    const { start, end } = checkedRange(range, manifest.size)
    if (start === end) return
    const { chunkBytes } = manifest
    const last = Math.ceil(end / chunkBytes) - 1
    const left = new AbortController() // a reader who leaves early stops what was fetched ahead for him
    const signal = options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal])
    const ahead: Promise<Uint8Array>[] = []
    try {
      for (let i = Math.floor(start / chunkBytes), next = i; i <= last; i++) {
        while (next <= last && ahead.length <= this.#readAhead) ahead.push(handled(this.#fetch(id, manifest, next++, { signal })))
        const bytes = await (ahead.shift() as Promise<Uint8Array>)
        yield bytes.subarray(Math.max(0, start - i * chunkBytes), Math.min(chunkBytes, end - i * chunkBytes))
      }
    } finally {
      left.abort()
    }
  }

  async #fetch(blob: ChunkId, manifest: Manifest, index: number, options: AbortOptions): Promise<Uint8Array> {
    const id = await this.#chunkAt(manifest, index, options)
    const at = index * manifest.chunkBytes
    const expected = Math.min(manifest.chunkBytes, manifest.size - at)
    const bytes = await this.#chunks.get(id, { ...options, within: { blob, at, bytes: expected } })
    if (bytes.byteLength !== expected) throw new InvalidMessageError(`not a manifest: chunk ${index} has ${bytes.byteLength} bytes instead of ${expected}`)
    return bytes
  }

  async #chunkAt(manifest: Manifest, index: number, options?: AbortOptions): Promise<ChunkId> {
    if (manifest.parts.length === 0) return chunkIdOfDigest(manifest.chunks[index] as Uint8Array)
    const part = Math.floor(index / MANIFEST_CHUNKS)
    const count = Math.min(MANIFEST_CHUNKS, chunkCount(manifest) - part * MANIFEST_CHUNKS)
    const chunks = await this.#part(chunkIdOfDigest(manifest.parts[part] as Uint8Array), count, options)
    return chunkIdOfDigest(chunks[index % MANIFEST_CHUNKS] as Uint8Array)
  }

  async #manifest(id: ChunkId, options?: AbortOptions): Promise<Manifest> {
    const known = this.#manifests.get(id)
    if (known !== undefined) return known
    const bytes = await this.#chunks.get(id, options)
    const manifest = decodeManifest(bytes)
    this.#manifests.set(id, manifest, bytes.byteLength)
    return manifest
  }

  async #part(id: ChunkId, count: number, options?: AbortOptions): Promise<readonly Uint8Array[]> {
    const known = this.#parts.get(id)
    if (known?.length === count) return known
    const bytes = await this.#chunks.get(id, options)
    const chunks = decodeManifestPart(bytes, count)
    this.#parts.set(id, chunks, bytes.byteLength)
    return chunks
  }
}

/** SHA-256 of a blob; that of a blob of one chunk is the chunk's own, and is not made twice. */
class WholeHash {
  readonly #stream: HashStream
  #first: Uint8Array | undefined
  #count = 0

  constructor(hasher: Hasher) {
    this.#stream = hasher.stream()
  }

  async update(chunk: Uint8Array): Promise<void> {
    if (this.#count++ === 0) return void (this.#first = chunk)
    if (this.#first !== undefined) await this.#stream.update(this.#first)
    this.#first = undefined
    await this.#stream.update(chunk)
  }

  async digest([only]: readonly Uint8Array[]): Promise<Uint8Array> {
    return this.#first !== undefined && only !== undefined ? only : this.#stream.digest()
  }

  discard(): void {
    this.#stream.discard()
  }
}

/** A few puts at once; the digests come out in the order the chunks went in. */
class PutWindow {
  copies = Number.POSITIVE_INFINITY
  readonly #chunks: RingChunkStore
  readonly #limit: number
  readonly #signal: AbortSignal
  readonly #stop = new AbortController()
  readonly #digests: Uint8Array[] = []
  readonly #running = new Set<Promise<void>>()
  #put = 0

  constructor(chunks: RingChunkStore, limit: number, { signal }: AbortOptions) {
    this.#chunks = chunks
    this.#limit = limit
    this.#signal = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal])
  }

  /** Resolves when the next may come. */
  async put(bytes: Uint8Array): Promise<void> {
    this.#signal.throwIfAborted()
    while (this.#running.size >= this.#limit) await Promise.race(this.#running)
    const work = handled(this.#store(bytes, this.#put++).finally(() => this.#running.delete(work)))
    this.#running.add(work)
  }

  async putLast(bytes: Uint8Array): Promise<ChunkId> {
    const { id, copies } = await this.#chunks.put(bytes, { signal: this.#signal })
    this.copies = Math.min(this.copies, copies)
    return id
  }

  /** All digests so far, when all of them are stored. */
  async drain(): Promise<Uint8Array[]> {
    await Promise.all(this.#running)
    this.#signal.throwIfAborted()
    return [...this.#digests]
  }

  /** Ends what still runs; after success there is nothing. */
  async settle(): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled(this.#running)
  }

  async #store(bytes: Uint8Array, index: number): Promise<void> {
    try {
      const { id, copies } = await this.#chunks.put(bytes, { signal: this.#signal })
      this.#digests[index] = digestOf(id)
      this.copies = Math.min(this.copies, copies)
    } catch (err) {
      this.#stop.abort(err) // the first failure is what the caller hears, at its next put or at the end
      throw err
    }
  }
}

function checkedRange(range: { start?: number; end?: number }, size: number): { start: number; end: number } {
  const start = range.start ?? 0
  const end = Math.min(range.end ?? size, size)
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end) return { start, end }
  throw new InvalidInputError(`no such range: bytes ${range.start ?? 0} to ${range.end ?? size} of a blob of ${size} bytes`)
}

/** Its failure is for whoever awaits it; that nobody does yet is no accident. */
function handled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {})
  return work
}
