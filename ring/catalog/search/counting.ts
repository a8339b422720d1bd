/** Facets and timelines: counts over a list of assets. */
import { OWN_FIELD } from '../query-language.ts'
import type { Columns } from './columns.ts'
import type { Dictionary } from './dictionary.ts'
import type { Facet, FacetValue, Timeline } from './search.ts'
import { type Titles, titlesFor } from './titles.ts'

/** Values of a facet that are shown. @default 60 */
export const FACET_VALUES = 60
/** Facets of people's own fields that are shown. @default 20 */
export const OWN_FACETS = 20
/** A timeline of more days than this is told by months. @default 20000 */
export const MAX_DAYS = 20_000
/** Kinds of words that are counted, in the order they are shown. */
export const FACET_FIELDS = ['type', 'camera', 'tag', 'album', 'label', 'flag', 'state', 'codec', 'ext', 'batch', 'licence'] as const

/** People's own fields of these names are counted with what the file says. */
const COUNTED_TOGETHER: ReadonlySet<string> = new Set([`${OWN_FIELD}camera`, `${OWN_FIELD}batch`])

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

export interface CountingParts {
  readonly columns: Columns
  readonly dictionary: Dictionary
  readonly titles: Titles
}

/** `counts`: how many of them have each word. */
export function facetsOf(members: Uint32Array, counts: Uint32Array, zoneMinutes: number, { columns, dictionary, titles }: CountingParts): Facet[] {
  const facet = (field: string): Facet => {
    const found = dictionary.ids(field).filter((id) => (counts[id] ?? 0) > 0).map((id) => ({ value: dictionary.word(id)?.value ?? '', assets: counts[id] ?? 0 }))
    const values = found.sort((a, b) => b.assets - a.assets || (a.value < b.value ? -1 : 1)).map(({ value, assets }): FacetValue => ({ value, title: titlesFor(titles, field)?.get(value), assets }))
    return { field: field.startsWith(OWN_FIELD) ? field.slice(OWN_FIELD.length) : field, values: values.slice(0, FACET_VALUES), more: Math.max(0, values.length - FACET_VALUES) }
  }
  const own = dictionary.kinds().filter((kind) => kind.startsWith(OWN_FIELD) && !COUNTED_TOGETHER.has(kind.toLowerCase())).map(facet).filter(({ values }) => values.length > 0).slice(0, OWN_FACETS)
  const { entries: months } = timelineOf(members, zoneMinutes, columns, 'month', true)
  return [...FACET_FIELDS.map(facet), ratings(members, columns), byDate('year', sumBy(months, 4)), byDate('month', months), ...own].filter(({ values }) => values.length > 0)
}

/** How many of these assets have each word, by its id. */
export function wordCounts(members: Uint32Array, { words, begins, ends, totals, size }: Columns): Uint32Array {
  if (members.length === size) return totals
  const counts = new Uint32Array(totals.length)
  for (let i = 0; i < members.length; i++) {
    const number = members[i]!
    for (let at = begins[number]!; at < ends[number]!; at++) counts[words[at]!]!++
  }
  return counts
}

function ratings(members: Uint32Array, { numbers: { rating } }: Columns): Facet {
  const counts = new Uint32Array(6)
  for (const number of members) counts[rating[number]!]!++
  const values = [...counts].map((assets, stars): FacetValue => ({ value: String(stars), title: undefined, assets })).filter(({ assets }) => assets > 0)
  return { field: 'rating', values: values.reverse(), more: 0 }
}

function byDate(field: string, entries: Timeline['entries']): Facet {
  return { field, values: entries.slice(0, FACET_VALUES).map(([value, assets]) => ({ value, title: undefined, assets })), more: Math.max(0, entries.length - FACET_VALUES) }
}

function sumBy(entries: Timeline['entries'], length: number): Array<[string, number]> {
  const sums = new Map<string, number>()
  for (const [value, assets] of entries) sums.set(value.slice(0, length), (sums.get(value.slice(0, length)) ?? 0) + assets)
  return [...sums]
}

/** How many of a list were taken on each day of the asker; the newest first, or the oldest. */
export function timelineOf(members: Uint32Array, zoneMinutes: number, columns: Columns, unit: Timeline['unit'] = 'day', newestFirst = true): Timeline {
  const days = dayCounts(members, zoneMinutes, columns)
  if (unit === 'day' && days.length > MAX_DAYS) return timelineOf(members, zoneMinutes, columns, 'month', newestFirst)
  if (newestFirst) days.reverse()
  const entries = days.map(([day, assets]): [string, number] => [new Date(day * DAY_MS).toISOString().replace(/T.*$/, ''), assets])
  return { total: members.length, unit, entries: unit === 'day' ? entries : sumBy(entries, entries.some(([day]) => day.length > 10) ? 10 : 7) }
}

/** By day since 1970, the oldest first. */
function dayCounts(members: Uint32Array, zoneMinutes: number, { numbers: { taken } }: Columns): Array<[number, number]> {
  const counts = new Map<number, number>()
  let lastDay = Number.NaN
  let run = 0
  for (let i = 0; i < members.length; i++) {
    const day = Math.floor((taken[members[i]!]! + zoneMinutes * MINUTE_MS) / DAY_MS)
    if (day !== lastDay) {
      if (run > 0) counts.set(lastDay, (counts.get(lastDay) ?? 0) + run)
      lastDay = day
      run = 0
    }
    run++
  }
  if (run > 0) counts.set(lastDay, (counts.get(lastDay) ?? 0) + run)
  return [...counts].sort(([a], [b]) => a - b)
}
