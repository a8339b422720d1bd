import { createHash } from 'node:crypto'
import { lstat, readFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { ImportResult } from '#protocols/http.ts'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import type { Asset, AssetChange, AssetPatch, Catalog } from '#ring'
import type { Folders } from '../../folders/folders.ts'
import { createGuesses, type Guess } from '../../library/deep/guesses.ts'
import { ofItsImport } from '../../library/deep/sidecars.ts'
import type { WaitingSidecars } from '../../library/deep/waiting-sidecars.ts'
import { type Imported, type ImportOptions, type LibraryImporter, sentPath, shownOf } from '../../library/importer.ts'
import type { Series } from '../edits.ts'
import { changesOf, patchTo, stillAs } from '../field-changes.ts'
import { fillOnly, readXmp } from './read-xmp.ts'
import { isXmpName, originalOf, sidecarBeside, sidecarPaths, writeWhole } from './sidecar-files.ts'
import { writeXmp } from './write-xmp.ts'
import { KNOWN_XMP, MAX_XMP_BYTES } from './xmp-names.ts'

/** What became of one sidecar. */
export interface SidecarResult {
  readonly outcome: 'written' | 'unchanged' | 'elsewhere' | 'failed'
  readonly path: string
  readonly reason: string | null
}

export interface Sidecars {
  /** The importer, which then reads sidecars, whether they come before their clip, with it or after it. */
  reading(importer: LibraryImporter): LibraryImporter
  /** Reads the sidecar beside an original of this node again, as part of a person's step; with `replace` its words take the place of people's. */
  read(asset: Asset, replace: boolean, step: Pick<Series, 'assets'>): Promise<SidecarResult>
  /** Writes what people gave an asset beside its original, when that lies on this node. */
  write(asset: Asset): Promise<SidecarResult>
}

export interface SidecarsComponents {
  catalog: Pick<Catalog, 'editAssets' | 'index'>
  waiting: Pick<WaitingSidecars, 'beside'>
  self: PeerId
  folders: Pick<Folders, 'allowing'>
}

/** And what its words changed. */
interface Filled extends Guess {
  readonly change: AssetChange
}

export function createSidecars({ catalog, waiting, self, folders }: SidecarsComponents): Sidecars {
  const guesses = createGuesses<Filled>()
  const fill = async (ids: readonly AssetId[], patch: AssetPatch): Promise<readonly AssetChange[]> => (await catalog.editAssets(ids, (asset) => fillOnly(asset, patch), { byPerson: false })).changed

  /** Which sidecar beside the original is known, so that no word of another is written over. */
  const known = (text: string): Pick<AssetPatch, 'found'> => ({ found: { [KNOWN_XMP]: createHash('sha256').update(text).digest('hex') } })

  /** Assets whose file was called so, by this node or any other. */
  function assetsOf(sidecar: string, batch: string | undefined): AssetId[] {
    const stem = sidecar.replace(/\.xmp$/i, '')
    const { assets } = catalog.index.assets({ text: basename(stem), limit: 500 })
    const alike = assets.filter(({ locations }) => locations.some(({ path }) => isOf(stem, path)))
    return ofItsImport(alike, ({ facts }) => facts.batch === batch).map(({ facts }) => facts.id)
  }

  /** Words that went to footage of the same path, as their own had not come, leave it where nobody changed them. */
  async function takeBack(shown: string, id: AssetId, batch: string | undefined): Promise<void> {
    for (const guess of guesses.about({ id, batch }, (sidecar) => isOf(sidecar.replace(/\.xmp$/i, ''), shown))) {
      if (!guess.change.after.locations.some(({ path }) => path === shown)) continue
      guesses.forget(guess)
      await catalog.editAssets([guess.id], (now) => patchTo(stillAs(now, changesOf(guess.change)).same.map(({ field, before }) => [field, before])), { byPerson: false })
    }
  }

  /** Its words go to the clips that are there, and it is put beside them as any sidecar is. */
  async function takeSidecar(importer: LibraryImporter, path: string, options: ImportOptions): Promise<Imported> {
    const shown = shownOf(path, options)
    try {
      if ((await lstat(path)).size > MAX_XMP_BYTES) throw new Error('it is larger than a sidecar is')
      const patch = readXmp(await readFile(path, 'utf8'))
      const ids = assetsOf(shown, options.batch?.id)
      const changed = await fill(ids, patch)
      const doubtful = changed.filter(({ before }) => before.facts.batch !== options.batch?.id || before.sidecars[basename(shown)] !== undefined)
      guesses.add(...doubtful.map((change) => ({ sidecar: shown, batch: options.batch?.id, id: change.after.facts.id, change })))
      const kept = await importer.importFile(path, options)
      return changed.length > 0 && kept.outcome !== 'refused' ? { ...kept, outcome: 'imported', assetId: ids[0] ?? null, reason: null } : kept
    } catch (err) {
      options.signal?.throwIfAborted()
      return { path: shown, outcome: 'refused', assetId: null, copies: 0, reason: wordsOf(err) }
    }
  }

  /** What the sidecar beside a file of this machine says fills what is empty. */
  async function readBeside(id: AssetId, path: string, within: string | undefined): Promise<void> {
    const text = (await sidecarBeside({ path, within }))?.text
    if (text === undefined) return
    const patch = readXmp(text)
    await catalog.editAssets([id], (asset) => ({ ...fillOnly(asset, patch), ...known(text) }), { byPerson: false })
  }

  /** Of what was uploaded before it. */
  async function readWaiting(shown: string, id: AssetId, batch: string | undefined): Promise<void> {
    await takeBack(shown, id, batch)
    const names = sidecarPaths(shown).map((candidate) => basename(candidate))
    const found = await waiting.beside({ shown, id, batch }, (name) => names.includes(name))
    const name = names.find((one) => found.has(one))
    const sidecar = name === undefined ? undefined : found.get(name)
    if (name === undefined || sidecar === undefined) return
    const changed = await fill([id], readXmp(sidecar.bytes.toString('utf8')))
    if (sidecar.batch !== batch) guesses.add(...changed.map((change) => ({ sidecar: join(dirname(shown), name), batch: sidecar.batch, id, change })))
  }

  /** The result of an import, when its sidecar was read, too. */
  async function withSidecar<Result extends ImportResult>(result: Result, read: (id: AssetId) => Promise<void>): Promise<Result> {
    if (result.assetId === null) return result
    try {
      await read(result.assetId as AssetId)
      return result
    } catch (err) {
      return { ...result, reason: notRead(err) }
    }
  }

  return {
    reading: (importer) => ({
      async importFile(path, options = {}) {
        if (isXmpName(options.shownPath ?? path)) return takeSidecar(importer, path, options)
        return withSidecar(await importer.importFile(path, options), (id) => (options.shownPath === undefined ? readBeside(id, path, options.within) : readWaiting(sentPath(options.shownPath), id, options.batch?.id)))
      },
      readBeside: (id, path, within) => readBeside(id, path, within).then(() => null, notRead),
      importKnown: async (id, options) => withSidecar(await importer.importKnown(id, options), () => readWaiting(sentPath(options.shownPath), id, options.batch?.id))
    }),
    async read(asset, replace, step) {
      const original = await originalOf(asset, self, folders)
      if (original === undefined) return elsewhere(asset)
      try {
        const sidecar = await sidecarBeside(original)
        if (sidecar === undefined) return { outcome: 'unchanged', path: original.path, reason: 'there is no sidecar beside it' }
        const patch = readXmp(sidecar.text)
        const { changed } = await step.assets([asset.facts.id], (now) => ({ ...(replace ? patch : fillOnly(now, patch)), ...known(sidecar.text) }))
        return { outcome: changed.length > 0 ? 'written' : 'unchanged', path: sidecar.path, reason: null }
      } catch (err) {
        return { outcome: 'failed', path: original.path, reason: wordsOf(err) }
      }
    },
    async write(asset) {
      const original = await originalOf(asset, self, folders)
      if (original === undefined) return elsewhere(asset)
      try {
        const existing = await sidecarBeside(original)
        const text = writeXmp(asset, existing?.text)
        const path = existing?.path ?? `${original.path}.xmp`
        if (text === existing?.text) return { outcome: 'unchanged', path, reason: null }
        if (existing !== undefined && asset.found[KNOWN_XMP] !== known(existing.text).found?.[KNOWN_XMP]) throw new Error(`${basename(path)} was changed by another program, or was never read: read the sidecars first`)
        await writeWhole({ path, within: original.within }, text, existing?.modifiedAtMs)
        await catalog.editAssets([asset.facts.id], known(text), { byPerson: false })
        return { outcome: 'written', path, reason: null }
      } catch (err) {
        return { outcome: 'failed', path: `${original.path}.xmp`, reason: wordsOf(err) }
      }
    }
  }
}

/** Whether a file is called so, with or without its extension. */
const isOf = (stem: string, path: string): boolean => path === stem || path.slice(0, path.length - extname(path).length) === stem

const elsewhere = ({ facts }: Asset): SidecarResult => ({ outcome: 'elsewhere', path: facts.name, reason: 'its original does not lie in a folder of this node: add that folder, or ask for the package of sidecars instead' })

const notRead = (err: unknown): string => `its sidecar was not read: ${wordsOf(err)}`

function wordsOf(err: unknown): string {
  const { code } = err as { code?: string }
  if (code === 'EACCES' || code === 'EPERM') return 'the node may not write or read there: give its user access to the folder'
  if (code === 'EROFS') return 'the file system is read-only'
  if (code === 'ENOSPC') return 'the disk is full'
  return err instanceof Error ? err.message : String(err)
}
