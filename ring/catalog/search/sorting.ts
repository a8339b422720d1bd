import type { DatabaseSync } from 'node:sqlite'
import type { NumberName } from './asset-words.ts'
import type { Columns } from './columns.ts'
import { sortedBy } from './radix-sort.ts'
import type { Sort } from './search.ts'

/** So many are sorted by themselves, more by going through all that are sorted. @default 2000 */
export const FEW = 2_000
/** Orders of the whole library that are kept until something changes. @default 3 */
export const KEPT_ORDERS = 3

/** What a list is sorted by. */
export type Key = number | string

/** Sorts assets. Those of equal value come in the order of their ids. */
export class Sorting {
  readonly #columns: Columns
  readonly #database: DatabaseSync
  readonly #orders = new Map<string, { readonly revision: number; readonly order: Uint32Array }>()

  constructor(columns: Columns, database: DatabaseSync) {
    this.#columns = columns
    this.#database = database
  }

  /** All assets. */
  all(sort: Sort): Uint32Array {
    const { revision } = this.#columns
    const known = this.#orders.get(sort)
    const changed = known === undefined ? undefined : this.#columns.changedSince(known.revision)
    const order = known?.revision === revision ? known.order : known === undefined || changed === undefined ? this.#whole(sort) : this.#renewed(known.order, changed, sort)
    this.#orders.delete(sort)
    this.#orders.set(sort, { revision, order })
    for (const oldest of this.#orders.keys()) if (this.#orders.size > KEPT_ORDERS) this.#orders.delete(oldest)
    return order
  }

  /** The members of a set. */
  members(isMember: Uint8Array, count: number, sort: Sort): Uint32Array {
    if (count === this.#columns.size) return this.all(sort)
    if (count <= FEW) return this.some(listOf(isMember, count), sort)
    const order = this.all(sort)
    const members = new Uint32Array(count)
    for (let at = 0, found = 0; at < order.length; at++) if (isMember[order[at]!] === 1) members[found++] = order[at]!
    return members
  }

  /** A few assets. */
  some(members: Uint32Array, sort: Sort): Uint32Array {
    return nameOf(sort) === 'name' ? this.#fewByName(members, sort) : this.#byNumber(members, sort)
  }

  keyOf(number: number, sort: Sort): Key {
    if (nameOf(sort) === 'name') return this.#name(number)
    return this.#columns.numbers[nameOf(sort) as NumberName][number] ?? Number.NaN
  }

  #whole(sort: Sort): Uint32Array {
    return nameOf(sort) === 'name' ? this.#byName(sort) : this.#byNumber(everybody(this.#columns), sort)
  }

  /** An order without what changed, and with that where it belongs now. */
  #renewed(order: Uint32Array, changed: ReadonlySet<number>, sort: Sort): Uint32Array {
    const { tie } = this.#columns.numbers
    const kept = without(order, changed, this.#columns.limit)
    const added = Array.from(changed).filter((number) => this.#columns.alive[number] === 1).map((number) => ({ number, key: this.keyOf(number, sort), tie: tie[number]! }))
    added.sort((a, b) => compareKeys(a.key, a.tie, b.key, b.tie, sort))
    const renewed = new Uint32Array(kept.length + added.length)
    let copied = 0
    for (const [at, { number, key, tie: own }] of added.entries()) {
      const place = firstAfter(kept.length, (i) => compareKeys(this.keyOf(kept[i]!, sort), tie[kept[i]!]!, key, own, sort))
      renewed.set(kept.subarray(copied, place), copied + at)
      renewed[place + at] = number
      copied = place
    }
    renewed.set(kept.subarray(copied), copied + added.length)
    return renewed
  }

  #byNumber(members: Uint32Array, sort: Sort): Uint32Array {
    const isDown = isDescending(sort)
    return sortedBy(sortedBy(members, this.#columns.numbers.tie, isDown), this.#columns.numbers[nameOf(sort) as NumberName], isDown)
  }

  #byName(sort: Sort): Uint32Array {
    const row = this.#database.prepare('SELECT json_group_array(number) AS numbers FROM (SELECT number FROM assets ORDER BY sort_name, id)').get() as { numbers: string }
    const whole = Uint32Array.from(JSON.parse(row.numbers) as number[]).filter((number) => this.#columns.alive[number] === 1)
    return isDescending(sort) ? whole.reverse() : whole
  }

  #fewByName(members: Uint32Array, sort: Sort): Uint32Array {
    const named = Array.from(members, (number) => ({ number, name: this.#name(number), tie: this.#columns.numbers.tie[number]! }))
    named.sort((a, b) => compareKeys(a.name, a.tie, b.name, b.tie, sort))
    return Uint32Array.from(named, ({ number }) => number)
  }

  #name(number: number): string {
    const row = this.#database.prepare('SELECT sort_name FROM assets WHERE number = ?').get(number) as { sort_name: string } | undefined
    return row?.sort_name ?? ''
  }
}

export const isDescending = (sort: Sort): boolean => sort.startsWith('-') || sort === 'relevance'
const nameOf = (sort: Sort): string => sort.replace(/^-/, '')

/** Below zero when the first comes first. Text is compared as SQLite does, by its code points. */
export function compareKeys(a: Key, aTie: number, b: Key, bTie: number, sort: Sort): number {
  const [aNone, bNone] = [Number.isNaN(a), Number.isNaN(b)]
  if (aNone !== bNone) return aNone ? 1 : -1
  const by = aNone ? 0 : typeof a === 'string' && typeof b === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a < b ? -1 : a > b ? 1 : 0
  return (by || (aTie < bTie ? -1 : aTie > bTie ? 1 : 0)) * (isDescending(sort) ? -1 : 1)
}

/** By halves: the first place of an ordered list that comes after what is sought. */
export function firstAfter(length: number, compare: (place: number) => number): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(middle) > 0) high = middle
    else low = middle + 1
  }
  return low
}

function without(order: Uint32Array, gone: ReadonlySet<number>, limit: number): Uint32Array {
  const isGone = new Uint8Array(limit)
  for (const number of gone) isGone[number] = 1
  const kept = new Uint32Array(order.length)
  let count = 0
  for (let at = 0; at < order.length; at++) if (isGone[order[at]!] !== 1) kept[count++] = order[at]!
  return kept.subarray(0, count)
}

/** The members of a set, by number. */
export function listOf(isMember: Uint8Array, count: number): Uint32Array {
  const members = new Uint32Array(count)
  for (let number = 0, found = 0; found < count && number < isMember.length; number++) if (isMember[number] === 1) members[found++] = number
  return members
}

function everybody({ alive, limit, size }: Columns): Uint32Array {
  const members = new Uint32Array(size)
  let count = 0
  for (let number = 0; number < limit; number++) if (alive[number] === 1) members[count++] = number
  return members
}
