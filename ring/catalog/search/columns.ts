import { NUMBER_NAMES, type NumberName, WIDE } from './asset-words.ts'
import { readRow } from './packed-row.ts'

const FIRST_CAPACITY = 1024
/** Changes that are remembered, so that what was made of all assets can be changed with them. @default 2000 */
export const REMEMBERED_CHANGES = 2_000

/** Numbers and words of all assets in memory, by the asset's number in the index: some 120 bytes each. Filters, facets and timelines are loops over these. */
export class Columns {
  /** By name; NaN where an asset has none. */
  readonly numbers: Record<NumberName, Float64Array | Float32Array>
  /** 1 where there is an asset. */
  alive = new Uint8Array(FIRST_CAPACITY)
  /** Word ids of all assets, one asset's after the other's. */
  words = new Uint32Array(FIRST_CAPACITY * 8)
  /** Where in `words` those of an asset begin and end. */
  begins = new Uint32Array(FIRST_CAPACITY)
  ends = new Uint32Array(FIRST_CAPACITY)
  /** Assets that have a word, by its id. */
  totals = new Uint32Array(FIRST_CAPACITY)
  /** Numbers are below this. */
  limit = 0
  size = 0
  /** Raised with every change. */
  revision = 0
  #wordsEnd = 0
  #unused = 0
  /** Numbers that changed, the newest last: one for each revision. */
  #changed: number[] = []

  constructor() {
    this.numbers = Object.fromEntries(NUMBER_NAMES.map((name) => [name, WIDE.has(name) ? new Float64Array(FIRST_CAPACITY) : new Float32Array(FIRST_CAPACITY)])) as Columns['numbers']
  }

  set(number: number, row: Uint8Array): void {
    this.drop(number)
    this.#grow(number)
    this.alive[number] = 1
    this.size++
    this.limit = Math.max(this.limit, number + 1)
    this.begins[number] = this.#wordsEnd
    readRow(row, (at, value) => { this.numbers[NUMBER_NAMES[at]!][number] = value }, (id) => this.#addWord(id))
    this.ends[number] = this.#wordsEnd
  }

  drop(number: number): void {
    this.revision++
    this.#changed.push(number)
    if (this.#changed.length > 2 * REMEMBERED_CHANGES) this.#changed = this.#changed.slice(-REMEMBERED_CHANGES)
    if (this.alive[number] !== 1) return
    this.alive[number] = 0
    this.size--
    for (let at = this.begins[number]!; at < this.ends[number]!; at++) this.totals[this.words[at]!]!--
    this.#unused += this.ends[number]! - this.begins[number]!
    if (this.#unused > 1_000_000 && this.#unused * 2 > this.#wordsEnd) this.#compact()
  }

  /** Numbers that changed since a revision; undefined when that is too long ago to say. */
  changedSince(revision: number): ReadonlySet<number> | undefined {
    const count = this.revision - revision
    return count > this.#changed.length ? undefined : new Set(count === 0 ? [] : this.#changed.slice(-count))
  }

  has(number: number, id: number): boolean {
    for (let at = this.begins[number]!; at < this.ends[number]!; at++) if (this.words[at] === id) return true
    return false
  }

  get bytes(): number {
    return [...Object.values(this.numbers), this.alive, this.words, this.begins, this.ends, this.totals].reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  #addWord(id: number): void {
    if (this.#wordsEnd === this.words.length) this.words = grown(this.words, this.#wordsEnd + 1)
    if (id >= this.totals.length) this.totals = grown(this.totals, id + 1)
    this.words[this.#wordsEnd++] = id
    this.totals[id]!++
  }

  #grow(number: number): void {
    if (number < this.alive.length) return
    for (const name of NUMBER_NAMES) this.numbers[name] = grown(this.numbers[name], number + 1)
    this.alive = grown(this.alive, number + 1)
    this.begins = grown(this.begins, number + 1)
    this.ends = grown(this.ends, number + 1)
  }

  #compact(): void {
    const words = new Uint32Array(this.#wordsEnd - this.#unused + FIRST_CAPACITY)
    let end = 0
    for (let number = 0; number < this.limit; number++) {
      if (this.alive[number] !== 1) continue
      const mine = this.words.subarray(this.begins[number], this.ends[number])
      words.set(mine, end)
      this.begins[number] = end
      this.ends[number] = end += mine.length
    }
    this.words = words
    this.#wordsEnd = end
    this.#unused = 0
  }
}

function grown<T extends Float64Array | Float32Array | Uint32Array | Uint8Array>(array: T, least: number): T {
  const bigger = new (array.constructor as new (length: number) => T)(Math.max(least, Math.ceil(array.length * 1.5)))
  bigger.set(array)
  return bigger
}
