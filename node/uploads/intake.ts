import { digestOf, chunkIdOfDigest } from '#protocols/ids.ts'
import { TooLargeError } from '#protocols/errors.ts'
import type { UploadRecord } from '#protocols/upload.ts'
import { CHUNK_BYTES, type Ring } from '#ring'
import { fewest, withChunk } from './chunk-list.ts'

/** Chunks of one upload that are written at once. @default 4 */
export const PARALLEL_CHUNKS = 4
/** Pieces of an unfinished chunk; more are joined to one. @default 16 */
export const MAX_PIECES = 16

interface Stored { readonly digest: Uint8Array; readonly copies: number }

/** What the bytes of one request are to be added to. */
export interface IntakeInit {
  readonly chunks: Pick<Ring['chunks'], 'put' | 'get'>
  readonly record: UploadRecord
  readonly signal: AbortSignal
}

/** Turns the bytes of one request into chunks of the ring. What it holds in memory is a few chunks. */
export class Intake {
  readonly #init: IntakeInit
  readonly #taking: Array<Promise<void>> = []
  #record: UploadRecord
  #buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  /** Bytes in the buffer, and how many of them the record's tail has already. */
  #filled = 0
  #known = 0

  constructor(init: IntakeInit) {
    this.#init = init
    this.#record = init.record
  }

  /** What is acknowledged by now. */
  get record(): UploadRecord {
    return this.#record
  }

  /** Bytes it was given, acknowledged or not, and those before. */
  get #end(): number {
    return this.#record.offset - this.#known + this.#taking.length * CHUNK_BYTES + this.#filled
  }

  /** Begins where the upload stands: with what follows its last whole chunk. */
  async open(): Promise<void> {
    for (const { digest, length } of this.#record.tail) {
      this.#buffer.set(await this.#init.chunks.get(chunkIdOfDigest(digest), { signal: this.#init.signal }), this.#filled)
      this.#filled += length
    }
    this.#known = this.#filled
  }

  /** Resolves when the next may come. @throws TooLargeError past the upload's length; whatever the ring throws */
  async add(bytes: Uint8Array): Promise<void> {
    if (this.#end + bytes.byteLength > this.#record.length) throw new TooLargeError(`more bytes than the ${this.#record.length} that were announced: nothing beyond is kept`)
    for (let at = 0; at < bytes.byteLength;) {
      const part = bytes.subarray(at, at + CHUNK_BYTES - this.#filled)
      this.#buffer.set(part, this.#filled)
      this.#filled += part.byteLength
      at += part.byteLength
      if (this.#filled === CHUNK_BYTES) await this.#flush()
    }
  }

  /** Everything it was given is acknowledged when this resolves. */
  async close(): Promise<UploadRecord> {
    while (this.#taking.length > 0) await this.#taking[0]
    if (this.#filled === this.#known && !this.#mustJoin()) return this.#record
    const [from, tail] = this.#mustJoin() ? [0, []] : [this.#known, this.#record.tail]
    const piece = await this.#store(this.#buffer.subarray(from, this.#filled))
    this.#record = {
      ...this.#record, offset: this.#record.offset - this.#known + this.#filled, copies: fewest(this.#record.copies, piece.copies), touchedMs: Date.now(),
      tail: [...tail, { digest: piece.digest, length: this.#filled - from }]
    }
    this.#known = this.#filled
    return this.#record
  }

  /** The last chunk of a file is one, and a crawling sender leaves no more than a few pieces. */
  #mustJoin(): boolean {
    const pieces = this.#record.tail.length + (this.#filled > this.#known ? 1 : 0)
    return pieces > (this.#end === this.#record.length ? 1 : MAX_PIECES)
  }

  async #flush(): Promise<void> {
    const putting = this.#store(this.#buffer)
    putting.catch(() => {}) // heard when its turn comes
    const taken = (this.#taking.at(-1) ?? Promise.resolve()).then(async () => this.#take(await putting))
    taken.catch(() => {})
    this.#taking.push(taken)
    this.#buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    this.#filled = 0
    while (this.#taking.length >= PARALLEL_CHUNKS || (this.#known > 0 && this.#taking.length > 0)) await this.#taking[0] // from the first on the record has no tail
  }

  /** One of those on their way is acknowledged, and all before it: the offset moves. */
  async #take({ digest, copies }: Stored): Promise<void> {
    const list = await withChunk(this.#record, digest, copies, this.#init.chunks, { signal: this.#init.signal })
    this.#record = { ...this.#record, ...list, touchedMs: Date.now() }
    this.#taking.shift()
    this.#known = 0
  }

  async #store(bytes: Uint8Array): Promise<Stored> {
    const { id, copies } = await this.#init.chunks.put(bytes, { signal: this.#init.signal })
    return { digest: digestOf(id), copies }
  }
}
