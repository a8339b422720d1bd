import type { AssetListQuery, SortOrder } from '#protocols/http.ts'

/** What the library is narrowed to; kept in the page's address so that it can be shared and gone back to. */
export interface LibraryQuery {
  readonly q: string
  /** Empty: the best first where there are words, else the newest. */
  readonly sort: SortOrder | ''
  /** With matches that say little. */
  readonly weak: boolean
}

/** Orders to choose from, with their names. */
export const SORT_NAMES: ReadonlyArray<readonly [SortOrder, string]> = [
  ['-taken', 'Newest first'], ['taken', 'Oldest first'], ['-imported', 'Added last'], ['-edited', 'Edited last'], ['name', 'Name'], ['-rating', 'Best rated'], ['-size', 'Largest'], ['-duration', 'Longest'], ['duration', 'Shortest']
]

/** Reads the address; anything that is not of ours counts as none. Filters of older addresses become terms. */
export function parseQuery(search: string): LibraryQuery {
  const query = new URLSearchParams(search)
  const terms = [['kind', 'type:'], ['tag', 'tag:'], ['minRating', 'rating:>=']].flatMap(([name = '', field = '']) => query.has(name) ? [field + written((query.get(name) ?? '').slice(0, 200))] : [])
  return {
    q: [(query.get('q') ?? '').slice(0, 1000).trim(), ...terms].filter((term) => term !== '').join(' '),
    sort: SORT_NAMES.find(([sort]) => sort === query.get('sort'))?.[0] ?? '',
    weak: query.get('weak') === 'true'
  }
}

/** Writes the address; an empty string when nothing is narrowed. */
export function printQuery({ q, sort, weak }: LibraryQuery): string {
  const query = new URLSearchParams()
  if (q.trim() !== '') query.set('q', q.trim())
  if (sort !== '') query.set('sort', sort)
  if (weak) query.set('weak', 'true')
  return query.toString()
}

/** The same as the API's parameters; days are those of this browser. */
export function apiQuery({ q, sort, weak }: LibraryQuery): AssetListQuery {
  return { q: q.trim() || undefined, sort: sort || undefined, weak: weak || undefined, zone: -new Date().getTimezoneOffset() }
}

/** True when any filter or word narrows the list. */
export const isNarrowed = ({ q }: LibraryQuery): boolean => q.trim() !== ''

const TERM = /-?(?:\p{L}[\p{L}\p{N}_-]*|"(?:\\.|[^"\\])*"):(?:"(?:\\.|[^"\\])*"|\S+)/gu

/** The filters of a query, as they are written in it. */
export const termsOf = (q: string): string[] => [...q.matchAll(TERM)].filter(({ index }) => index === 0 || /\s/.test(q[index - 1] ?? '')).map(([term]) => term)

/** The words of a query, without its filters. */
export const wordsOf = (q: string): string => termsOf(q).reduce((rest, term) => ` ${rest} `.replace(` ${term} `, ' '), q).replace(/\s+/g, ' ').trim()

/** A value as it is written after a colon. */
export const written = (value: string): string => /^[^\s"“”„\\-][^\s"“”„\\]*$/.test(value) ? value : `"${value.replace(/[\\"“”„]/g, '\\$&')}"`

/** The query with a filter that it did not have, or without one that it had. */
export function toggleTerm(q: string, term: string): string {
  const at = termsOf(q).includes(term) ? ` ${q} `.indexOf(` ${term} `) : -1
  if (at < 0) return `${q.trim()} ${term}`.trim()
  return `${q.slice(0, at)}${q.slice(at + term.length)}`.replace(/\s+/g, ' ').trim()
}
