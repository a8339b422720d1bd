import { availableParallelism } from 'node:os'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { DigestAnswer, DigestOrder } from './digest-worker.ts'
import type { HashFormat } from '../mhl/hash-formats.ts'

/** Threads that hash what is offloaded, at most. @default 4 */
export const MAX_DIGEST_THREADS = 4

export type Hashes = Readonly<Partial<Record<HashFormat | 'sha256', string>>>

/** Several hashes of one stream of bytes, made on other threads; each format by one of them. */
export interface DigestStream {
  /** Resolves when the bytes are the caller's again. They have to be in shared memory. */
  update(bytes: Uint8Array): Promise<void>
  end(): Promise<Hashes>
  /** Forgets a stream that is not ended. */
  drop(): void
}

export interface Digester extends Startable {
  stream(formats: ReadonlyArray<HashFormat | 'sha256'>): DigestStream
}

/** The slow ones go to threads of their own as long as there are some. */
const BY_COST: ReadonlyArray<HashFormat | 'sha256'> = ['sha256', 'c4', 'md5', 'sha1', 'xxh64', 'xxh128', 'xxh3']

export function createDigester(threads = Math.min(MAX_DIGEST_THREADS, availableParallelism())): Digester {
  const workers: DigestThread[] = []
  let streams = 0

  function threadsFor(formats: ReadonlyArray<HashFormat | 'sha256'>): Array<readonly [DigestThread, Array<HashFormat | 'sha256'>]> {
    while (workers.length < threads) workers.push(new DigestThread())
    const slowFirst = BY_COST.filter((format) => formats.includes(format))
    const byLoad = workers.toSorted((a, b) => a.streams - b.streams)
    return byLoad.flatMap((thread, i) => {
      const own = slowFirst.filter((_, at) => at % byLoad.length === i)
      return own.length === 0 ? [] : [[thread, own] as const]
    })
  }

  return {
    start() {},
    async stop() { await Promise.all(workers.splice(0).map((worker) => worker.stop())) },
    stream(formats) {
      const stream = ++streams
      const parts = threadsFor(formats).map(([thread, own]) => thread.open(stream, own))
      return {
        async update(bytes) { await Promise.all(parts.map(({ update }) => update(bytes))) },
        end: async () => Object.assign({}, ...await Promise.all(parts.map(({ end }) => end()))) as Hashes,
        drop() { for (const { drop } of parts) drop() }
      }
    }
  }
}

class DigestThread {
  streams = 0
  readonly #worker = new Worker(new URL('./digest-worker.ts', import.meta.url), { name: 'digest', env: SHARE_ENV, resourceLimits: { maxOldGenerationSizeMb: 32 } })
  readonly #asked = new Map<number, PromiseWithResolvers<DigestAnswer>>()
  #jobs = 0
  #failure: Error | undefined

  constructor() {
    this.#worker.unref()
    this.#worker.on('message', (answer: DigestAnswer) => this.#answer(answer))
    this.#worker.on('error', (err) => this.#end(err))
    this.#worker.on('exit', () => this.#end(new Error('the thread that was to hash this has ended')))
  }

  open(stream: number, formats: ReadonlyArray<HashFormat | 'sha256'>): { update(bytes: Uint8Array): Promise<unknown>; end(): Promise<Hashes>; drop(): void } {
    this.streams++
    const opened = this.#ask({ stream, formats })
    opened.catch(() => {}) // the next order hears it
    let isOpen = true
    const close = (): boolean => isOpen && (isOpen = false, this.streams--, true)
    return {
      update: (bytes) => this.#ask({ stream, bytes }),
      end: async () => {
        close()
        return (await this.#ask({ stream, end: 'hashes' })).hashes ?? {}
      },
      drop: () => { if (close()) this.#ask({ stream, end: 'drop' }).catch(() => {}) }
    }
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  #ask(order: Omit<DigestOrder, 'job'>): Promise<DigestAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const answer = Promise.withResolvers<DigestAnswer>()
    if (this.#asked.size === 0) this.#worker.ref()
    this.#asked.set(++this.#jobs, answer)
    this.#worker.postMessage({ ...order, job: this.#jobs } satisfies DigestOrder)
    return answer.promise
  }

  #answer(answer: DigestAnswer): void {
    const asked = this.#asked.get(answer.job)
    this.#asked.delete(answer.job)
    if (this.#asked.size === 0) this.#worker.unref()
    if (answer.error === undefined) asked?.resolve(answer)
    else asked?.reject(new Error(answer.error))
  }

  #end(reason: Error): void {
    this.#failure ??= reason
    for (const { reject } of this.#asked.values()) reject(this.#failure)
    this.#asked.clear()
  }
}
