import type { Query } from '../query-language.ts'
import type { Columns } from './columns.ts'
import type { Matcher } from './matcher.ts'
import type { Sort } from './search.ts'
import { compareKeys, type Sorting } from './sorting.ts'
import type { TextMatch } from './text-match.ts'

/** Where more than this match, ranking them would say nothing: they come by date. @default 20000 */
export const RANKED_MATCHES = 20_000
/** A match is weak when its score is below this share of the best one's. Every match has every word of the query somewhere, so a weak one has them where they say little. @default 0.1 */
export const WEAK_SHARE = 0.1
/** Members of lists that are kept until something changes, all lists together. @default 4000000 */
export const KEPT_MEMBERS = 4_000_000

/** What was found, in order. */
export interface Result {
  readonly query: Query
  readonly sort: Sort
  readonly members: Uint32Array
  /** By their place in `members`. */
  readonly scores: Float64Array | undefined
  readonly weak: number
  readonly ranked: boolean
}

export interface ResultsParts {
  readonly columns: Columns
  readonly sorting: Sorting
  readonly text: TextMatch
}

/** Finds the assets of a query. What was found is kept for the next page, until an asset changes. */
export class Results {
  readonly #parts: ResultsParts
  readonly #kept = new Map<string, Result>()
  #revision = -1

  constructor(parts: ResultsParts) {
    this.#parts = parts
  }

  /** `key` names the query and all that its answer depends on; `matcher` is undefined when nothing can match. */
  find(key: string, query: Query, wanted: Sort | undefined, weak: boolean, matcher: () => Matcher | undefined): Result {
    const { columns } = this.#parts
    if (this.#revision !== columns.revision) this.#kept.clear()
    this.#revision = columns.revision
    const known = this.#kept.get(key)
    if (known !== undefined) this.#kept.delete(key)
    const result = known ?? this.#found(query, wanted, weak, matcher())
    this.#kept.set(key, result)
    let members = [...this.#kept.values()].reduce((sum, one) => sum + one.members.length, 0)
    for (const [oldest, one] of this.#kept) {
      if (members <= KEPT_MEMBERS || oldest === key) break
      this.#kept.delete(oldest)
      members -= one.members.length
    }
    return result
  }

  #found(query: Query, wanted: Sort | undefined, weak: boolean, matcher: Matcher | undefined): Result {
    const { columns, sorting, text } = this.#parts
    const sort = wanted === 'relevance' && matcher?.match === undefined ? '-taken' : wanted ?? (matcher?.match === undefined ? '-taken' : 'relevance')
    if (matcher === undefined) return { query, sort, members: new Uint32Array(), scores: undefined, weak: 0, ranked: false }
    const takes = (number: number): boolean => columns.alive[number] === 1 && matcher.tests.every((test) => test(number))
    if (matcher.match === undefined) {
      const all = sorting.all(sort)
      return { query, sort, members: matcher.tests.length === 0 ? all : all.filter(takes), scores: undefined, weak: 0, ranked: false }
    }
    const members = text.numbers(matcher.match).filter(takes)
    if (members.length <= RANKED_MATCHES) return this.#ranked(query, members, text.scores(matcher.match), sort, weak)
    const by = sort === 'relevance' ? '-taken' : sort
    return { query, sort: by, members: sorting.some(members, by), scores: undefined, weak: 0, ranked: false }
  }

  #ranked(query: Query, found: Uint32Array, scores: ReadonlyMap<number, number>, sort: Sort, weak: boolean): Result {
    const { tie } = this.#parts.columns.numbers
    const scoreOf = (number: number): number => scores.get(number) ?? 0
    const floor = found.reduce((best, number) => Math.max(best, scoreOf(number)), 0) * WEAK_SHARE
    const strong = weak ? found : found.filter((number) => scoreOf(number) >= floor)
    const members = sort === 'relevance' ? strong.sort((a, b) => compareKeys(scoreOf(a), tie[a]!, scoreOf(b), tie[b]!, sort)) : this.#parts.sorting.some(strong, sort)
    return { query, sort, members, scores: Float64Array.from(members, scoreOf), weak: found.length - members.length, ranked: true }
  }
}
