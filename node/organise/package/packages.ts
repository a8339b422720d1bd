import { InvalidInputError } from '#protocols/errors.ts'
import type { AssetSelection, PackageReport } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import type { Asset, AssetPatch, Catalog } from '#ring'
import type { Albums } from '../albums.ts'
import type { Edits } from '../edits.ts'
import type { Person } from '../person.ts'
import type { Selected } from '../selected.ts'
import { parseCsv, printCsv } from './csv.ts'
import { parseJson, printJson } from './json.ts'
import { checkRow, type PackageRow, patchOfRow, rowOf } from './package-row.ts'
import { parseXml, printXml } from './xml.ts'

export type PackageFormat = 'csv' | 'xml' | 'json'

/** Rows of one package that is brought in. @default 100000 */
export const MAX_ROWS = 100_000
/** Longest package that is brought in, in bytes. @default 67108864 */
export const MAX_PACKAGE_BYTES = 64 * 1024 * 1024
/** Rows named in a report; the rest is counted. @default 200 */
export const MAX_REPORTED = 200

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
  albums: Pick<Albums, 'list' | 'create'>
  edits: Pick<Edits, 'many'>
  selected: Pick<Selected, 'assets'>
  /** @throws InvalidInputError */
  check(patch: AssetPatch): void
}

export function createPackages({ catalog, albums, edits, selected, check }: PackagesComponents): Packages {
  async function* rowsOf(selection: AssetSelection): AsyncGenerator<PackageRow> {
    const paths = new Map(albums.list().map(({ id, path }) => [id, path]))
    for await (const asset of selected.assets(selection)) yield rowOf(asset, (id) => paths.get(id))
  }

  async function fieldNames(selection: AssetSelection): Promise<string[]> {
    const names = new Set<string>()
    for await (const { fields } of selected.assets(selection)) for (const name of Object.keys(fields)) names.add(name)
    return [...names].sort()
  }

  function match({ id, name, size }: PackageRow): Asset | string {
    if (/^[0-9a-f]{64}$/.test(id)) {
      const known = catalog.index.asset(parseAssetId(id))
      if (known !== undefined) return known
    }
    if (name === '' || size === undefined) return 'no asset has this id, and it has no name and size to look for'
    const found = catalog.index.assets({ text: name, limit: 500 }).assets.filter(({ facts }) => facts.name === name && facts.size === size)
    return found.length === 1 ? found[0] as Asset : found.length === 0 ? 'no asset has this id, or this name and size' : `${found.length} assets have this name and size`
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
      const albumIds = new Map(albums.list().filter(({ kind }) => kind === 'manual').map(({ id, path }) => [path, id]))
      const rules = new Set(albums.list().filter(({ kind }) => kind === 'rule').map(({ path }) => path))
      const matched = new Map<AssetId, PackageRow>()
      const problems: PackageReport['problems'] = []
      let problemCount = 0
      for (const [at, row] of rows.entries()) {
        const why = problemOf(row, at)
        if (why === undefined) continue
        problemCount++
        if (problems.length < MAX_REPORTED) problems.push({ row: at + 1, name: row.name || row.id, reason: why })
      }
      const missing = [...new Set([...matched.values()].flatMap((row) => row.albums ?? []))].filter((path) => !albumIds.has(path) && !rules.has(path))

      function problemOf(row: PackageRow, at: number): string | undefined {
        const asset = match(row)
        if (typeof asset === 'string') return asset
        if (matched.has(asset.facts.id)) return `row ${at + 1} is the second one of this asset`
        try {
          checkRow(row)
          check({ fields: row.fields ?? {} })
        } catch (err) {
          return err instanceof Error ? err.message : String(err)
        }
        matched.set(asset.facts.id, row)
        return undefined
      }

      const base = { rows: rows.length, matched: matched.size, problems, problemCount, albumsMade: missing, dryRun }
      if (dryRun) return { ...base, changed: [...matched].filter(([id, row]) => wouldChange(catalog.index.asset(id), row, albumIds)).length, undo: null }
      await makeAlbums(who, missing, albumIds)
      const { changed, undo, failed } = await edits.many(who, [...matched.keys()], (asset) => {
        const row = matched.get(asset.facts.id)
        return row && asset.deletedAtMs === undefined ? patchOfRow(row, asset, (path) => albumIds.get(path)) : undefined
      }, `a package of ${rows.length}`)
      for (const { ids, reason } of failed) problems.push(...ids.map((id) => ({ row: 0, name: id, reason })))
      return { ...base, changed, undo, problemCount: problemCount + failed.length }
    }
  }
}

function wouldChange(asset: Asset | undefined, row: PackageRow, albumIds: ReadonlyMap<string, string>): boolean {
  if (asset === undefined) return false
  const { title, rating, notes, addTags = [], removeTags = [], marks = {}, fields = {} } = patchOfRow(row, asset, (path) => albumIds.get(path))
  const joins = (row.albums ?? []).some((path) => !asset.albums.includes(albumIds.get(path) ?? ''))
  return (title ?? asset.title) !== asset.title || (rating ?? asset.rating) !== asset.rating || (notes ?? asset.notes) !== asset.notes || addTags.length + removeTags.length > 0 || joins
    || Object.entries(marks).some(([mark, value]) => asset.marks[mark as keyof Asset['marks']] !== value) || Object.entries(fields).some(([name, value]) => (asset.fields[name] ?? '') !== value)
}
