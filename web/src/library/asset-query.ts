import type { AssetListQuery } from '#protocols/http.ts'

/** What the library is narrowed to; kept in the page's address so that it can be shared and gone back to. */
export interface LibraryQuery {
  readonly q: string
  readonly kind: '' | 'video' | 'audio' | 'image'
  readonly tag: string
  readonly minRating: number
}

const KINDS = ['video', 'audio', 'image'] as const

/** Reads the address; anything that is not a filter of ours counts as none. */
export function parseQuery(search: string): LibraryQuery {
  const query = new URLSearchParams(search)
  const rating = Number(query.get('minRating') ?? 0)
  return {
    q: (query.get('q') ?? '').slice(0, 500),
    kind: KINDS.find((kind) => kind === query.get('kind')) ?? '',
    tag: (query.get('tag') ?? '').slice(0, 200),
    minRating: Number.isInteger(rating) && rating >= 1 && rating <= 5 ? rating : 0
  }
}

/** Writes the address; an empty string when nothing is narrowed. */
export function printQuery({ q, kind, tag, minRating }: LibraryQuery): string {
  const query = new URLSearchParams()
  if (q.trim() !== '') query.set('q', q.trim())
  if (kind !== '') query.set('kind', kind)
  if (tag !== '') query.set('tag', tag)
  if (minRating > 0) query.set('minRating', String(minRating))
  return query.toString()
}

/** The same as the API's parameters. */
export function apiQuery({ q, kind, tag, minRating }: LibraryQuery): AssetListQuery {
  return { q: q.trim() || undefined, kind: kind || undefined, tag: tag || undefined, minRating: minRating || undefined }
}

/** True when any filter or word narrows the list. */
export function isNarrowed(query: LibraryQuery): boolean {
  return printQuery(query) !== ''
}
