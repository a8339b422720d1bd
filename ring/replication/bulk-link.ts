import { type ConnectionOptions, type TLSSocket, connect } from 'node:tls'
import { InvalidMessageError, MemberUnreachableError } from '#protocols/errors.ts'
import { type ChunkId, type PeerId, digestOf } from '#protocols/ids.ts'
import { limiter } from '../base/tasks.ts'
import { CHUNK_BYTES } from '../chunks/chunk-store.ts'
import type { Hasher } from '../chunks/hasher.ts'
import { BULK_IDLE_MS, BULK_TLS, type BulkAccess } from './bulk-server.ts'
import { NOT_HELD } from './bulk-socket.ts'
import { checked } from './chunk-client.ts'

/** How long a bulk socket may take to open, in ms. @default 2000 */
export const BULK_CONNECT_MS = 2_000
/** Chunks asked for ahead on one socket. @default 8 */
export const BULK_PIPELINE = 8
/** A chunk has to be here this long after it was asked for, or after the one before it came, in ms. @default 15000 */
export const BULK_CHUNK_MS = 15_000
const READ_BUFFER_BYTES = 256 * 1024

interface Waiting {
  readonly id: ChunkId
  resolve(bytes: Uint8Array | undefined): void
  reject(reason: unknown): void
}

/** One open socket to a member's bulk server: chunks are pulled, each checked against its id. */
export class BulkLink {
  readonly #socket: TLSSocket
  readonly #hasher: Hasher
  readonly #chunkMs: number
  readonly #waiting: Waiting[] = []
  readonly #limit = limiter(BULK_PIPELINE)
  readonly #head = Buffer.alloc(4)
  #headFilled = 0
  #body: Buffer | undefined
  #bodyFilled = 0
  #failure: Error | undefined
  #late: NodeJS.Timeout | undefined
  #wasLate = false

  private constructor(open: (onBytes: (bytes: Buffer) => void) => TLSSocket, hasher: Hasher, chunkMs: number) {
    this.#hasher = hasher
    this.#chunkMs = chunkMs
    this.#socket = open((bytes) => this.#take(bytes))
    this.#socket.setTimeout(BULK_IDLE_MS, () => this.#socket.destroy(new MemberUnreachableError('the bulk channel fell silent')))
    this.#socket.on('error', (err) => this.#end(err))
    this.#socket.on('close', () => this.#end(new MemberUnreachableError('the bulk channel was closed')))
  }

  /** @throws MemberUnreachableError when it does not open in time or the key is not taken */
  static async open(self: PeerId, host: string, { port, key }: BulkAccess, hasher: Hasher, chunkMs = BULK_CHUNK_MS): Promise<BulkLink> {
    const link = new BulkLink((onBytes) => connect({
      ...BULK_TLS, host, port,
      checkServerIdentity: () => undefined, // who knows the key is the member it was agreed with
      pskCallback: () => ({ psk: key, identity: self }),
      onread: { buffer: Buffer.allocUnsafe(READ_BUFFER_BYTES), callback: (length: number, buffer: Uint8Array) => {
        onBytes(Buffer.from(buffer.buffer, buffer.byteOffset, length))
        return true
      } }
    } as ConnectionOptions), hasher, chunkMs)
    await link.#opened()
    return link
  }

  get isOpen(): boolean {
    return this.#failure === undefined
  }

  /** It ended because a chunk did not come in time. */
  get wasLate(): boolean {
    return this.#wasLate
  }

  /** undefined when the member does not hold it. @throws ChunkCorruptError, MemberUnreachableError */
  get(id: ChunkId): Promise<Uint8Array | undefined> {
    return this.#limit(() => new Promise<Uint8Array | undefined>((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure)
      if (this.#waiting.push({ id, resolve, reject }) === 1) this.#expectOne()
      this.#socket.write(digestOf(id))
    }))
  }

  close(): void {
    this.#socket.destroy()
  }

  async #opened(): Promise<void> {
    const late = setTimeout(() => this.#socket.destroy(new MemberUnreachableError('the bulk channel did not open in time')), BULK_CONNECT_MS)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#socket.once('secureConnect', resolve)
        this.#socket.once('close', () => reject(this.#failure))
      })
      this.#socket.setNoDelay(true)
    } finally {
      clearTimeout(late)
    }
  }

  /** `bytes` is a view on a buffer that is used again: what stays is copied. */
  #take(bytes: Buffer): void {
    for (let at = 0; at < bytes.byteLength && this.isOpen;) at = this.#body === undefined ? this.#takeHead(bytes, at) : this.#takeBody(this.#body, bytes, at)
  }

  #takeHead(bytes: Buffer, at: number): number {
    const end = at + bytes.copy(this.#head, this.#headFilled, at)
    this.#headFilled += end - at
    if (this.#headFilled < this.#head.byteLength) return end
    this.#headFilled = 0
    const length = this.#head.readUInt32BE()
    if (length === NOT_HELD) this.#answer(undefined)
    else if (length > CHUNK_BYTES || this.#waiting.length === 0) this.#socket.destroy(new InvalidMessageError(`the bulk channel announced ${length} bytes nobody asked for`))
    else if (length === 0) this.#answer(Buffer.alloc(0))
    else this.#body = Buffer.allocUnsafeSlow(length)
    return end
  }

  #takeBody(body: Buffer, bytes: Buffer, at: number): number {
    const end = at + bytes.copy(body, this.#bodyFilled, at)
    this.#bodyFilled += end - at
    if (this.#bodyFilled < body.byteLength) return end
    this.#body = undefined
    this.#bodyFilled = 0
    this.#answer(body)
    return end
  }

  #answer(bytes: Uint8Array | undefined): void {
    const waiting = this.#waiting.shift()
    this.#expectOne()
    if (waiting === undefined || bytes === undefined) return waiting?.resolve(undefined)
    checked(waiting.id, bytes, this.#hasher).then(waiting.resolve, (err) => {
      waiting.reject(err)
      this.#socket.destroy(err) // whatever follows can not be trusted either
    })
  }

  /** A byte now and then keeps a socket from being silent: the whole chunk has to come. */
  #expectOne(): void {
    clearTimeout(this.#late)
    if (this.#waiting.length > 0) this.#late = setTimeout(() => {
      this.#wasLate = true
      this.#socket.destroy(new MemberUnreachableError(`a chunk did not come over the bulk channel within ${this.#chunkMs} ms`))
    }, this.#chunkMs).unref()
  }

  #end(reason: Error): void {
    clearTimeout(this.#late)
    this.#failure ??= reason
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
  }
}
