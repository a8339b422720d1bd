/** The index of this node, answered by a thread of its own: whatever is put into it or asked, recording and live view go on. */
import { mkdir } from 'node:fs/promises'
import { SHARE_ENV, Worker } from 'node:worker_threads'
import { InvalidInputError, OverloadedError } from '#protocols/errors.ts'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { AbortOptions, Startable } from '#ring/base/lifecycle.ts'
import { abortable } from '#ring/base/abortable.ts'
import type { Logger } from '#ring/base/log.ts'
import { type Late, Questions } from '#ring/base/questions.ts'
import { isSpaceId, MAX_DIMENSIONS, type SpaceId } from '../space.ts'
import { type Subject, subjectKey } from '../subject.ts'
import type { IndexSize, KnownVector, SliceAnswer, SliceQuery } from './ask.ts'
import { MAX_TEXT_CHARACTERS, type MomentIndex, type SubjectEntries, type VectorEntry, type WordsEntry } from './entries.ts'
import type { IndexAnswer, IndexOrder, IndexVerb } from './index-worker.ts'

/** Questions that wait for the thread at once. @default 200 */
export const MAX_WAITING_QUESTIONS = 200
/** Longest a question may take, in ms; then the thread is ended, and another begins. One that is asked while the index is being opened waits for as long as that takes. @default 60000 */
export const QUESTION_TIMEOUT_MS = 60_000
/** Vectors, or texts, that may be known of one subject. @default 200000 */
export const MAX_ENTRIES = 200_000

export interface NodeIndexInit {
  /** A folder of its own. */
  readonly folder: string
  /** @default QUESTION_TIMEOUT_MS */
  readonly timeoutMs?: number
}

/** The vectors and words of the partitions this node owns. What is in it can be made anew from the blobs at any time. */
export interface NodeIndex extends MomentIndex, Startable {
  /** @throws OverloadedError, the signal's reason */
  find(query: SliceQuery, options?: AbortOptions): Promise<SliceAnswer>
  /** The vector that stands for a moment of a subject. */
  vectorAt(subject: Subject, atMs: number, space?: SpaceId): Promise<KnownVector | undefined>
  size(): Promise<IndexSize>
  /** It was begun anew, for what was there could not be read: everything has to be put again. */
  readonly emptied: Signal<void>
}

export function createNodeIndex({ log }: { readonly log: Logger }, init: NodeIndexInit): NodeIndex {
  return new IndexThread(log, init)
}

class IndexThread implements NodeIndex {
  readonly emptied = emitter<void>()
  readonly #log: Logger
  readonly #init: NodeIndexInit
  readonly #asked = new Questions<unknown>()
  readonly #readings = new Map<string, readonly string[]>()
  #worker: Worker | undefined
  #isOpen = false
  #isLoaded = false
  #isStopped = false

  constructor(log: Logger, init: NodeIndexInit) {
    this.#log = log
    this.#init = init
  }

