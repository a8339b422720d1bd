import { DatabaseSync } from 'node:sqlite'
import { InvalidInputError } from '#protocols/errors.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { Asset } from '../catalog.ts'
import { OWN_FIELD, parseQuery, type Query } from '../query-language.ts'
import { limitOf } from '../asset-search.ts'
import { Columns } from './columns.ts'
import { completionOf } from './completing.ts'
import { facetsOf, timelineOf, wordCounts } from './counting.ts'
import { Dictionary } from './dictionary.ts'
import { matcherOf, type MatcherParts } from './matcher.ts'
import { placeNamed } from './places.ts'
import { type Result, Results, type Understood } from './results.ts'
import { type Completion, type Facets, type SearchHit, type SearchPage, type SearchQuery, type SearchRequest, SORTS, type Timeline } from './search.ts'
import { compareKeys, firstAfter, isDescending, type Key, Sorting } from './sorting.ts'
import { TextMatch } from './text-match.ts'
import { NO_TITLES, type Titles } from './titles.ts'
import { whyOf } from './why.ts'
import { totalsWithin } from './within.ts'

/** Answers searches from an index another thread writes. It reads all of it once, and is told what changed. */
export class SearchEngine {
  readonly #database: DatabaseSync
  readonly #columns = new Columns()
  readonly #dictionary = new Dictionary()
  readonly #text: TextMatch
  readonly #sorting: Sorting
  readonly #results: Results
  #titles = NO_TITLES
  /** Raised when they change. */
  #naming = 0

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true })
    this.#database.exec('PRAGMA cache_size = -32768')
    this.#text = new TextMatch(this.#database)
    this.#sorting = new Sorting(this.#columns, this.#database)
    this.#results = new Results({ columns: this.#columns, dictionary: this.#dictionary, sorting: this.#sorting, text: this.#text })
    this.#reading(() => {
      const rows = this.#database.prepare('SELECT number, packed FROM assets')
      rows.setReturnArrays(true)
      for (const row of rows.iterate() as unknown as Iterable<[number, Uint8Array]>) this.#columns.set(row[0], row[1])
    })
  }

  close(): void {
    this.#text.close()
    this.#database.close()
  }

  /** Bytes of memory for what is known of all assets. */
  get bytes(): number {
    return this.#columns.bytes
  }

  /** What people call albums and imports from now on. */
  called(titles: Titles): void {
    this.#titles = titles
    this.#naming++
  }

  /** These rows were written or removed. */
  touched(numbers: Iterable<number>): void {
    this.#reading(() => {
      const find = this.#database.prepare('SELECT packed FROM assets WHERE number = ?')
      for (const number of numbers) {
        const row = find.get(number) as { packed: Uint8Array } | undefined
        if (row === undefined) this.#columns.drop(number)
        else this.#columns.set(number, row.packed)
      }
    })
  }

  page(request: SearchRequest): SearchPage {
    const result = this.#find(request)
    const { members, scores, query } = result
    const limit = limitOf(request.limit)
    const offset = this.#begin(request, result)
    const shown = members.subarray(offset, offset + limit)
    const hits = Array.from(shown, (number, at) => this.#hit(number, scores?.[offset + at], query)).filter((hit) => hit !== undefined)
    const last = offset + shown.length < members.length ? shown.at(-1) : undefined
    const cursor = last === undefined ? undefined : writeCursor(this.#keyOf(last, offset + shown.length - 1, result), this.#columns.numbers.tie[last]!)
    return { hits, total: members.length, weak: result.weak, ranked: result.ranked, offset, cursor }
  }

  facets(asked: SearchQuery): Facets {
    const { members } = this.#find(asked)
    const parts = this.#parts()
    const counts = asked.within === undefined ? wordCounts(members, parts.columns) : totalsWithin(asked.within, members, parts)
    return { total: members.length, facets: facetsOf(members, counts, asked.zoneMinutes ?? 0, parts) }
  }

  timeline(asked: SearchQuery): Timeline {
    const { members, sort } = this.#find(asked)
    return timelineOf(members, asked.zoneMinutes ?? 0, this.#columns, 'day', sort !== 'taken')
  }

  ids(asked: SearchQuery, limit: number): AssetId[] {
    const { members } = this.#find(asked)
    const statement = this.#database.prepare('SELECT id FROM assets WHERE number = ?')
    return Array.from(members.subarray(0, limit), (number) => (statement.get(number) as { id: AssetId } | undefined)?.id).filter((id) => id !== undefined)
  }

  complete(text: string, at: number, within: SearchQuery['within']): Completion {
    const parts = this.#parts()
    return completionOf(text, at, within === undefined ? parts : { ...parts, columns: { totals: totalsWithin(within, this.#find({ within }).members, parts) } })
  }

  count(asked: SearchQuery): number {
    return this.#results.membership(this.#understood(asked))?.count ?? 0
  }

  has(asked: SearchQuery, id: AssetId): boolean {
    const row = this.#database.prepare('SELECT number FROM assets WHERE id = ?').get(id) as { number: number } | undefined
    return row !== undefined && this.#results.membership(this.#understood(asked))?.isMember[row.number] === 1
  }

  albumCounts(): Map<string, number> {
    const counts = this.#dictionary.ids('album').map((id): [string, number] => [this.#dictionary.word(id)?.value ?? '', this.#columns.totals[id] ?? 0])
    return new Map(counts.filter(([, assets]) => assets > 0))
  }

  #find(asked: SearchQuery): Result {
    const { sort, weak = false } = asked
    if (sort !== undefined && !SORTS.includes(sort)) throw new InvalidInputError(`there is no order ${JSON.stringify(String(sort).slice(0, 40))}: they are ${SORTS.join(', ')}`)
    return this.#results.find(this.#understood(asked), sort, weak)
  }

  #understood({ q = '', also = [], zoneMinutes = 0, within, albums, batch, tag }: SearchQuery): Understood {
    const context = { nowMs: Date.now(), zoneMinutes, ownFields: this.#ownFields() }
    const lines = [q, ...also].map((line) => parseQuery(line, context))
    const filters = { ...within && { within }, ...albums && { albums }, ...batch !== undefined && { batch }, ...tag !== undefined && { tag } }
    const key = JSON.stringify([lines, filters, /album|batch/i.test([q, ...also].join(' ')) ? this.#naming : 0])
    return { key, query: { clauses: lines.flatMap(({ clauses }) => clauses) }, matcher: () => matcherOf(lines, filters, { ...this.#parts(), within, text: this.#text, place: placeNamed }) }
  }

  #parts(): Pick<MatcherParts, 'columns' | 'dictionary' | 'titles'> {
    return { columns: this.#columns, dictionary: this.#dictionary, titles: this.#titles }
  }

  #begin({ cursor, offset = 0, atMs }: SearchRequest, result: Result): number {
    if (cursor !== undefined) {
      const { key, tie } = readCursor(cursor)
      return this.#firstAfter(key, tie, result)
    }
    if (atMs === undefined) return Math.max(0, Math.min(result.members.length, Math.trunc(offset)))
    if (result.sort !== '-taken' && result.sort !== 'taken') throw new InvalidInputError('a moment can be gone to only where assets are sorted by when they were taken')
    return this.#firstAfter(atMs, isDescending(result.sort) ? Infinity : -Infinity, result)
  }

  /** Place of the first member that comes after this one, also where that is gone or was changed since. */
  #firstAfter(key: Key, own: number, result: Result): number {
    const { members, sort } = result
    const { tie } = this.#columns.numbers
    return firstAfter(members.length, (at) => compareKeys(this.#keyOf(members[at]!, at, result), tie[members[at]!]!, key, own, sort))
  }

  #keyOf(number: number, at: number, { sort, scores }: Result): Key {
    return sort === 'relevance' ? scores?.[at] ?? 0 : this.#sorting.keyOf(number, sort)
  }

  #hit(number: number, score: number | undefined, query: Query): SearchHit | undefined {
    const row = this.#database.prepare('SELECT asset FROM assets WHERE number = ?').get(number) as { asset: string } | undefined
    if (row === undefined) return undefined // removed a moment ago
    const asset = JSON.parse(row.asset) as Asset
    return { asset: { ...asset, poster: asset.poster, deletedAtMs: asset.deletedAtMs }, score, why: query.clauses.length === 0 ? [] : whyOf(asset, query) }
  }

  #ownFields(): string[] {
    return this.#dictionary.kinds().filter((kind) => kind.startsWith(OWN_FIELD)).map((kind) => kind.slice(OWN_FIELD.length))
  }

  /** In one transaction, so that no row names a word that is not known yet. */
  #reading(read: () => void): void {
    this.#database.exec('BEGIN')
    try {
      for (const { id, kind, value } of this.#database.prepare('SELECT id, kind, value FROM words WHERE id > ? ORDER BY id').all(this.#dictionary.last) as Array<{ id: number; kind: string; value: string }>) this.#dictionary.add(id, kind, value)
      read()
    } finally {
      this.#database.exec('COMMIT')
    }
  }
}

function writeCursor(key: Key, tie: number): string {
  return Buffer.from(JSON.stringify([Number.isNaN(key) ? null : key, tie])).toString('base64url')
}

function readCursor(cursor: string): { key: Key; tie: number } {
  try {
    const [key, tie] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (typeof tie === 'number' && (key === null || typeof key === 'number' || typeof key === 'string')) return { key: key ?? Number.NaN, tie }
  } catch {}
  throw new InvalidInputError('this cursor was not given out by a list of assets; ask for the first page again')
}
