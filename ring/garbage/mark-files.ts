import { appendFile, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChunkId, PARTITIONS, type Partition, digestOf } from '#protocols/ids.ts'

/** Marks of one partition kept in memory before they go to its file. @default 128 */
export const BUFFERED_MARKS = 128
const DIGEST_BYTES = 32

/**
 * What is needed, on disk by partition: a walk over the whole catalog costs 32 bytes of disk per reference and at most a megabyte of
 * memory, whatever the library's size. Nothing of it survives the process that wrote it, so it is not fsynced.
 */
export class MarkFiles {
  readonly #dir: string
  readonly #buffers = Array.from({ length: PARTITIONS }, () => ({ bytes: Buffer.alloc(BUFFERED_MARKS * DIGEST_BYTES), marks: 0 }))
  readonly #written = new Set<Partition>()
  #marks = 0

  constructor(dir: string) {
    this.#dir = dir
  }

  /** References seen, the same chunk as often as it is named. */
  get marks(): number {
    return this.#marks
  }

  /** Forget everything. */
  async clear(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true })
    for (const buffer of this.#buffers) buffer.marks = 0
    this.#written.clear()
    this.#marks = 0
  }

  async open(): Promise<void> {
    await this.clear()
    await mkdir(this.#dir, { recursive: true })
  }

  async mark(id: ChunkId): Promise<void> {
    const digest = digestOf(id)
    const partition = digest[0] as Partition
    const buffer = this.#bufferOf(partition)
    buffer.bytes.set(digest, buffer.marks++ * DIGEST_BYTES)
    this.#marks++
    if (buffer.marks === BUFFERED_MARKS) await this.#flush(partition)
  }

  /** Hex digests of what is needed of a partition. */
  async needed(partition: Partition): Promise<Set<string>> {
    await this.#flush(partition)
    const bytes = this.#written.has(partition) ? await readFile(this.#file(partition)) : Buffer.alloc(0)
    const needed = new Set<string>()
    for (let at = 0; at < bytes.length; at += DIGEST_BYTES) needed.add(bytes.toString('hex', at, at + DIGEST_BYTES))
    return needed
  }

  async #flush(partition: Partition): Promise<void> {
    const buffer = this.#bufferOf(partition)
    if (buffer.marks === 0) return
    const bytes = Buffer.from(buffer.bytes.subarray(0, buffer.marks * DIGEST_BYTES))
    buffer.marks = 0
    await appendFile(this.#file(partition), bytes)
    this.#written.add(partition)
  }

  #bufferOf(partition: Partition): { bytes: Buffer; marks: number } {
    return this.#buffers[partition] as { bytes: Buffer; marks: number }
  }

  #file(partition: Partition): string {
    return join(this.#dir, partition.toString(16).padStart(2, '0'))
  }
}
