import { SHARE_ENV, Worker } from 'node:worker_threads'
import { Questions } from '../base/questions.ts'
import { limiter } from '../base/tasks.ts'
import { CHUNK_BYTES } from './chunk-store.ts'
import type { HashAnswer, HashOrder } from './hash-worker.ts'

/** Pieces of one thread: one that it hashes, and others that wait for it in its memory. @default 3 */
export const SLOTS_PER_THREAD = 3
/** Longest piece a thread takes, in bytes. */
export const SLOT_BYTES = CHUNK_BYTES

/**
 * One thread that hashes. Pieces are copied to memory shared with it, which takes a fraction of the time of hashing them and leaves them
 * to their owner. It keeps the process alive only while it has work; when it ends before its time, all that was asked of it rejects.
 */
export class HashThread {
  readonly #worker: Worker
  readonly #inTurn = limiter(SLOTS_PER_THREAD)
  readonly #free: Uint8Array[] = []
  readonly #asked = new Questions<Uint8Array>()
  #load = 0
  #failure: Error | undefined

  constructor() {
    this.#worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { name: 'hash', env: SHARE_ENV, resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 } })
    this.#worker.unref()
    this.#worker.on('message', (answer: HashAnswer) => this.#answer(answer))
    this.#worker.on('error', (err) => this.#end(err))
    this.#worker.on('exit', () => this.#end(new Error('the thread that was to hash this has ended')))
  }

  /** Pieces it was given and has not hashed yet. */
  get load(): number {
    return this.#load
  }

  get isAlive(): boolean {
    return this.#failure === undefined
  }

  digest(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#give({}, bytes).hashed
  }

  /** Resolves when the piece is copied. Pieces of a stream are hashed in the order of the calls. */
  update(stream: number, piece: Uint8Array): Promise<void> {
    return this.#give({ stream }, piece).copied
  }

  end(stream: number): Promise<Uint8Array> {
    return this.#ask({ stream })
  }

  drop(stream: number): void {
    this.#worker.postMessage({ stream } satisfies HashOrder)
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  #give(order: HashOrder, piece: Uint8Array): { copied: Promise<void>; hashed: Promise<Uint8Array> } {
    const copied = Promise.withResolvers<void>()
    this.#load++
    const hashed = this.#inTurn(async () => {
      const slot = this.#free.pop() ?? new Uint8Array(new SharedArrayBuffer(SLOT_BYTES))
      slot.set(piece)
      const answer = this.#ask({ ...order, bytes: slot.subarray(0, piece.byteLength) })
      copied.resolve()
      return answer.finally(() => this.#free.push(slot))
    }).finally(() => { this.#load-- })
    hashed.catch(copied.reject)
    copied.promise.catch(() => {}) // whoever awaits it hears it
    return { copied: copied.promise, hashed }
  }

  #ask(order: HashOrder): Promise<Uint8Array> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#asked.size === 0) this.#worker.ref()
    return this.#asked.ask((job) => this.#worker.postMessage({ ...order, job } satisfies HashOrder))
  }

  #answer({ job, digest }: HashAnswer): void {
    this.#asked.resolve(job, digest)
    if (this.#asked.size === 0) this.#worker.unref()
  }

  #end(reason: Error): void {
    this.#failure ??= reason
    this.#asked.rejectAll(this.#failure)
  }
}
