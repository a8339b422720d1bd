import { CHUNK_BYTES } from '#ring'
import { type Hash, hashOf, hashOfObject, objectPath } from './backup-format.ts'
import type { BackupSource } from './backup-source.ts'
import { BackupDamagedError, type BackupTarget } from './backup-target.ts'
import { readObject } from './generations.ts'
import { ObjectSet } from './object-set.ts'

/** What was written to a target, and what was there. */
export interface CopyCounts {
  copied: number
  copiedBytes: number
  present: number
  presentBytes: number
}

/** Brings chunks of the ring into a target, each once. */
export class ObjectWriter {
  readonly counts: CopyCounts = { copied: 0, copiedBytes: 0, present: 0, presentBytes: 0 }
  readonly #target: BackupTarget
  readonly #source: Pick<BackupSource, 'chunk'>
  readonly #stored = new ObjectSet()
  readonly #counted = new ObjectSet()
  readonly #fetching = new Map<Hash, Promise<number | undefined>>()

  constructor(target: BackupTarget, source: Pick<BackupSource, 'chunk'>) {
    this.#target = target
    this.#source = source
  }

  /** Learn what is there from an earlier run, a finished one or not. */
  async survey(): Promise<void> {
    for await (const { path, size } of this.#target.list('objects/')) {
      const hash = hashOfObject(path)
      if (hash !== undefined) this.#stored.add(hash, size)
    }
  }

  /** Whether it is stored, with `size` bytes if that is known. */
  has(hash: Hash, size?: number): boolean {
    const stored = this.#stored.size(hash)
    return stored !== undefined && (size === undefined || stored === size)
  }

  /** The chunk is stored when this resolves: its size; undefined when the ring does not have it. `size`: what it must have, if that is known. */
  async ensure(hash: Hash, size?: number): Promise<number | undefined> {
    const stored = this.#stored.size(hash)
    if (stored !== undefined && (size === undefined || stored === size)) return this.#present(hash, stored)
    let fetching = this.#fetching.get(hash)
    if (fetching === undefined) {
      fetching = this.#fetch(hash).finally(() => this.#fetching.delete(hash))
      this.#fetching.set(hash, fetching)
    }
    return fetching
  }

  /** Bytes of a stored chunk, which is stored first if need be, or again when it is damaged. undefined when the ring does not have it either. */
  async read(hash: Hash): Promise<Uint8Array | undefined> {
    if (await this.ensure(hash) === undefined) return undefined
    const read = (): Promise<Uint8Array> => readObject(this.#target, hash, CHUNK_BYTES)
    return read().catch(async (err) => {
      if (!(err instanceof BackupDamagedError)) throw err
      return await this.#fetch(hash) === undefined ? undefined : read()
    })
  }

  /** Store what is no chunk. */
  async put(bytes: Uint8Array): Promise<Hash> {
    const hash = hashOf(bytes)
    if (this.has(hash, bytes.byteLength)) this.#present(hash, bytes.byteLength)
    else await this.#write(hash, bytes)
    return hash
  }

  async #fetch(hash: Hash): Promise<number | undefined> {
    const bytes = await this.#source.chunk(hash)
    if (bytes === undefined || hashOf(bytes) !== hash) return undefined
    await this.#write(hash, bytes)
    return bytes.byteLength
  }

  async #write(hash: Hash, bytes: Uint8Array): Promise<void> {
    await this.#target.put(objectPath(hash), bytes)
    this.#stored.add(hash, bytes.byteLength)
    this.#counted.add(hash, bytes.byteLength)
    this.counts.copied++
    this.counts.copiedBytes += bytes.byteLength
  }

  #present(hash: Hash, size: number): number {
    if (!this.#counted.has(hash)) {
      this.#counted.add(hash, size)
      this.counts.present++
      this.counts.presentBytes += size
    }
    return size
  }
}
