import type { Columns } from './columns.ts'
import type { Dictionary } from './dictionary.ts'
import type { Matcher, Test } from './matcher.ts'
import type { TextMatch } from './text-match.ts'

/** Queries of which it is remembered which assets match, a byte an asset each. @default 16 */
export const KEPT_MEMBERSHIPS = 16
/** After more changes than this it is found out anew. @default 200 */
export const FEW_CHANGES = 200

/** Words that more assets than this have tell nothing of one: they rank nothing, and where there are no others the assets come by date. @default 20000 */
export const RANKED_MATCHES = 20_000

/** Which assets match a query. */
export interface Membership {
  /** 1 where one does, by its number. */
  readonly isMember: Uint8Array
  readonly count: number
  /** The clauses of words and how many assets each matched when it was found out, the rarest first. */
  readonly matches: ReadonlyArray<{ readonly match: string; readonly count: number }>
  /** By number, higher is better; undefined where no word tells anything. What changes is weighed anew, what others weigh because of it is not. */
  readonly scores: ReadonlyMap<number, number> | undefined
}

interface Kept extends Membership {
  readonly scores: Map<number, number> | undefined
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
    const matches = sets.map(({ match, numbers }) => ({ match, count: numbers.length }))
    const telling = tellingOf(matches)
    return { isMember, count, matches, scores: telling === undefined ? undefined : text.scores(telling), revision, words: dictionary.last, matcher }
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
    this.#weigh(known, changed)
    return { ...known, isMember, count, revision: columns.revision }
  }

  #weigh({ scores, matches }: Kept, changed: ReadonlySet<number>): void {
    const telling = tellingOf(matches)
    if (scores === undefined || telling === undefined) return
    for (const number of changed) scores.delete(number)
    for (const [number, score] of this.#parts.text.scores(telling, [...changed])) scores.set(number, score)
  }

  #matches(number: number, { matches, tests }: Matcher): boolean {
    const { columns, text } = this.#parts
    return columns.alive[number] === 1 && passes(tests, number) && matches.every((match) => text.matches(match, number))
  }
}

/** The words that tell most: what nearly every asset has says nothing about one, and takes long to weigh. */
function tellingOf(matches: Membership['matches']): string | undefined {
  const telling = matches.filter(({ count }) => count <= RANKED_MATCHES)
  return telling.length === 0 ? undefined : telling.map(({ match }) => match).join(' AND ')
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
