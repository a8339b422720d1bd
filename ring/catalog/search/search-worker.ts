import { parentPort, workerData } from 'node:worker_threads'
import { InvalidInputError, InvalidQueryError } from '#protocols/errors.ts'
import type { AssetId } from '#protocols/ids.ts'
import { SearchEngine } from './engine.ts'
import type { SearchQuery, SearchRequest } from './search.ts'
import type { Titles } from './titles.ts'

/** What the thread is told to do. `touched` and `titles` are not answered. */
export type SearchOrder =
  | { readonly verb: 'touched'; readonly numbers: readonly number[] }
  | { readonly verb: 'titles'; readonly titles: Titles }
  | Question

type Question = { readonly job: number } & SearchVerb

export type SearchVerb =
  | { readonly verb: 'page'; readonly request: SearchRequest }
  | { readonly verb: 'facets' | 'timeline' | 'count'; readonly query: SearchQuery }
  | { readonly verb: 'ids'; readonly query: SearchQuery; readonly limit: number }
  | { readonly verb: 'has'; readonly query: SearchQuery; readonly id: AssetId }
  | { readonly verb: 'complete'; readonly text: string; readonly at: number; readonly within: SearchQuery['within'] }
  | { readonly verb: 'albumCounts' | 'warm' }

export interface SearchAnswer {
  readonly job: number
  readonly value?: unknown
  readonly failure?: { readonly kind: 'query' | 'input' | 'other'; readonly message: string; readonly at?: number; readonly suggestion?: string }
}

const engine = new SearchEngine((workerData as { file: string }).file)

parentPort?.on('message', (order: SearchOrder) => {
  if (order.verb === 'touched') return engine.touched(order.numbers)
  if (order.verb === 'titles') return engine.called(order.titles)
  parentPort?.postMessage(answer(order), [])
})

function answer(order: Question): SearchAnswer {
  try {
    return { job: order.job, value: valueOf(order) }
  } catch (err) {
    const { message = String(err) } = err as Error
    if (err instanceof InvalidQueryError) return { job: order.job, failure: { kind: 'query', message, at: err.at, suggestion: err.suggestion } }
    return { job: order.job, failure: { kind: err instanceof InvalidInputError ? 'input' : 'other', message } }
  }
}

function valueOf(order: Question): unknown {
  switch (order.verb) {
    case 'page': return engine.page(order.request)
    case 'facets': return engine.facets(order.query)
    case 'timeline': return engine.timeline(order.query)
    case 'ids': return engine.ids(order.query, order.limit)
    case 'count': return engine.count(order.query)
    case 'has': return engine.has(order.query, order.id)
    case 'albumCounts': return engine.albumCounts()
    case 'complete': return engine.complete(order.text, order.at, order.within)
    case 'warm': return engine.bytes
  }
}
