import { InvalidInputError } from '#protocols/errors.ts'
import type { PackageReport } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import { type Asset, type AssetPatch, type Catalog, checkedPatch } from '#ring'
import { checkAlbumName } from '../albums.ts'
import { type PackageRow, patchOfRow } from './package-row.ts'

/** Rows named in a report; the rest is counted. @default 200 */
export const MAX_REPORTED = 200

export interface MatchedRow {
  readonly row: PackageRow
  /** As people count: the first is 1. */
  readonly number: number
}

/** What a package's rows are about. */
export interface MatchedRows {
  readonly byAsset: ReadonlyMap<AssetId, MatchedRow>
  readonly rows: number
  /** Assets in which something would change. */
  readonly changing: number
}

export interface MatchComponents {
  catalog: { readonly index: Pick<Catalog['index'], 'asset' | 'named'> }
  /** @throws InvalidInputError */
  check(patch: AssetPatch): void
  albumId(path: string): string | undefined
  /** Whether an album of this path is made before its rows come in. */
  isNewAlbum(path: string): boolean
  problems: Pick<Problems, 'add'>
}

/** Each row with its asset, by id, else by name and size; what is wrong with a row is told, and the others go on without it. */
export async function matchRows(parts: AsyncIterable<readonly PackageRow[]>, { catalog, check, albumId, isNewAlbum, problems }: MatchComponents): Promise<MatchedRows> {
  const byAsset = new Map<AssetId, MatchedRow>()
  let [rows, changing] = [0, 0]

  /** @throws InvalidInputError */
  function match(matched: MatchedRow): void {
    const asset = assetOf(matched.row, catalog.index)
    if (byAsset.has(asset.facts.id)) throw new InvalidInputError(`row ${matched.number} is the second one of this asset`)
    for (const path of matched.row.albums?.filter(isNewAlbum) ?? []) for (const name of path.split('/')) checkAlbumName(name)
    const patch = checkedPatch(patchOfRow(matched.row, asset, albumId))
    check(patch)
    byAsset.set(asset.facts.id, matched)
    if (wouldChange(asset, patch) || matched.row.albums?.some(isNewAlbum) === true) changing++
  }

  function tryMatch(matched: MatchedRow): void {
    try {
      match(matched)
    } catch (err) {
      if (!(err instanceof InvalidInputError)) throw err
      problems.add(matched, err.message)
    }
  }

  for await (const part of parts) for (const row of part) tryMatch({ row, number: ++rows })
  return { byAsset, rows, changing }
}

/** What was passed over, in the words of a report. */
export interface Problems extends Readonly<Pick<PackageReport, 'problems' | 'problemCount'>> {
  add(row: MatchedRow, reason: string): void
}

export function createProblems(): Problems {
  const problems: PackageReport['problems'] = []
  let problemCount = 0
  return {
    problems,
    get problemCount() { return problemCount },
    add({ row, number }, reason) {
      if (problemCount++ < MAX_REPORTED) problems.push({ row: number, name: row.name || row.id, reason })
    }
  }
}

/** @throws InvalidInputError when no asset, or more than one, is meant */
function assetOf({ id, name, size }: PackageRow, index: MatchComponents['catalog']['index']): Asset {
  const known = /^[0-9a-f]{64}$/.test(id) ? index.asset(parseAssetId(id)) : undefined
  if (known !== undefined) return known
  if (name === '' || size === undefined) throw new InvalidInputError('no asset has this id, and it has no name and size to look for')
  const [found, ...others] = index.named(name, size)
  if (found === undefined) throw new InvalidInputError('no asset has this id, or this name and size')
  if (others.length > 0) throw new InvalidInputError(`${others.length + 1} assets have this name and size`)
  return found
}

function wouldChange(asset: Asset, { title, rating, notes, addTags = [], removeTags = [], addAlbums = [], marks = {}, fields = {} }: AssetPatch): boolean {
  return (title ?? asset.title) !== asset.title || (rating ?? asset.rating) !== asset.rating || (notes ?? asset.notes) !== asset.notes || addTags.length + removeTags.length + addAlbums.length > 0
    || Object.entries(marks).some(([mark, value]) => asset.marks[mark as keyof Asset['marks']] !== value) || Object.entries(fields).some(([name, value]) => (asset.fields[name] ?? '') !== value)
}
