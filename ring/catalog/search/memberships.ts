import type { Columns } from './columns.ts'
import type { Dictionary } from './dictionary.ts'
import type { Matcher } from './matcher.ts'
import type { TextMatch } from './text-match.ts'
import { Weights } from './weights.ts'
import type { Test } from './word-test.ts'

/** Queries of which it is remembered which assets match, a byte an asset each. @default 16 */
export const KEPT_MEMBERSHIPS = 16
/** After more changes than this it is found out anew. @default 200 */
export const FEW_CHANGES = 200

/** Which assets match a query. */
export interface Membership {
  /** 1 where one does, by its number. */
  readonly isMember: Uint8Array
  readonly count: number
  /** How well. What changes is weighed anew, what others weigh because of it is not. */
  readonly weights: Weights
}

interface Kept extends Membership {
  readonly revision: number
  readonly words: number
  readonly matcher: Matcher
}

export interface MembershipsParts {
  readonly columns: Columns
  readonly dictionary: Dictionary
  readonly text: TextMatch
}

/** Finds out which assets match, and keeps it true while single assets change. */
export class Memberships {
  readonly #parts: MembershipsParts
  readonly #kept = new Map<string, Kept>()

  constructor(parts: MembershipsParts) {
    this.#parts = parts
  }

  find(key: string, matcherOf: () => Matcher | undefined): Membership | undefined {
    const known = this.#kept.get(key)
    const kept = known === undefined ? undefined : this.#renewed(known)
    const found = kept ?? this.#found(matcherOf())
    this.#kept.delete(key)
    if (found === undefined) return undefined
    this.#kept.set(key, found)
    for (const oldest of this.#kept.keys()) if (this.#kept.size > KEPT_MEMBERSHIPS) this.#kept.delete(oldest)
    return found
  }

  #found(matcher: Matcher | undefined): Kept | undefined {
    if (matcher === undefined) return undefined
    const { columns, dictionary, text } = this.#parts
    const { limit, alive, revision } = columns
    const sets = matcher.matches.map((match) => ({ match, numbers: text.numbers(match) })).sort((a, b) => a.numbers.length - b.numbers.length)
    let isMember: Uint8Array = alive.slice(0, limit)
    for (const { numbers } of sets) isMember = both(isMember, numbers)
    let count = 0
    for (let number = 0; number < limit; number++) {
      if (isMember[number] === 1 && !passes(matcher.tests, number)) isMember[number] = 0
      count += isMember[number]!
    }
    const weights = new Weights(text, sets.map(({ match, numbers }) => ({ match, count: numbers.length })))
    return { isMember, count, weights, revision, words: dictionary.last, matcher }
  }

  /** Undefined when too much changed, or when there are words now that the query may mean, too. */
  #renewed(known: Kept): Kept | undefined {
    const { columns, dictionary } = this.#parts
    const changed = columns.changedSince(known.revision)
    if (changed === undefined || changed.size > FEW_CHANGES || dictionary.last !== known.words) return undefined
    if (changed.size === 0) return known
    const isMember = columns.limit > known.isMember.length ? new Uint8Array(columns.limit + FEW_CHANGES) : known.isMember
    if (isMember !== known.isMember) isMember.set(known.isMember)
    let { count } = known
    for (const number of changed) {
      const is = this.#matches(number, known.matcher) ? 1 : 0
      count += is - isMember[number]!
      isMember[number] = is
    }
    known.weights.renew(changed)
    return { ...known, isMember, count, revision: columns.revision }
  }

  #matches(number: number, { matches, tests }: Matcher): boolean {
    const { columns, text } = this.#parts
    return columns.alive[number] === 1 && passes(tests, number) && matches.every((match) => text.matches(match, number))
  }
}

function passes(tests: readonly Test[], number: number): boolean {
  for (let at = 0; at < tests.length; at++) if (!tests[at]!(number)) return false
  return true
}

function both(isMember: Uint8Array, numbers: Uint32Array): Uint8Array {
  const both = new Uint8Array(isMember.length)
  for (let at = 0; at < numbers.length; at++) if (isMember[numbers[at]!] === 1) both[numbers[at]!] = 1
  return both
}
