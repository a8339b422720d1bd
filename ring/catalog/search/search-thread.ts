import { SHARE_ENV, Worker } from 'node:worker_threads'
import { InvalidInputError, InvalidQueryError, OverloadedError } from '#protocols/errors.ts'
import type { Logger } from '../../base/log.ts'
import { Questions } from '../../base/questions.ts'
import type { Search } from './search.ts'
import { NO_TITLES, type Titles } from './titles.ts'
import type { SearchAnswer, SearchOrder, SearchVerb } from './search-worker.ts'

/** Searches that wait for the thread at once. @default 100 */
export const MAX_WAITING_SEARCHES = 100
/** Longest a search may take, in ms; then the thread is ended, and the next search starts another. @default 30000 */
export const SEARCH_TIMEOUT_MS = 30_000

export interface SearchThreadComponents {
  /** The index, which exists when the first search comes. */
  readonly file: string
  /** As they are now: another object only when they changed. */
  titles(): Titles
  readonly log: Logger
}

export interface SearchThreadInit {
  /** @default SEARCH_TIMEOUT_MS */
  readonly timeoutMs?: number
}

/** A search of its own thread, which begins with the first one and keeps no process alive. */
export class SearchThread implements Search {
  readonly #components: SearchThreadComponents
  readonly #timeoutMs: number
  readonly #asked = new Questions<unknown>()
  #worker: Worker | undefined
  /** As the thread knows them. */
  #titles = NO_TITLES

  constructor(components: SearchThreadComponents, { timeoutMs = SEARCH_TIMEOUT_MS }: SearchThreadInit = {}) {
    this.#components = components
    this.#timeoutMs = timeoutMs
  }

  readonly page: Search['page'] = (request) => this.#ask({ verb: 'page', request })
  readonly facets: Search['facets'] = (query) => this.#ask({ verb: 'facets', query })
  readonly timeline: Search['timeline'] = (query) => this.#ask({ verb: 'timeline', query })
  readonly ids: Search['ids'] = (query, limit) => this.#ask({ verb: 'ids', query, limit })
  readonly count: Search['count'] = (query) => this.#ask({ verb: 'count', query })
  readonly has: Search['has'] = (query, id) => this.#ask({ verb: 'has', query, id })
  readonly albumCounts: Search['albumCounts'] = () => this.#ask({ verb: 'albumCounts' })
  readonly complete: Search['complete'] = (text, at, within) => this.#ask({ verb: 'complete', text, at, within })

  async warm(): Promise<void> {
    await this.#ask({ verb: 'warm' })
  }

  /** These rows of the index were written or removed just now. */
  touched(numbers: readonly number[]): void {
    if (numbers.length > 0) this.#worker?.postMessage({ verb: 'touched', numbers } satisfies SearchOrder)
  }

  async stop(): Promise<void> {
    await this.#end(new OverloadedError('this node is stopping: ask another one'))
  }

  #ask<T>(order: SearchVerb): Promise<T> {
    if (this.#asked.size >= MAX_WAITING_SEARCHES) return Promise.reject(new OverloadedError(`${MAX_WAITING_SEARCHES} searches wait on this node already: try again in a moment`))
    const worker = this.#worker ??= this.#start()
    if (this.#asked.size === 0) worker.ref()
    this.#tellTitles(worker)
    return this.#asked.ask((job) => worker.postMessage({ ...order, job } satisfies SearchOrder, []), {
      ms: this.#timeoutMs, act: () => { void this.#end(new OverloadedError('this search takes too long: ask for less of it')) }
    }) as Promise<T>
  }

  #tellTitles(worker: Worker): void {
    const titles = this.#components.titles()
    if (titles === this.#titles) return
    this.#titles = titles
    worker.postMessage({ verb: 'titles', titles } satisfies SearchOrder, [])
  }

  #start(): Worker {
    this.#titles = NO_TITLES
    const worker = new Worker(new URL('./search-worker.ts', import.meta.url), { name: 'search', env: SHARE_ENV, workerData: { file: this.#components.file } })
    worker.unref()
    worker.on('message', (answer: SearchAnswer) => this.#answer(answer))
    worker.on('error', (err) => { if (this.#worker === worker) this.#fail(err) })
    worker.on('exit', () => { if (this.#worker === worker) this.#fail(new Error('the thread has ended')) })
    return worker
  }

  #answer({ job, value, failure }: SearchAnswer): void {
    if (failure === undefined) this.#asked.resolve(job, value)
    else this.#asked.reject(job, errorOf(failure))
    if (this.#asked.size === 0) this.#worker?.unref()
  }

  #fail(err: Error): void {
    this.#components.log.error('the search failed, and begins anew when it is asked again - %s', err)
    void this.#end(new OverloadedError('the search of this node failed: try again; its log says why'))
  }

  async #end(reason: Error): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#asked.rejectAll(reason)
    await worker?.terminate()
  }
}

function errorOf({ kind, message, at = 0, suggestion }: NonNullable<SearchAnswer['failure']>): Error {
  if (kind === 'query') return new InvalidQueryError(message, at, suggestion)
  return kind === 'input' ? new InvalidInputError(message) : new Error(message)
}
