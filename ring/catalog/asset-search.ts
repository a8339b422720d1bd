import { InvalidInputError } from '#protocols/errors.ts'
import type { AssetQuery } from './catalog.ts'
import { TEXT_WEIGHTS } from './index-schema.ts'
import { anywhere, wordsIn } from './search/words.ts'

/** Assets on a page unless the caller says otherwise. @default 60 */
export const DEFAULT_PAGE = 60
/** Most assets on a page. @default 500 */
export const MAX_PAGE = 500

type Value = string | number

/** Two statements and their values: the page (with one row more than asked, to know whether another page follows) and the total. */
export interface AssetSearch {
  readonly page: string
  readonly pageValues: Value[]
  readonly total: string
  readonly totalValues: Value[]
  readonly limit: number
}

/** Rows of a page: what was asked for, within bounds. */
export const limitOf = (limit: number = DEFAULT_PAGE): number => Math.min(MAX_PAGE, Math.max(1, Math.trunc(limit)))

/** The statements of a query; undefined when it can match nothing. @throws InvalidInputError for a cursor that is not ours */
export function assetSearch(query: AssetQuery): AssetSearch | undefined {
  const text = query.text?.trim() ?? ''
  const match = anywhere(wordsIn(text)) ?? ''
  if (text !== '' && match === '') return undefined
  const limit = limitOf(query.limit)
  const { conditions, values } = filters(query, match)
  const where = (list: string[]): string => (list.length > 0 ? `WHERE ${list.join(' AND ')}` : '')
  const from = match === '' ? 'assets' : 'asset_text JOIN assets ON assets.number = asset_text.rowid'
  const rank = match === '' ? '-imported_at' : `bm25(asset_text, ${TEXT_WEIGHTS})`
  const after = query.cursor === undefined ? undefined : parseCursor(query.cursor)
  const rows = `SELECT ${rank} AS place, id, asset FROM ${from} ${where(conditions)}`
  const page = match === ''
    ? `SELECT -imported_at AS place, id, asset FROM assets ${where([...conditions, ...(after ? ['(imported_at < ? OR (imported_at = ? AND id > ?))'] : [])])} ORDER BY imported_at DESC, id LIMIT ?`
    : `SELECT * FROM (${rows}) ${after ? 'WHERE (place, id) > (?, ?)' : ''} ORDER BY place, id LIMIT ?`
  const afterValues = after === undefined ? [] : match === '' ? [-after.place, -after.place, after.id] : [after.place, after.id]
  return {
    page, pageValues: [...values, ...afterValues, limit + 1],
    total: `SELECT count(*) AS total FROM ${from} ${where(conditions)}`, totalValues: values,
    limit
  }
}

function filters({ kind, albums, batch }: AssetQuery, match: string): { conditions: string[]; values: Value[] } {
  const all: Array<[string, Value | undefined]> = [
    ['asset_text MATCH ?', match || undefined],
    ['kind = ?', kind],
    ["json_extract(asset, '$.facts.batch') = ?", batch],
    ["EXISTS (SELECT 1 FROM json_each(asset, '$.albums') AS held WHERE held.value IN (SELECT value FROM json_each(?)))", albums && JSON.stringify(albums)]
  ]
  const used = all.filter((filter): filter is [string, Value] => filter[1] !== undefined)
  return { conditions: used.map(([condition]) => condition), values: used.map(([, value]) => value) }
}

/** A place in an ordered list of assets, as an opaque string. */
export function cursorOf(place: number, id: string): string {
  return Buffer.from(JSON.stringify([place, id])).toString('base64url')
}

/** @throws InvalidInputError */
export function parseCursor(cursor: string): { place: number; id: string } {
  try {
    const [place, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    if (typeof place === 'number' && typeof id === 'string') return { place, id }
  } catch {}
  throw new InvalidInputError('this cursor was not given out by a list of assets; ask for the first page again')
}
