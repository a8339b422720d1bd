import { InvalidInputError } from '#protocols/errors.ts'
import type { AssetSelection, PackageReport } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { AssetPatch, Catalog } from '#ring'
import type { Albums } from '../albums.ts'
import type { Edits } from '../edits.ts'
import type { Person } from '../person.ts'
import type { Selected } from '../selected.ts'
import { parseCsv, printCsv } from './csv.ts'
import { parseJson, printJson } from './json.ts'
import { createProblems, type MatchedRow, matchRows } from './matched-rows.ts'
import { type PackageRow, patchOfRow, rowOf } from './package-row.ts'
import { parseXml, printXml } from './xml.ts'

export type PackageFormat = 'csv' | 'xml' | 'json'

/** Rows of one package that is brought in. @default 100000 */
export const MAX_ROWS = 100_000
/** Longest package that is brought in, in bytes. @default 67108864 */
export const MAX_PACKAGE_BYTES = 64 * 1024 * 1024

const PARSERS: Readonly<Record<PackageFormat, (text: string) => PackageRow[]>> = { csv: parseCsv, xml: parseXml, json: parseJson }

/** What people gave their assets, out of the ring and into it. */
export interface Packages {
  /** @throws InvalidInputError */
  print(selection: AssetSelection, format: PackageFormat): AsyncGenerator<string>
  /** Rows are matched by id, else by name and size. One undo takes all of it back, but for albums it made. @throws InvalidInputError */
  bring(who: Person, text: string, format: PackageFormat, dryRun: boolean): Promise<PackageReport>
}

interface PackagesComponents {
  catalog: Pick<Catalog, 'index'>
  albums: Pick<Albums, 'all' | 'create'>
  edits: Pick<Edits, 'many'>
  selected: Pick<Selected, 'assets'>
  /** @throws InvalidInputError */
  check(patch: AssetPatch): void
}

export function createPackages({ catalog, albums, edits, selected, check }: PackagesComponents): Packages {
  async function* rowsOf(selection: AssetSelection): AsyncGenerator<PackageRow> {
    const paths = new Map(albums.all().map(({ id, path }) => [id, path]))
    for await (const asset of selected.assets(selection)) yield rowOf(asset, (id) => paths.get(id))
  }

  async function fieldNames(selection: AssetSelection): Promise<string[]> {
    const names = new Set<string>()
    for await (const { fields } of selected.assets(selection)) for (const name of Object.keys(fields)) names.add(name)
    return [...names].sort()
  }

  async function makeAlbums(who: Person, paths: readonly string[], ids: Map<string, string>): Promise<void> {
    for (const path of paths) {
      let [parent, sofar] = [null as string | null, '']
      for (const name of path.split('/')) {
        sofar = sofar === '' ? name : `${sofar}/${name}`
        parent = ids.get(sofar) ?? (await albums.create(who, { name, parent })).id
        ids.set(sofar, parent)
      }
    }
  }

  return {
    async *print(selection, format) {
      if (format === 'csv') yield* printCsv(rowsOf(selection), await fieldNames(selection))
      else yield* (format === 'xml' ? printXml : printJson)(rowsOf(selection))
    },
    async bring(who, text, format, dryRun) {
      const rows = PARSERS[format](text)
      if (rows.length > MAX_ROWS) throw new InvalidInputError(`the package has ${rows.length} rows; at most ${MAX_ROWS} are taken at once`)
      const known = albums.all()
      const paths = new Set(known.map(({ path }) => path))
      const albumIds = new Map(known.filter(({ kind }) => kind === 'manual').map(({ id, path }) => [path, id]))
      const albumId = (path: string): string | undefined => albumIds.get(path)
      const isNewAlbum = (path: string): boolean => !paths.has(path)
      const problems = createProblems()
      const { byAsset, changing } = await matchRows(rows, { catalog, check, albumId, isNewAlbum, problems })
      const missing = [...new Set([...byAsset.values()].flatMap(({ row }) => row.albums ?? []))].filter(isNewAlbum)
      const report = (changed: number, undo: string | null): PackageReport => ({ rows: rows.length, matched: byAsset.size, changed, dryRun, problems: problems.problems, problemCount: problems.problemCount, albumsMade: missing, undo })
      if (dryRun) return report(changing, null)
      await makeAlbums(who, missing, albumIds)
      const { changed, undo, failed } = await edits.many(who, [...byAsset.keys()], (asset) => {
        const row = byAsset.get(asset.facts.id)?.row
        return row && asset.deletedAtMs === undefined ? patchOfRow(row, asset, albumId) : undefined
      }, `a package of ${rows.length}`)
      for (const { ids, reason } of failed) for (const id of ids) problems.add(byAsset.get(id as AssetId) as MatchedRow, reason)
      return report(changed, undo)
    }
  }
}
