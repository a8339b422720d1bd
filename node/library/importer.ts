import { createReadStream } from 'node:fs'
import { lstat, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { StorageFullError, ThatDamError } from '#protocols/errors.ts'
import type { ImportResult } from '#protocols/http.ts'
import { parseAssetId, type ChunkId, type PeerId } from '#protocols/ids.ts'
import type { AssetFacts, Catalog, Ring, StoredBlob } from '#ring'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { limiter } from '#ring/base/tasks.ts'
import type { Found, Prober } from './probe.ts'

export interface ImporterComponents {
  blobs: Pick<Ring['blobs'], 'put'>
  catalog: Pick<Catalog, 'addAsset' | 'asset'>
  prober: Pick<Prober, 'probe'>
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
/** Bytes read from a file at a time. @default 1048576 */
export const READ_BYTES = 1_048_576
/** Longest name and path kept of a file, in characters. @default 1024 */
export const MAX_PATH_CHARS = 1_024

export interface ImportOptions extends AbortOptions {
  /** What the person calls the file, folders and all, when it lies elsewhere here (an upload). @default the path */
  shownPath?: string
  /** Names the bytes when they lie in the ring already; then everything but a verdict on the file rejects. @default they are put there from the file */
  store?: () => Promise<StoredBlob>
  /** Called with the bytes read so far. */
  onProgress?: (bytes: number) => void
}

/** Brings files into the ring. What a file does wrong is in the result; only the ring's own failures and the signal reject. */
export interface Importer {
  importFile(path: string, options?: ImportOptions): Promise<ImportResult>
}

/** Files named so are what file systems and cameras leave behind, not footage. */
export const isJunkName = (name: string): boolean => name.startsWith('.') || JUNK.has(name.toLowerCase()) || /~$|\.(?:tmp|part|crdownload|thm|xmp|lrv|aae|ini|db)$/i.test(name)
const JUNK = new Set(['thumbs.db', 'desktop.ini', '$recycle.bin', 'system volume information', '__macosx', '@eadir', 'lost+found'])

export function createImporter(components: ImporterComponents, init: ImporterInit = {}): Importer {
  const { log, prober } = components
  const now = init.now ?? Date.now
  const inTurn = limiter(init.concurrency ?? IMPORT_CONCURRENCY)

  async function importFile(path: string, options: ImportOptions): Promise<ImportResult> {
    const shown = shownPath(options.shownPath ?? path)
    const written = components.writing() // until the catalog names what is stored
    try {
      const before = await lstat(path)
      if (!before.isFile()) return refused(shown, 'not a file: only plain files are imported')
      const inspection = await prober.probe(path, options)
      if ('refused' in inspection) return refused(shown, inspection.refused)
      const blob = await (options.store?.() ?? components.blobs.put(read(path), options))
      const after = await stat(path)
      if (after.mtimeMs !== before.mtimeMs || after.size !== before.size || blob.size !== before.size) {
        return refused(shown, 'the file changed while it was read: import it again when nothing writes to it')
      }
      return await addAsset(shown, inspection, blob, options)
    } catch (err) {
      options.signal?.throwIfAborted()
      if (options.store !== undefined) throw err // its bytes are safe in the ring: whatever went wrong here may go better later
      if (err instanceof ThatDamError && !(err instanceof StorageFullError)) throw err
      log.error('could not import %s - %s', shown, err)
      return refused(shown, reasonOf(err))
    } finally {
      written()
    }
  }

  async function addAsset(shown: string, found: Found, blob: StoredBlob, options: ImportOptions): Promise<ImportResult> {
    const id = parseAssetId(blob.sha256)
    const known = await components.catalog.asset(id)
    const kept = known?.deletedAtMs === undefined ? known?.poster : undefined // of a deleted one nothing is trusted to be there still
    const poster = kept ?? await putPoster(found, options)
    const facts: AssetFacts = {
      id, name: basename(shown), size: blob.size, mime: found.mime, kind: found.kind, blob: blob.id, importedAtMs: now(), probe: found.probe
    }
    const added = await components.catalog.addAsset(facts, { node: components.self, path: shown }, poster)
    const isKnown = !added.created && known?.deletedAtMs === undefined
    return { path: shown, outcome: isKnown ? 'known' : 'imported', assetId: id, copies: blob.copies, reason: null }
  }

  async function putPoster(found: Found, options: AbortOptions): Promise<ChunkId | undefined> {
    const { poster } = found
    if (poster === undefined) return undefined
    return (await components.blobs.put(once(poster), { signal: options.signal })).id
  }

  return { importFile: (path, options = {}) => inTurn(() => importFile(resolve(path), options)) }
}

const refused = (path: string, reason: string): ImportResult => ({ path, outcome: 'refused', assetId: null, copies: 0, reason })

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

function read(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: READ_BYTES })
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
