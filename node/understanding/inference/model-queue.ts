import { OverloadedError, RemoteError } from '#protocols/errors.ts'
import type { Ask, InputOf, OutputOf } from './asks.ts'
import type { AskOptions } from './inference.ts'
import { type ModelProcess, ProcessEndedError } from './model-process.ts'

/** Calls that wait for one model, at most. @default 256 */
export const MAX_WAITING_CALLS = 256
/** What waits for one model, at most, in bytes. @default 536870912 */
export const MAX_WAITING_BYTES = 512 * 1024 ** 2
/** A process is replaced after this many runs: native code keeps a little of each. @default 1000 */
export const RUNS_PER_PROCESS = 1_000
/** A process that holds more after a run is replaced, in bytes. @default 3221225472 */
export const MODEL_MEMORY_BYTES = 3 * 1024 ** 3
/** A process that nobody asks for this long is ended, in ms. @default 60000 */
export const MODEL_IDLE_MS = 60_000
/** Processes that may end over one input, before it is given up. @default 3 */
export const MAX_CRASHES = 3

export interface ModelQueueInit {
  /** `signal` ends it, whatever it does. @throws RemoteError when the model can not be opened */
  readonly open: (signal: AbortSignal) => Promise<ModelProcess>
  /** Inputs of one run. */
  readonly batch: number
  /** @default MAX_WAITING_CALLS */
  readonly maxCalls?: number
  /** @default MAX_WAITING_BYTES */
  readonly maxBytes?: number
  /** @default RUNS_PER_PROCESS */
  readonly runsPerProcess?: number
  /** @default MODEL_MEMORY_BYTES */
  readonly memoryBytes?: number
  /** @default MODEL_IDLE_MS */
  readonly idleMs?: number
}

/** What waits for one model: who waits for an answer first, inputs of several callers in one run, and a new process when one ended. */
export interface ModelQueue {
  readonly waiting: number
  /** One output per input, in order. @throws OverloadedError, RemoteError, the signal's reason */
  ask<A extends Ask>(ask: A, inputs: ReadonlyArray<InputOf<A>>, options?: AskOptions): Promise<ReadonlyArray<OutputOf<A>>>
  stop(reason: Error): Promise<void>
}

interface Entry {
  readonly ask: Ask
  readonly input: unknown
  readonly bytes: number
  readonly urgent: boolean
  readonly answer: PromiseWithResolvers<unknown>
  readonly onProgress: (share: number) => void
  /** Nobody waits for it any more. */
  gone: boolean
  /** Processes that ended while they had it. */
  crashes: number
  /** It is run by itself, since a run with others failed. */
  alone: boolean
}

export function createModelQueue(init: ModelQueueInit): ModelQueue {
  return new DefaultModelQueue(init)
}

class DefaultModelQueue implements ModelQueue {
  readonly #init: Required<ModelQueueInit>
  #entries: Entry[] = []
  #calls = 0
  #bytes = 0
  #process: ModelProcess | undefined
  #working: Promise<void> | undefined
  #idle: NodeJS.Timeout | undefined
  readonly #stopping = new AbortController()

  constructor(init: ModelQueueInit) {
    this.#init = { maxCalls: MAX_WAITING_CALLS, maxBytes: MAX_WAITING_BYTES, runsPerProcess: RUNS_PER_PROCESS, memoryBytes: MODEL_MEMORY_BYTES, idleMs: MODEL_IDLE_MS, ...init }
  }

  get waiting(): number {
    return this.#entries.length
  }

  async ask<A extends Ask>(ask: A, inputs: ReadonlyArray<InputOf<A>>, { signal, urgent = false, onProgress = () => {} }: AskOptions = {}): Promise<ReadonlyArray<OutputOf<A>>> {
    signal?.throwIfAborted()
    this.#stopping.signal.throwIfAborted()
    if (inputs.length === 0) return []
    const bytes = inputs.map(bytesOf)
    this.#admit(bytes.reduce((sum, each) => sum + each, 0))
    const shares = new Float64Array(inputs.length)
    const entries = inputs.map((input, place): Entry => ({
      ask, input, urgent, bytes: bytes[place] ?? 0, answer: Promise.withResolvers(), gone: false, crashes: 0, alone: false,
      onProgress: (share) => { shares[place] = share; onProgress(shares.reduce((sum, each) => sum + each, 0) / shares.length) }
    }))
    return await this.#answers(entries, signal) as ReadonlyArray<OutputOf<A>>
  }

