import { basename, resolve } from 'node:path'
import { InvalidInputError, NotAuthorizedError, NotFoundError, StorageFullError, ThatDamError } from '#protocols/errors.ts'
import type { ImportResult } from '#protocols/http.ts'
import { type AssetId, parseAssetId, type ChunkId, type PeerId } from '#protocols/ids.ts'
import { sharedHasher, type Asset, type AssetFacts, type Catalog, PICTURE_HASH, type Ring, type StoredBlob } from '#ring'
import { once } from '#ring/base/bytes.ts'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { limiter } from '#ring/base/tasks.ts'
import { openFile, type OpenedFile } from './opened-file.ts'
import { createSidecarDesk } from './deep/sidecar-desk.ts'
import { isSidecarName } from './deep/sidecars.ts'
import { NO_WAITING, type WaitingSidecars } from './deep/waiting-sidecars.ts'
import type { Found, Prober } from './probe.ts'

export interface ImporterComponents {
  blobs: Pick<Ring['blobs'], 'put' | 'read'>
  catalog: Pick<Catalog, 'addAsset' | 'asset' | 'editAsset'> & { readonly index?: Pick<Catalog['index'], 'sharing'> }
  prober: Pick<Prober, 'probe'>
  /** @default NO_WAITING */
  waiting?: Pick<WaitingSidecars, 'keep' | 'beside' | 'taken'>
  self: PeerId
  /** `Ring.writing` */
  writing: Ring['writing']
  log: Logger
}

export interface ImporterInit {
  /** Files read into the ring at once. @default 2 */
  concurrency?: number
  /** Unix ms. @default Date.now */
  now?: () => number
}

/** Files imported at once. @default 2 */
export const IMPORT_CONCURRENCY = 2
/** Longest name and path kept of a file, in characters. @default 1024 */
export const MAX_PATH_CHARS = 1_024

/** The import a file belongs to. */
export interface ImportTicket {
  /** Files of the same id are one import; without one, files of the same source and person that follow one another are. */
  id?: string
  /** A lower-case word: `upload`, `scan`, `offload`… */
  source: string
  /** What a person calls it. */
  name?: string
  /** Who imports. */
  by?: string
}

export interface ImportOptions extends AbortOptions {
  batch?: ImportTicket
  /** What the person calls the file, folders and all, when it lies elsewhere here (an upload). @default the path */
  shownPath?: string
  /** Names the bytes when they lie in the ring already; then everything but a verdict on the file rejects. @default they are put there from the file */
  store?: () => Promise<StoredBlob>
  /** When the file was last written, where it came from, Unix ms; null when nobody knows: `path` is a file of now. @default that of `path` */
  modifiedAtMs?: number | null
  /** Real path of the folder the file must lie in, whatever links lead to it. */
  within?: string
  /** The bytes stay where they are: they are hashed, and the catalog learns where. @default false */
  inPlace?: boolean
  /** Whether a deleted asset with these bytes comes back. @default true */
  revive?: boolean
  /** Called with the bytes read so far. */
  onProgress?: (bytes: number) => void
}

/** What became of a file. `isLasting`: the file itself was refused, and will be for as long as it does not change. */
export interface Imported extends ImportResult {
  readonly isLasting?: boolean
}

/** Brings files into the ring. What a file does wrong is in the result; only the ring's own failures and the signal reject. */
export interface Importer {
  importFile(path: string, options?: ImportOptions): Promise<Imported>
  /** The sidecar beside a file of an asset is new or changed: what it says fills what is empty. Answers why it was not read. */
  readBeside?(id: AssetId, path: string, within: string): Promise<string | null>
}

/** Bytes that the ring has, under one more name. */
export type KnownOptions = Pick<ImportOptions, 'batch'> & Required<Pick<ImportOptions, 'shownPath'>>

/** The importer of a node's library, which is also told of files whose bytes need not come. */
export interface LibraryImporter extends Importer {
  /** A file with the bytes of this asset: where it lay is one more place of it. @throws NotFoundError */
  importKnown(id: AssetId, options: KnownOptions): Promise<Imported>
}

