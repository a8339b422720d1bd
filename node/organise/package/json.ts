import { InvalidInputError } from '#protocols/errors.ts'
import { MARK_NAMES, type PackageRow } from './package-row.ts'

/** `{"thatdam":1,"assets":[…]}`, one asset a line. */
export async function* printJson(rows: AsyncIterable<PackageRow>): AsyncGenerator<string> {
  yield '{"thatdam":1,"assets":['
  let before = '\n'
  for await (const row of rows) {
    yield before + JSON.stringify(row)
    before = ',\n'
  }
  yield '\n]}\n'
}

/** @throws InvalidInputError */
export function parseJson(text: string): PackageRow[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (err) {
    throw new InvalidInputError(`this is no JSON: ${(err as Error).message.slice(0, 200)}`)
  }
  const assets = (value as { assets?: unknown } | null)?.assets
  if (!Array.isArray(assets)) throw new InvalidInputError('this JSON is no package: it has no list "assets"')
  return assets.map(rowFrom)
}

/** What is of another type than it should be is left out. */
function rowFrom(value: unknown): PackageRow {
  const from = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const text = (name: string): Record<string, string> => (typeof from[name] === 'string' ? { [name]: from[name] } : {})
  const list = (name: string): Record<string, string[]> => (Array.isArray(from[name]) ? { [name]: from[name].filter((item): item is string => typeof item === 'string') } : {})
  return {
    id: text('id')['id'] ?? '', name: text('name')['name'] ?? '', size: typeof from['size'] === 'number' ? from['size'] : undefined,
    ...text('title'), ...text('notes'), ...(typeof from['rating'] === 'number' && { rating: from['rating'] }), ...list('tags'), ...list('albums'),
    marks: Object.fromEntries(Object.entries(textsIn(from['marks'])).filter(([mark]) => (MARK_NAMES as readonly string[]).includes(mark))), fields: textsIn(from['fields'])
  }
}

function textsIn(value: unknown): Record<string, string> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {}
}
