import type { Query } from '../query-language.ts'
import type { Columns } from './columns.ts'
import type { Dictionary } from './dictionary.ts'
import type { Matcher } from './matcher.ts'
import type { Sort } from './search.ts'
import { type Membership, Memberships } from './memberships.ts'
import { compareKeys, listOf, type Sorting } from './sorting.ts'
import type { TextMatch } from './text-match.ts'

/** A match is weak when its score is below this share of the best one's. Every match has every word of the query somewhere, so a weak one has them where they say little. @default 0.2 */
export const WEAK_SHARE = 0.2
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

/** What is looked for. */
export interface Understood {
  /** Names the query and all that its answer depends on, beside the order. */
  readonly key: string
  readonly query: Query
  /** Undefined when nothing can match. */
  matcher(): Matcher | undefined
}

export interface ResultsParts {
  readonly columns: Columns
  readonly dictionary: Dictionary
  readonly sorting: Sorting
  readonly text: TextMatch
}

/** Finds the assets of a query. What was found is kept for the next page, until an asset changes. */
export class Results {
  readonly #parts: ResultsParts
  readonly #kept = new Map<string, Result>()
  readonly #memberships: Memberships
  #revision = -1

  constructor(parts: ResultsParts) {
    this.#parts = parts
    this.#memberships = new Memberships(parts)
  }

  /** Which assets match, in no order; undefined when none can. */
  membership({ key, matcher }: Understood): Membership | undefined {
    return this.#memberships.find(key, matcher)
  }

  find(sought: Understood, wanted: Sort | undefined, weak: boolean): Result {
    const { columns } = this.#parts
    if (this.#revision !== columns.revision) this.#kept.clear()
    this.#revision = columns.revision
    const whole = JSON.stringify([wanted, weak, sought.key])
    const result = this.#kept.get(whole) ?? this.#found(sought.query, wanted, weak, this.membership(sought))
    this.#keep(whole, result)
    return result
  }

  #keep(key: string, result: Result): void {
    this.#kept.delete(key)
    this.#kept.set(key, result)
    let members = [...this.#kept.values()].reduce((sum, one) => sum + one.members.length, 0)
    for (const [oldest, one] of this.#kept) {
      if (members <= KEPT_MEMBERS || oldest === key) break
      this.#kept.delete(oldest)
      members -= one.members.length
    }
  }

  #found(query: Query, wanted: Sort | undefined, weak: boolean, membership: Membership | undefined): Result {
    if (membership === undefined) return { query, sort: '-taken', members: new Uint32Array(), scores: undefined, weak: 0, ranked: false }
    const { isMember, count, weights } = membership
    const sort = wanted === undefined || wanted === 'relevance' ? weights.tells ? 'relevance' : '-taken' : wanted
    if (weights.tells && (sort === 'relevance' || !weak)) return this.#ranked(query, listOf(isMember, count), weights.all(), sort, weak)
    return { query, sort, members: this.#parts.sorting.members(isMember, count, sort), scores: undefined, weak: 0, ranked: false }
  }

  #ranked(query: Query, found: Uint32Array, scores: ReadonlyMap<number, number>, sort: Sort, weak: boolean): Result {
    const { columns: { numbers: { tie } }, sorting } = this.#parts
    const scoreOf = (number: number): number => scores.get(number) ?? 0
    const floor = found.reduce((best, number) => Math.max(best, scoreOf(number)), 0) * WEAK_SHARE
    const strong = weak ? found : found.filter((number) => scoreOf(number) >= floor)
    const members = sort === 'relevance' ? strong.sort((a, b) => compareKeys(scoreOf(a), tie[a]!, scoreOf(b), tie[b]!, sort)) : sorting.some(strong, sort)
    return { query, sort, members, scores: Float64Array.from(members, scoreOf), weak: found.length - members.length, ranked: sort === 'relevance' }
  }
}
