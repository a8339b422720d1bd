import { InvalidInputError } from '#protocols/errors.ts'
import { joinList, MARK_NAMES, type PackageRow, splitList } from './package-row.ts'

const COLUMNS = ['id', 'name', 'size', 'title', 'rating', 'tags', 'notes', ...MARK_NAMES, 'albums'] as const
const FIELD = 'field:'
/** How cells begin that are written with an apostrophe before them. */
const GUARDED = /^[=+\-@\t\r']/

/** RFC 4180, with a header; own fields are columns `field:NAME`. What a spreadsheet would take for a formula gets an apostrophe before it, which is taken off again; any other apostrophe is a person's. */
export async function* printCsv(rows: AsyncIterable<PackageRow>, fields: readonly string[]): AsyncGenerator<string> {
  yield `\ufeff${lineOf([...COLUMNS, ...fields.map((name) => FIELD + name)])}`
  for await (const row of rows) {
    yield lineOf([
      row.id, row.name, String(row.size ?? ''), row.title ?? '', String(row.rating ?? ''), joinList(row.tags ?? []), row.notes ?? '',
      ...MARK_NAMES.map((mark) => row.marks?.[mark] ?? ''), joinList(row.albums ?? []), ...fields.map((name) => row.fields?.[name] ?? '')
    ])
  }
}

/** @throws InvalidInputError */
export function parseCsv(text: string): PackageRow[] {
  const [header, ...lines] = cellsOf(text.replace(/^\ufeff/, ''))
  if (header === undefined || (!header.includes('id') && !header.includes('name'))) throw new InvalidInputError('the first line of the CSV names its columns: id, or name and size, and what is to be changed')
  return lines.filter((cells) => cells.some((cell) => cell !== '')).map((cells) => rowFrom(new Map(header.map((name, at) => [name, cells[at] ?? '']))))
}

function rowFrom(cells: ReadonlyMap<string, string>): PackageRow {
  const marks = Object.fromEntries(MARK_NAMES.flatMap((mark) => (cells.has(mark) ? [[mark, cells.get(mark) ?? '']] : [])))
  const fields = Object.fromEntries([...cells].filter(([name]) => name.startsWith(FIELD)).map(([name, value]) => [name.slice(FIELD.length), value]))
  const [rating, size] = [cells.get('rating') ?? '', cells.get('size') ?? '']
  return {
    id: cells.get('id') ?? '', name: cells.get('name') ?? '', size: size === '' ? undefined : Number(size),
    ...(cells.has('title') && { title: cells.get('title') ?? '' }), ...(cells.has('notes') && { notes: cells.get('notes') ?? '' }), ...(rating !== '' && { rating: Number(rating) }),
    ...(cells.has('tags') && { tags: splitList(cells.get('tags') ?? '') }), ...(cells.has('albums') && { albums: splitList(cells.get('albums') ?? '') }), marks, fields
  }
}

const lineOf = (cells: readonly string[]): string => `${cells.map(cellOf).join(',')}\r\n`

function cellOf(text: string): string {
  const safe = GUARDED.test(text) ? `'${text}` : text
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** @throws InvalidInputError when a quote is not closed */
function cellsOf(text: string): string[][] {
  const lines: string[][] = []
  let cells: string[] = []
  let at = 0
  while (at < text.length) {
    const { cell, end } = text[at] === '"' ? quoted(text, at) : plain(text, at)
    cells.push(cell.startsWith("'") && GUARDED.test(cell.slice(1)) ? cell.slice(1) : cell)
    at = end
    if (text[at] === ',') {
      at++
      if (at === text.length) cells.push('')
      continue
    }
    lines.push(cells)
    cells = []
    at += text.startsWith('\r\n', at) ? 2 : 1
  }
  if (cells.length > 0) lines.push(cells)
  return lines
}

function plain(text: string, from: number): { cell: string; end: number } {
  const rest = text.slice(from, from + 100_000).search(/[,\r\n]/)
  const end = rest < 0 ? text.length : from + rest
  return { cell: text.slice(from, end), end }
}

function quoted(text: string, from: number): { cell: string; end: number } {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return { cell: text.slice(from + 1, at).replaceAll('""', '"'), end: at + 1 }
  }
  throw new InvalidInputError('a quote in the CSV is not closed')
}
