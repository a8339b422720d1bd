/** The search of the library over HTTP. */
import { type Static, type TSchema, Type } from 'typebox'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** Longest query, in UTF-16 units. */
const MAX_QUERY = 1_000

export type SortOrder = 'relevance' | '-taken' | 'taken' | '-imported' | 'imported' | '-edited' | 'edited' | 'name' | '-name' | '-size' | 'size' | '-duration' | 'duration' | '-rating' | 'rating'
export const SortOrder = Type.Unsafe<SortOrder>(Type.Union(([
  'relevance', '-taken', 'taken', '-imported', 'imported', '-edited', 'edited', 'name', '-name', '-size', 'size', '-duration', 'duration', '-rating', 'rating'
] as const).map((sort) => Type.Literal(sort)), { description: 'a minus: from the most to the least, dates from the newest on; `relevance` where there are words, else `-taken`' }))

const QueryText = Type.String({ maxLength: MAX_QUERY, description: 'words, "phrases", -exclusion, OR, and fields such as `tag:place rating:>=3 duration:1m..5m after:2026-03 near:"59.91,10.75,20km"`' })
const Zone = Type.Integer({ minimum: -840, maximum: 840, description: 'minutes the asker\'s clock is ahead of UTC: days and dates are theirs' })

/** What narrows and sorts the library. */
export const SearchFields = {
  q: Type.Optional(QueryText),
  kind: Type.Optional(Type.Union([Type.Literal('video'), Type.Literal('audio'), Type.Literal('image')])),
  tag: Type.Optional(Type.String({ maxLength: 200 })),
  minRating: Type.Optional(Type.Integer({ minimum: 0, maximum: 5 })),
  sort: Type.Optional(SortOrder),
  weak: Type.Optional(Type.Boolean({ description: 'with matches that say little' })),
  zone: Type.Optional(Zone)
}

/** Which part of the list. */
export const PlaceFields = {
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'begin at this place of the whole list' })),
  at: Type.Optional(Type.String({ maxLength: 40, description: 'begin at this day, month or moment, where assets are sorted by when they were taken: 2026-03-21, 2026-03, ISO 8601 or Unix ms' }))
}

export const SearchParameters = Type.Object(SearchFields)
export type SearchParameters = Static<typeof SearchParameters>

/** Why a hit is one. */
export const HitFields = {
  score: Type.Optional(Type.Number({ description: 'higher is better; where hits are ranked' })),
  why: Type.Optional(Type.Array(Type.Object({ field: Type.String(), text: Type.String(), ranges: Type.Array(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 }), { description: 'from, to in UTF-16 units of `text`' }) }), { description: 'where the words of the query are' }))
}

export const ListFields = {
  weak: Type.Optional(Type.Number({ description: 'weak matches that are left out' })),
  ranked: Type.Optional(Type.Boolean({ description: 'false where so many match that they come by date' })),
  offset: Type.Optional(Type.Number({ description: 'place of the first asset in the whole list' }))
}

export const FacetList = Type.Object({
  total: Type.Number(),
  facets: Type.Array(Type.Object({
    field: Type.String({ description: 'as in a query' }),
    values: Type.Array(Type.Object({ value: Type.String(), title: nullable(Type.String()), assets: Type.Number() })),
    more: Type.Number({ description: 'values beyond these' })
  }))
})
export type FacetList = Static<typeof FacetList>

export const TimelineView = Type.Object({
  total: Type.Number(),
  unit: Type.Union([Type.Literal('day'), Type.Literal('month')]),
  entries: Type.Array(Type.Array(Type.Union([Type.String(), Type.Number()]), { minItems: 2, maxItems: 2 }), { description: '[`2026-11-20`, assets], in the order of the list' })
})
export type TimelineView = Omit<Static<typeof TimelineView>, 'entries'> & { entries: Array<[string, number]> }

export const CompletionQuery = Type.Object({ text: Type.String({ maxLength: MAX_QUERY }), at: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_QUERY, description: 'where the caret is' })) })
export const CompletionView = Type.Object({
  from: Type.Number(),
  to: Type.Number(),
  items: Type.Array(Type.Object({ text: Type.String({ description: 'takes the place of the text between `from` and `to`' }), label: Type.String(), assets: nullable(Type.Number()) }))
})
export type CompletionView = Static<typeof CompletionView>

/** A query somebody keeps, for everybody of the ring. */
export const SavedSearch = Type.Object({
  id: Type.String(),
  name: Type.String({ minLength: 1, maxLength: 100 }),
  q: QueryText,
  sort: nullable(SortOrder),
  createdAtMs: Type.Number(),
  by: Type.String({ description: 'who saved it' })
})
export type SavedSearch = Static<typeof SavedSearch>
export const SavedSearchList = Type.Object({ searches: Type.Array(SavedSearch) })
export type SavedSearchList = Static<typeof SavedSearchList>
export const SavedSearchChange = Type.Object({
  name: Type.Optional(SavedSearch.properties.name),
  q: Type.Optional(QueryText),
  sort: Type.Optional(nullable(SortOrder))
}, { additionalProperties: false, minProperties: 1 })
export type SavedSearchChange = Static<typeof SavedSearchChange>
export const NewSavedSearch = Type.Object({ name: SavedSearch.properties.name, q: QueryText, sort: Type.Optional(nullable(SortOrder)) }, { additionalProperties: false })
export type NewSavedSearch = Static<typeof NewSavedSearch>