export function createImporter(components: ImporterComponents, init: ImporterInit = {}): LibraryImporter {
  const { log, prober } = components
  const now = init.now ?? Date.now
  const desk = createSidecarDesk({ waiting: NO_WAITING, ...components })
  const inTurn = limiter(init.concurrency ?? IMPORT_CONCURRENCY)

  async function importFile(path: string, options: ImportOptions): Promise<Imported> {
    const shown = options.inPlace === true ? path : shownOf(path, options)
    const written = components.writing() // until the catalog names what is stored
    let file: OpenedFile | undefined
    try {
      file = await openFile(path, options)
      const inspection = await prober.probe(file.path, { ...options, shownPath: options.shownPath ?? path }) // it is opened by its number, and told by its name
      if ('refused' in inspection) return { ...refused(shown, inspection.refused), isLasting: true }
      const bytes = options.inPlace === true ? await hashOf(file, options) : await (options.store?.() ?? components.blobs.put(file.read(), options))
      if (await file.hasChanged() || bytes.size !== file.size) return refused(shown, 'the file changed while it was read: import it again when nothing writes to it')
      return await addAsset(shown, inspection, { ...bytes, modifiedAtMs: file.modifiedAtMs }, options)
    } catch (err) {
      options.signal?.throwIfAborted()
      if (options.store !== undefined) throw err // its bytes are safe in the ring: whatever went wrong here may go better later
      if (err instanceof ThatDamError && !REFUSALS.some((refusal) => err instanceof refusal)) throw err
      log.error('could not import %s - %s', shown, err)
      return refused(shown, reasonOf(err))
    } finally {
      await file?.close()
      written()
    }
  }

  async function addAsset(shown: string, found: Found, bytes: Bytes, options: ImportOptions): Promise<ImportResult> {
    const id = parseAssetId(bytes.sha256)
    const known = await components.catalog.asset(id)
    const isDeleted = known?.deletedAtMs !== undefined
    if (isDeleted && options.revive === false) return { path: shown, outcome: 'known', assetId: id, copies: bytes.copies, reason: 'it is in the trash: restore it there' }
    const kept = isDeleted ? undefined : known?.poster // of a deleted one nothing is trusted to be there still
    const poster = kept ?? await putPoster(found, options)
    const { modifiedAtMs = bytes.modifiedAtMs } = options
    const facts: AssetFacts = {
      id, name: basename(shown), size: bytes.size, mime: found.mime, kind: found.kind, importedAtMs: now(), probe: found.probe,
      ...(bytes.id && { blob: bytes.id }), ...(modifiedAtMs !== null && { modifiedAtMs }), ...(options.batch?.id !== undefined && { batch: options.batch.id })
    }
    const place = { node: components.self, path: shown, ...(options.inPlace === true && { file: { modifiedAtMs: bytes.modifiedAtMs } }) }
    const added = await components.catalog.addAsset(facts, place, poster)
    const made = await putAll(found.made, kept === undefined ? {} : known?.made ?? {}, options)
    const seen: Record<string, string> = found.hash === undefined || known?.found[PICTURE_HASH] !== undefined ? {} : { [PICTURE_HASH]: found.hash }
    if ([made, seen].some((some) => Object.keys(some).length > 0)) await components.catalog.editAsset(id, { made, found: seen })
    const isKnown = !added.created && !isDeleted
    return { path: shown, outcome: isKnown ? 'known' : 'imported', assetId: id, copies: bytes.copies, reason: options.shownPath === undefined ? null : await besideOf(shown, id, options) }
  }

  async function importKnown(id: AssetId, options: KnownOptions): Promise<Imported> {
    const shown = sentPath(options.shownPath)
    const asset = await components.catalog.asset(id)
    if (asset === undefined) throw new NotFoundError('the asset of these bytes is gone: send them')
    await components.catalog.addAsset(asset.facts, { node: components.self, path: shown })
    return { path: shown, outcome: 'known', assetId: id, copies: 0, reason: await besideOf(shown, id, options) }
  }

  /** What waits for an upload is put beside it; answers why it was not: the upload counts all the same. */
  async function besideOf(shown: string, id: AssetId, { batch }: Pick<ImportOptions, 'batch'>): Promise<string | null> {
    return desk.arrived(shown, id, batch?.id).then(() => null, (err) => {
      log.error('what waits for %s was not put beside it - %s', shown, err)
      return `what lay beside it was not kept: ${reasonOf(err)}`
    })
  }

  async function putPoster(found: Found, options: AbortOptions): Promise<ChunkId | undefined> {
    const { poster } = found
    if (poster === undefined) return undefined
    return (await components.blobs.put(once(poster), { signal: options.signal })).id
  }

  /** Beside the asset: what is not there yet. */
  async function putAll(parts: Readonly<Record<string, Uint8Array>> = {}, known: Asset['made'], options: AbortOptions): Promise<Record<string, ChunkId>> {
    const put: Record<string, ChunkId> = {}
    for (const [name, bytes] of Object.entries(parts)) {
      if (known[name] === undefined) put[name] = (await components.blobs.put(once(bytes), { signal: options.signal })).id
    }
    return put
  }

  async function importSidecar(path: string, shown: string, options: ImportOptions): Promise<ImportResult> {
    const written = components.writing()
    try {
      return await desk.take(path, shown, options.batch?.id)
    } catch (err) {
      options.signal?.throwIfAborted()
      if (err instanceof ThatDamError && !(err instanceof StorageFullError)) throw err
      return refused(shown, reasonOf(err))
    } finally {
      written()
    }
  }

  return {
    importKnown,
    importFile(path, options = {}) {
      const shown = shownOf(path, options)
      return isSidecarName(shown) ? importSidecar(resolve(path), shown, options) : inTurn(() => importFile(resolve(path), options))
    }
  }
}

