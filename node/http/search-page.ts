import { InvalidInputError } from '#protocols/errors.ts'
import type { AssetListQuery } from '#protocols/http.ts'
import type { SearchRequest } from '#ring'
import { searchOf } from '../organise/search-of.ts'
import { timeOf } from './routes/footage.ts'

const MINUTE_MS = 60_000

/** Which page of what a request asks for. */
export function searchRequestOf(query: AssetListQuery, limit: number): SearchRequest {
  const { cursor, offset, at, sort, zone = 0 } = query
  if ([cursor, offset, at].filter((place) => place !== undefined).length > 1) throw new InvalidInputError('a page begins at a cursor, an offset or a moment: give one of them')
  return {
    ...searchOf(query), limit, ...(cursor === undefined ? {} : { cursor }), ...(offset === undefined ? {} : { offset }),
    ...(at === undefined ? {} : { atMs: momentOf(at, zone, sort !== 'taken') })
  }
}

/** A day or month is its end where the newest come first, so that all of it follows. */
function momentOf(text: string, zone: number, newestFirst: boolean): number {
  const [, year, month, day] = /^(\d{4})-(\d\d)(?:-(\d\d))?$/.exec(text) ?? []
  if (year === undefined) return timeOf('at', text)
  const start = Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1))
  const end = day === undefined ? Date.UTC(Number(year), Number(month), 1) : start + 86_400_000
  return (newestFirst ? end - 1 : start) - zone * MINUTE_MS
}