  async start(): Promise<void> {
    await mkdir(this.#init.folder, { recursive: true })
    await this.#begin()
  }

  async stop(): Promise<void> {
    if (this.#isStopped || this.#worker === undefined) return
    this.#isStopped = true
    await this.#ask({ verb: 'close' }).catch(() => {}) // ended before: what was acknowledged is on disk
    await this.#end(new OverloadedError('this node is stopping: ask another one'))
  }

  async put(entries: SubjectEntries): Promise<void> {
    await this.#ask({ verb: 'write', write: { put: checked(entries) } })
  }

  async remove(subject: Subject): Promise<void> {
    await this.#ask({ verb: 'write', write: { remove: subject } })
  }

  readings(subject: Subject): readonly string[] {
    return this.#readings.get(subjectKey(subject)) ?? []
  }

  async find(query: SliceQuery, { signal }: AbortOptions = {}): Promise<SliceAnswer> {
    if (this.#asked.size >= MAX_WAITING_QUESTIONS) throw new OverloadedError(`${MAX_WAITING_QUESTIONS} questions wait on this node already: try again in a moment`)
    return abortable(this.#ask<SliceAnswer>({ verb: 'find', query }), signal)
  }

  vectorAt(subject: Subject, atMs: number, space?: SpaceId): Promise<KnownVector | undefined> {
    return this.#ask({ verb: 'vector', subject, atMs, space })
  }

  size(): Promise<IndexSize> {
    return this.#ask({ verb: 'size' })
  }

  /** Resolves when it is known what the file holds. */
  #begin(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const worker = new Worker(new URL('./index-worker.ts', import.meta.url), { name: 'moments', env: SHARE_ENV, workerData: { folder: this.#init.folder } })
    worker.unref()
    this.#isOpen = false
    this.#isLoaded = false
    worker.on('message', (answer: IndexAnswer) => {
      this.#isOpen = true
      this.#hear(answer)
      resolve()
    })
    worker.on('error', (err) => {
      reject(err)
      this.#fail(worker, err)
    })
    worker.on('exit', () => this.#fail(worker, new Error('the thread has ended')))
    this.#worker = worker
    return promise
  }

  #ask<T>(order: IndexVerb): Promise<T> {
    const worker = this.#worker
    if (worker === undefined) return Promise.reject(new OverloadedError('the index of this node is not open: ask another node, or try again in a moment'))
    const late: Late = { ms: this.#init.timeoutMs ?? QUESTION_TIMEOUT_MS, act: () => { void this.#restart(new OverloadedError('this question takes too long: ask for less of it')) } }
    const maybeLate = this.#isLoaded && (order.verb === 'find' || order.verb === 'vector') ? late : undefined // what is written may wait for as long as others write
    if (this.#asked.size === 0) worker.ref()
    return this.#asked.ask((job) => worker.postMessage({ ...order, job } satisfies IndexOrder, []), maybeLate) as Promise<T>
  }

  #hear(answer: IndexAnswer): void {
    if ('known' in answer) {
      for (const [key, readings] of answer.known) if (readings.length === 0) this.#readings.delete(key); else this.#readings.set(key, readings)
      return
    }
    if ('loaded' in answer) {
      this.#isLoaded = true
      return
    }
    if ('failure' in answer) this.#asked.reject(answer.job, new OverloadedError(`the index of this node could not do it: ${answer.failure}`))
    else this.#asked.resolve(answer.job, answer.value)
    if (this.#asked.size === 0) this.#worker?.unref()
  }

  #fail(worker: Worker, err: Error): void {
    if (this.#worker !== worker || this.#isStopped) return
    this.#log.error('the index of moments failed%s - %s', this.#isOpen ? ', and begins anew' : ': it stays closed until the node starts again', err)
    if (!this.#isOpen) void this.#end(new OverloadedError('the index of this node does not open: its log says why'))
    else void this.#restart(new OverloadedError('the index of this node failed: try again; its log says why'))
  }

  async #restart(reason: Error): Promise<void> {
    const before = this.#readings.size
    await this.#end(reason)
    if (this.#isStopped) return
    this.#readings.clear()
    await this.#begin().catch(() => {}) // said in the log
    if (this.#readings.size < before) this.emptied.emit()
  }

  async #end(reason: Error): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#asked.rejectAll(reason)
    await worker?.terminate()
  }
}

/** @throws InvalidInputError */
function checked({ vectors, words, ...entries }: SubjectEntries): SubjectEntries {
  if (vectors.length > MAX_ENTRIES || words.length > MAX_ENTRIES) throw new InvalidInputError(`of one subject at most ${MAX_ENTRIES} vectors and as many texts are kept`)
  for (const { space, vector, ...place } of vectors) if (!isSpaceId(space) || vector.length === 0 || vector.length > MAX_DIMENSIONS || !vector.every(Number.isFinite) || !isPlace(place)) throw new InvalidInputError(`a vector of ${subjectKey(entries.subject)} is none: 1 to ${MAX_DIMENSIONS} finite numbers of a named space, at a finite time`)
  for (const place of words) if (!isPlace(place)) throw new InvalidInputError(`a text of ${subjectKey(entries.subject)} has no finite time`)
  return { ...entries, vectors: vectors.map(ownVector), words: words.map(shortened) }
}

const isPlace = ({ fromMs, toMs, pictureMs }: Pick<WordsEntry, 'fromMs' | 'toMs' | 'pictureMs'>): boolean => [fromMs, toMs, pictureMs].every(Number.isFinite)
/** What a vector is a view of does not travel with it. */
const ownVector = (entry: VectorEntry): VectorEntry => ({ ...entry, vector: entry.vector.slice() })
const shortened = (entry: WordsEntry): WordsEntry => entry.text.length <= MAX_TEXT_CHARACTERS ? entry : { ...entry, text: entry.text.slice(0, MAX_TEXT_CHARACTERS).toWellFormed() }