  async stop(reason: Error): Promise<void> {
    this.#stopping.abort(reason)
    clearTimeout(this.#idle)
    this.#drop(() => true, reason)
    await this.#working
    await this.#rest()
  }

  #admit(bytes: number): void {
    if (this.#calls >= this.#init.maxCalls || (this.#calls > 0 && this.#bytes + bytes > this.#init.maxBytes)) throw new OverloadedError(`the model has ${this.#calls} questions to answer already: ask again later`)
  }

  async #answers(entries: readonly Entry[], signal: AbortSignal | undefined): Promise<unknown[]> {
    const bytes = entries.reduce((sum, each) => sum + each.bytes, 0)
    const onAbort = (): void => this.#drop((entry) => entries.includes(entry), signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#calls++
    this.#bytes += bytes
    for (const { answer } of entries) answer.promise.catch(() => {}) // the first failure is told; the others are no news
    this.#entries.push(...entries)
    this.#wake()
    try {
      return await Promise.all(entries.map(({ answer }) => answer.promise))
    } catch (err) {
      this.#drop((entry) => entries.includes(entry), err)
      throw err
    } finally {
      this.#calls--
      this.#bytes -= bytes
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** What is being run hears of it, too. */
  #drop(which: (entry: Entry) => boolean, reason: unknown): void {
    for (const entry of [...this.#entries, ...this.#running]) {
      if (!which(entry)) continue
      entry.gone = true
      entry.answer.reject(reason)
    }
    this.#entries = this.#entries.filter(({ gone }) => !gone)
    if (this.#running.length > 0 && this.#running.every(({ gone }) => gone)) this.#cancel.abort(reason)
  }

  #running: readonly Entry[] = []
  #cancel = new AbortController()

  #wake(): void {
    clearTimeout(this.#idle)
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
      if (this.#stopping.signal.aborted) return
      if (this.#entries.length > 0) this.#wake()
      else this.#idle = setTimeout(() => void this.#rest(), this.#init.idleMs).unref()
    })
  }

  async #rest(): Promise<void> {
    const process = this.#process
    this.#process = undefined
    await process?.end()
  }

  async #work(): Promise<void> {
    while (this.#entries.length > 0 && !this.#stopping.signal.aborted) {
      const process = await this.#ready()
      if (process === undefined) return
      const batch = this.#take()
      if (batch.length > 0) await this.#run(process, batch)
      if (process.runs >= this.#init.runsPerProcess || process.bytes > this.#init.memoryBytes || !process.alive) await this.#rest()
    }
  }

  /** A process with the model; when there can be none, everybody hears why. */
  async #ready(): Promise<ModelProcess | undefined> {
    if (this.#process?.alive === true) return this.#process
    try {
      return this.#process = await this.#init.open(this.#stopping.signal)
    } catch (err) {
      this.#drop(() => true, err)
      return undefined
    }
  }

  /** Who waits for an answer comes first; the same ask for all of a run. */
  #take(): Entry[] {
    const byUrgency = [...this.#entries.filter(({ urgent }) => urgent), ...this.#entries.filter(({ urgent }) => !urgent)]
    const [first] = byUrgency
    if (first === undefined) return []
    const taken = first.alone ? [first] : byUrgency.filter(({ ask, alone }) => ask === first.ask && !alone).slice(0, this.#init.batch)
    this.#entries = this.#entries.filter((entry) => !taken.includes(entry))
    return taken
  }

  async #run(process: ModelProcess, batch: readonly Entry[]): Promise<void> {
    this.#running = batch
    this.#cancel = new AbortController()
    try {
      const outputs = await process.run(batch[0]!.ask, batch.map(({ input }) => input) as never, { signal: this.#cancel.signal, onProgress: (share) => { for (const entry of batch) entry.onProgress(share) } })
      for (const [place, entry] of batch.entries()) {
        entry.onProgress(1)
        entry.answer.resolve(outputs[place])
      }
    } catch (err) {
      this.#again(batch.filter(({ gone }) => !gone), err)
    } finally {
      this.#running = []
    }
  }

  /** Of what failed together each is tried by itself; what ended too many processes, or failed by itself, failed. */
  #again(failed: readonly Entry[], err: unknown): void {
    const together = failed.length > 1
    const again = failed.filter((entry) => {
      const isCrash = err instanceof ProcessEndedError
      if (isCrash && ++entry.crashes >= MAX_CRASHES) entry.answer.reject(new RemoteError(`${entry.crashes} processes ended over it: what it was given is damaged, or this machine has too little memory (the last one: ${err.message})`))
      else if (isCrash || together) return entry.alone = true
      else entry.answer.reject(err)
      return false
    })
    this.#entries.unshift(...again)
  }
}

/** What a waiting input holds in memory, more or less. */
function bytesOf(input: unknown): number {
  if (typeof input === 'string') return 2 * input.length
  if (ArrayBuffer.isView(input)) return input.byteLength
  const { rgb, samples } = input as { rgb?: Uint8Array; samples?: Float32Array }
  return (rgb ?? samples)?.byteLength ?? 0
}
