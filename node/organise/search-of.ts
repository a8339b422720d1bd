import type { SearchParameters } from '#protocols/http.ts'
import type { SearchQuery } from '#ring'

/** What parameters ask of the search: those beside `q` narrow all that it finds, also where it has an OR. */
export function searchOf({ q = '', kind, tag = '', minRating = 0, sort, weak, zone }: SearchParameters): SearchQuery {
  const also = [...kind === undefined ? [] : [`type:${kind}`], ...minRating === 0 ? [] : [`rating:>=${minRating}`]]
  return { q, also, ...(tag !== '' && { tag }), ...(sort !== undefined && { sort }), ...(weak !== undefined && { weak }), ...(zone !== undefined && { zoneMinutes: zone }) }
}