/** What was read of a file. Without `id` the ring has no copy. */
interface Bytes {
  readonly id?: ChunkId
  readonly size: number
  readonly sha256: string
  readonly copies: number
  readonly modifiedAtMs: number
}

/** What is wrong with one file only. */
const REFUSALS = [StorageFullError, InvalidInputError, NotAuthorizedError]

async function hashOf(file: OpenedFile, { signal, onProgress }: ImportOptions): Promise<Omit<Bytes, 'modifiedAtMs'>> {
  const hash = sharedHasher().stream()
  let size = 0
  try {
    for await (const piece of file.read({}, signal === undefined ? {} : { signal })) {
      await hash.update(piece)
      onProgress?.(size += piece.byteLength)
    }
    return { size, sha256: Buffer.from(await hash.digest()).toString('hex'), copies: 0 }
  } finally {
    hash.discard()
  }
}

const refused = (path: string, reason: string): ImportResult => ({ path, outcome: 'refused', assetId: null, copies: 0, reason })

/** As the library calls a file: by its path here, or as who sent it does. */
export const shownOf = (path: string, options: Pick<ImportOptions, 'shownPath'>): string => (options.shownPath === undefined ? shownPath(path) : sentPath(options.shownPath))

/** What a sender calls a file, which is a path of this machine by no chance. */
export const sentPath = (path: string): string => shownPath(path).replace(/^\/+(?=.)/, '')

/** A path as it is shown and searched: one kind of slash, no control characters, no way up; never used to open anything. */
export function shownPath(path: string): string {
  const parts = path.normalize('NFC').replaceAll('\\', '/').replace(/\p{Cc}|\p{Cf}/gu, '').split('/').filter((part) => part !== '..' && part !== '.')
  const clean = parts.join('/').slice(-MAX_PATH_CHARS)
  return clean === '' || clean.endsWith('/') ? `${clean}unnamed` : clean
}

function reasonOf(err: unknown): string {
  const code = (err as { code?: string }).code
  if (code === 'ENOENT') return 'there is no such file any more'
  if (code === 'EACCES' || code === 'EPERM') return 'the node may not read it: give its user read access'
  if (code === 'EIO') return 'the disk it is on gave a read error: check that disk'
  return err instanceof Error ? err.message : String(err)
}
