import type { AssetSelection, PackageReport } from '#protocols/http.ts'
import type { Asset, AssetPatch, Catalog } from '#ring'
import { limiter } from '#ring/base/tasks.ts'
import type { Albums } from '../albums.ts'
import type { Edits } from '../edits.ts'
import type { Person } from '../person.ts'
import type { Selected } from '../selected.ts'
import { printCsv } from './csv.ts'
import { printJson } from './json.ts'
import { createProblems, type MatchedRow, matchRows } from './matched-rows.ts'
import { type PackageFormat, type PackageRow, patchOfRow, rowOf } from './package-row.ts'
import { readPackage } from './read-package.ts'
import { printXml } from './xml.ts'

/** Longest package that is brought in, in bytes. @default 67108864 */
export const MAX_PACKAGE_BYTES = 64 * 1024 * 1024

/** Assets edited before others have their turn. @default 1000 */
export const EDITED_A_TURN = 1_000

/** What people gave their assets, out of the ring and into it. */
export interface Packages {
  /** @throws InvalidInputError */
  print(selection: AssetSelection, format: PackageFormat): AsyncGenerator<string>
  /** Rows are matched by id, else by name and size. One undo takes all of it back, but for albums it made. @throws InvalidInputError */
  bring(who: Person, bytes: Uint8Array, format: PackageFormat, dryRun: boolean): Promise<PackageReport>
}

interface PackagesComponents {
  catalog: Pick<Catalog, 'index'>
  albums: Pick<Albums, 'all' | 'create'>
  edits: Pick<Edits, 'series'>
  selected: Pick<Selected, 'assets'>
  /** @throws InvalidInputError */
  check(patch: AssetPatch): void
}

export function createPackages({ catalog, albums, edits, selected, check }: PackagesComponents): Packages {
  const oneAtOnce = limiter(1)

  async function* rowsOf(selection: AssetSelection): AsyncGenerator<PackageRow> {
    const paths = new Map(albums.all().map(({ id, path }) => [id, path]))
    for await (const asset of selected.assets(selection)) yield rowOf(asset, (id) => paths.get(id))
  }

  async function fieldNames(selection: AssetSelection): Promise<string[]> {
    const names = new Set<string>()
    for await (const { fields } of selected.assets(selection)) for (const name of Object.keys(fields)) names.add(name)
    return [...names].sort()
  }

  /** Into `ids`, by path; albums that rules fill have others below them, too. */
  async function makeAlbums(who: Person, paths: readonly string[], ids: Map<string, string>): Promise<void> {
    const there = new Map(albums.all().map(({ id, path }) => [path, id]))
    for (const path of paths) {
      let [parent, sofar] = [null as string | null, '']
      for (const name of path.split('/')) {
        sofar = sofar === '' ? name : `${sofar}/${name}`
        parent = there.get(sofar) ?? (await albums.create(who, { name, parent })).id
        there.set(sofar, parent)
      }
      if (parent !== null) ids.set(path, parent)
    }
  }

  return {
    async *print(selection, format) {
      if (format === 'csv') yield* printCsv(rowsOf(selection), await fieldNames(selection))
      else yield* (format === 'xml' ? printXml : printJson)(rowsOf(selection))
    },
    bring: (who, bytes, format, dryRun) => oneAtOnce(async () => {
      const known = albums.all()
      const paths = new Set(known.map(({ path }) => path))
      const albumIds = new Map(known.filter(({ kind }) => kind === 'manual').map(({ id, path }) => [path, id]))
      const albumId = (path: string): string | undefined => albumIds.get(path)
      const isNewAlbum = (path: string): boolean => !paths.has(path)
      const problems = createProblems()
      const { byAsset, rows, changing } = await matchRows(readPackage(bytes, format), { catalog, check, albumId, isNewAlbum, problems })
      const missing = [...new Set([...byAsset.values()].flatMap(({ row }) => row.albums ?? []))].filter(isNewAlbum)
      const report = (changed: number, undo: string | null): PackageReport => ({ rows, matched: byAsset.size, changed, dryRun, problems: problems.problems, problemCount: problems.problemCount, albumsMade: missing, undo })
      if (dryRun) return report(changing, null)
      await makeAlbums(who, missing, albumIds)
      const step = edits.series(who, `a package of ${rows}`)
      const patchOf = (asset: Asset): AssetPatch | undefined => {
        const row = byAsset.get(asset.facts.id)?.row
        return row && asset.deletedAtMs === undefined ? patchOfRow(row, asset, albumId) : undefined
      }
      let changes = 0
      for (const ids of inParts([...byAsset.keys()].sort(), EDITED_A_TURN)) { // sorted, each of the catalog's documents is edited in one part, or two
        const { changed, failed } = await step.assets(ids, patchOf)
        changes += changed.length
        for (const { ids: some, reason } of failed) for (const id of some) problems.add(byAsset.get(id) as MatchedRow, reason)
      }
      return report(changes, step.undo)
    })
  }
}

function* inParts<T>(all: readonly T[], length: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += length) yield all.slice(at, at + length)
}
