import type { Asset, AssetMarks, AssetPatch } from '#ring'

export type PackageFormat = 'csv' | 'xml' | 'json'

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
  const tags = row.tags?.map((tag) => tag.trim().normalize('NFC'))
  return {
    ...(row.title !== undefined && { title: row.title }), ...(row.notes !== undefined && { notes: row.notes }), ...(row.rating !== undefined && { rating: row.rating }),
    ...(tags !== undefined && { addTags: tags.filter((tag) => !asset.tags.includes(tag)), removeTags: asset.tags.filter((tag) => !tags.includes(tag)) }),
    ...(albums !== undefined && { addAlbums: albums.filter((id) => !asset.albums.includes(id)) }),
    marks: row.marks ?? {}, fields: row.fields ?? {}
  }
}

/** A list in one cell: `|` between the items, `\` before a `|` or `\` that is part of one; space around an item is none of it. */
export const joinList = (items: readonly string[]): string => items.map((item) => item.replace(/[\\|]/g, '\\$&')).join('|')

export function splitList(cell: string): string[] {
  if (cell === '') return []
  const items = ['']
  for (const [piece] of cell.matchAll(/\\?[^]/gu)) {
    if (piece === '|') items.push('')
    else items[items.length - 1] += piece.length > 1 && piece.startsWith('\\') ? piece.slice(1) : piece
  }
  return items.map((item) => item.trim())
}
