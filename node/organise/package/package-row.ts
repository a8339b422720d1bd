import { InvalidInputError } from '#protocols/errors.ts'
import { type Asset, type AssetMarks, type AssetPatch, FLAGS, LABELS } from '#ring'

/** One asset as a package says it. What is undefined the package does not speak of. */
export interface PackageRow {
  readonly id: string
  readonly name: string
  readonly size: number | undefined
  readonly title?: string
  readonly rating?: number
  readonly notes?: string
  readonly tags?: readonly string[]
  /** Paths of albums, names with / between. */
  readonly albums?: readonly string[]
  readonly marks?: Partial<AssetMarks>
  readonly fields?: Readonly<Record<string, string>>
}

export const MARK_NAMES = ['label', 'flag', 'licence', 'releases', 'state', 'stack'] as const

export function rowOf(asset: Asset, albumPath: (id: string) => string | undefined): PackageRow {
  const { facts, title, rating, notes, tags, albums, marks, fields } = asset
  return { id: facts.id, name: facts.name, size: facts.size, title, rating, notes, tags, albums: albums.flatMap((id) => albumPath(id) ?? []), marks, fields }
}

/** What makes an asset say what its row says; fields and albums that the row does not name stay. @throws InvalidInputError */
export function patchOfRow(row: PackageRow, asset: Asset, albumId: (path: string) => string | undefined): AssetPatch {
  const albums = row.albums?.flatMap((path) => albumId(path) ?? [])
  return {
    ...(row.title !== undefined && { title: row.title }), ...(row.notes !== undefined && { notes: row.notes }), ...(row.rating !== undefined && { rating: row.rating }),
    ...(row.tags !== undefined && { addTags: row.tags.filter((tag) => !asset.tags.includes(tag)), removeTags: asset.tags.filter((tag) => !row.tags?.includes(tag)) }),
    ...(albums !== undefined && { addAlbums: albums.filter((id) => !asset.albums.includes(id)) }),
    marks: row.marks ?? {}, fields: row.fields ?? {}
  }
}

/** @throws InvalidInputError naming what is wrong with the row */
export function checkRow({ rating, marks = {}, title = '', notes = '' }: PackageRow): void {
  if (rating !== undefined && !(Number.isInteger(rating) && rating >= 0 && rating <= 5)) throw new InvalidInputError(`a rating is a whole number from 0 to 5, not ${rating}`)
  if (marks.label && !LABELS.includes(marks.label)) throw new InvalidInputError(`a label is one of ${LABELS.join(', ')}, not ${marks.label.slice(0, 40)}`)
  if (marks.flag && !FLAGS.includes(marks.flag)) throw new InvalidInputError(`a flag is ${FLAGS.join(' or ')}, not ${marks.flag.slice(0, 40)}`)
  if (title.length > 500 || notes.length > 20_000) throw new InvalidInputError('its title or notes are too long')
}

/** A list in one cell: `|` between the items, `\` before a `|` or `\` that is part of one. */
export const joinList = (items: readonly string[]): string => items.map((item) => item.replace(/[\\|]/g, '\\$&')).join('|')

export function splitList(cell: string): string[] {
  if (cell === '') return []
  const items = ['']
  for (const [piece] of cell.matchAll(/\\?[^]/gu)) {
    if (piece === '|') items.push('')
    else items[items.length - 1] += piece.length > 1 && piece.startsWith('\\') ? piece.slice(1) : piece
  }
  return items
}
