/** Searching the library, answered by a thread of its own: whatever is asked, recording and live view go on. */
import type { AssetId } from '#protocols/ids.ts'
import type { Asset } from '../catalog.ts'
import type { SearchFilters } from './filters.ts'

/** Ways to sort; a minus is from the most to the least, for dates from the newest on. Assets without the value come last. */
export const SORTS = ['relevance', '-taken', 'taken', '-imported', 'imported', '-edited', 'edited', 'name', '-name', '-size', 'size', '-duration', 'duration', '-rating', 'rating'] as const
export type Sort = (typeof SORTS)[number]

/** What is asked of all of the library. */
export interface SearchQuery extends SearchFilters {
  /** As people type it: `query-language.ts`. @default everything */
  readonly q?: string
  /** More such lines, each of which must hold, too: the rule of an album, for example. */
  readonly also?: readonly string[]
  /** @default relevance where there are words, else `-taken` */
  readonly sort?: Sort
  /** With matches that say little: see `WEAK_SHARE`. @default false */
  readonly weak?: boolean
  /** Ids of albums: what is in none of these is not there, and other albums have no names and no counts. @default all of the library */
  readonly within?: readonly string[] | undefined
  /** Minutes the asker's clock is ahead of UTC: days and dates are theirs. @default 0 */
  readonly zoneMinutes?: number
}

export interface SearchRequest extends SearchQuery {
  /** From the last page. */
  readonly cursor?: string
  /** Begin with the asset at this place of the whole list. */
  readonly offset?: number
  /** Begin with the first asset of this moment or, by the sort, after it; for lists sorted by when assets were taken. Unix ms. */
  readonly atMs?: number
  /** 1 to 500. @default 60 */
  readonly limit?: number
}

/** Where a hit's words were found: a piece of the text, and ranges of it in UTF-16 units. */
export interface Why {
  readonly field: string
  readonly text: string
  readonly ranges: ReadonlyArray<readonly [number, number]>
}

export interface SearchHit {
  readonly asset: Asset
  /** Higher is better; undefined where nothing is ranked. */
  readonly score: number | undefined
  readonly why: readonly Why[]
}

export interface SearchPage {
  readonly hits: readonly SearchHit[]
  /** Of all pages, without weak matches unless they were asked for. */
  readonly total: number
  /** Weak matches that are left out. */
  readonly weak: number
  /** False where so many match that ranking them would say nothing: they come by date. */
  readonly ranked: boolean
  /** Place of the first hit in the whole list. */
  readonly offset: number
  readonly cursor: string | undefined
}

export interface FacetValue {
  readonly value: string
  /** What people call it, where that is another name. */
  readonly title: string | undefined
  readonly assets: number
}

export interface Facet {
  /** As in a query. */
  readonly field: string
  /** The most frequent first; those of `year` and `month` the newest first. */
  readonly values: readonly FacetValue[]
  /** Values beyond these. */
  readonly more: number
}

export interface Facets {
  readonly total: number
  readonly facets: readonly Facet[]
}

export interface Timeline {
  readonly total: number
  readonly unit: 'day' | 'month'
  /** In the order of the list: `2026-11-20` or `2026-11`, and how many assets. */
  readonly entries: ReadonlyArray<readonly [string, number]>
}

export interface Completion {
  /** What the words of `items` take the place of. */
  readonly from: number
  readonly to: number
  readonly items: ReadonlyArray<{ readonly text: string; readonly label: string; readonly assets: number | undefined }>
}

export interface Search {
  /** @throws InvalidQueryError, InvalidInputError, OverloadedError */
  page(request: SearchRequest): Promise<SearchPage>
  /** @throws InvalidQueryError, OverloadedError */
  facets(query: SearchQuery): Promise<Facets>
  /** @throws InvalidQueryError, OverloadedError */
  timeline(query: SearchQuery): Promise<Timeline>
  /** Ids of all that match, in order, at most `limit`. @throws InvalidQueryError, OverloadedError */
  ids(query: SearchQuery, limit: number): Promise<AssetId[]>
  /** How many match, weak matches among them. @throws InvalidQueryError, OverloadedError */
  count(query: SearchQuery): Promise<number>
  /** Whether an asset matches, however weakly. @throws InvalidQueryError, OverloadedError */
  has(query: SearchQuery, id: AssetId): Promise<boolean>
  /** How many assets people put into each album, by its id. @throws OverloadedError */
  albumCounts(): Promise<ReadonlyMap<string, number>>
  /** What may be meant at `at` of a text that is being typed. */
  complete(text: string, at: number, within?: SearchQuery['within']): Promise<Completion>
  /** Read what searching needs now, and not when somebody first asks. */
  warm(): Promise<void>
}
