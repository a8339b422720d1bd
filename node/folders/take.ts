/** What a look found, carried into the catalog. */
import { basename, extname, join } from 'node:path'
import { type AssetId, type ChunkId, parseAssetId, type PeerId } from '#protocols/ids.ts'
import type { Asset, Catalog, Ring } from '#ring'
import type { JobHandle } from '../jobs/jobs.ts'
import type { Imported, Importer, ImportTicket } from '../library/importer.ts'
import { openFile } from '../library/opened-file.ts'
import type { FoundFile } from '../library/walk.ts'
import { isWithin } from '../library/within.ts'
import type { FileCache, SeenFile } from './file-cache.ts'
import type { Folder } from './folder.ts'
import { createGoneFiles, type GoneFiles } from './gone-files.ts'
import { isSame, type Look, nameIn, type SeenNow } from './look.ts'
import type { XattrReader } from './xattrs.ts'

/** Files of one scan that are read at once. @default 2 */
export const SCAN_CONCURRENCY = 2

export interface TakeComponents {
  readonly importer: Importer
  readonly blobs: Pick<Ring['blobs'], 'put'>
  readonly catalog: Pick<Catalog, 'asset' | 'index' | 'placeFile' | 'editAsset'>
  readonly self: PeerId
  readonly writing: Ring['writing']
  readonly xattrs: XattrReader
  /** Unix ms. */
  readonly now: () => number
}

export interface Taking extends TakeComponents {
  readonly folder: Folder
  readonly cache: FileCache
  readonly trustsInodes: boolean
  readonly batch?: Pick<ImportTicket, 'id' | 'name'> | undefined
  readonly job: Pick<JobHandle, 'signal' | 'note' | 'update' | 'turn' | 'view'>
}

/** What became of the files of a folder. */
export interface ScanReport {
  unchanged: number
  /** Of files that are where they were not: the same bytes as one that is gone. */
  moved: number
  /** Another file in the place of one that was known. */
  changed: number
  /** Not there any more, now or since an earlier look. */
  missing: number
  /** Assets whose sidecars were read. */
  sidecars: number
}

/** Moved files first, then those that have to be read, then what is missing. */
export async function take(taking: Taking, { unchanged, redescribed, fresh, gone }: Look): Promise<ScanReport> {
  const report: ScanReport = { unchanged: 0, moved: 0, changed: 0, missing: 0, sidecars: 0 }
  const left = createGoneFiles(gone)
  for (const file of unchanged) await keepUnchanged(taking, file, report)
  for (const file of redescribed) await redescribe(taking, file, report)
  const queue = [...fresh]
  await Promise.all(Array.from({ length: SCAN_CONCURRENCY }, async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      await taking.job.turn()
      await takeFresh(taking, file, left, report)
    }
  }))
  for (const [name, seen] of left.left()) await lose(taking, name, seen, left, report)
  await taking.cache.flush()
  return report
}

/** What is as it was costs a look into the lists; a file that was missing is back. */
async function keepUnchanged(taking: Taking, file: SeenNow, report: ScanReport): Promise<void> {
  const { job, folder, catalog } = taking
  const asset = file.before?.asset === undefined ? undefined : catalog.index.asset(file.before.asset)
  if (asset !== undefined && asset.facts.blob === undefined && folder.mode === 'import') return takeFresh(taking, file, createGoneFiles([]), report)
  report.unchanged++
  job.update({ filesDone: job.view.filesDone + 1, ...(file.before?.asset === undefined ? { refused: job.view.refused + 1 } : { known: job.view.known + 1 }) })
  if (asset !== undefined && folder.mode === 'reference') await place(taking, asset, file) // of one that is deleted a person decides, not a scan
}

async function place(taking: Taking, asset: Asset, { path, modifiedMs }: FoundFile): Promise<void> {
  const known = fileAt(taking, asset, path)
  const modifiedAtMs = Math.floor(modifiedMs)
  if (known === undefined || known.missingSinceMs !== undefined || known.modifiedAtMs !== modifiedAtMs) await taking.catalog.placeFile(asset.facts.id, { node: taking.self, path, file: { modifiedAtMs } })
}

async function redescribe(taking: Taking, file: SeenNow, report: ScanReport): Promise<void> {
  await keepUnchanged(taking, file, report)
  const asset = file.before?.asset
  if (asset === undefined || file.before === undefined) return
  const isRead = await describe(taking, asset, file, report)
  const reason = isRead ? await taking.importer.readBeside?.(asset, file.path, taking.folder.path) : undefined
  if (reason) taking.job.note({ path: file.path, outcome: 'known', assetId: asset, copies: 0, reason })
  await taking.cache.set(file.name, { ...file.before, sidecars: file.sidecars })
}

async function takeFresh(taking: Taking, file: SeenNow, left: GoneFiles, report: ScanReport): Promise<void> {
  const { folder, job, cache } = taking
  const twin = movedFrom(taking, file, left)
  let seen = 0
  const { isLasting = false, ...result }: Imported = twin ?? await taking.importer.importFile(file.path, {
    within: folder.path, inPlace: folder.mode === 'reference', revive: false, batch: { id: job.view.id, source: 'scan', name: folder.name, ...taking.batch }, modifiedAtMs: Math.floor(file.modifiedMs), signal: job.signal,
    onProgress: (bytes) => { job.update({ bytesDone: job.view.bytesDone + bytes - seen }); seen = bytes }
  })
  const asset = result.assetId === null ? undefined : parseAssetId(result.assetId)
  const before = file.before?.asset
  const isOther = asset !== undefined || isLasting || (file.before !== undefined && !isSame(file.before, file, taking.trustsInodes))
  if (before !== undefined && before !== asset && isOther) await replaced(taking, file, before, report)
  if (asset !== undefined) {
    if (twin !== undefined) await placeTwin(taking, asset, file)
    await follow(taking, asset, left, report)
    await describe(taking, asset, file, report)
  }
  if (asset === undefined && !isLasting) await cache.set(file.name, undefined) // the next scan tries again
  else await cache.set(file.name, { size: file.size, modifiedMs: file.modifiedMs, inode: file.inode, asset, reason: result.reason ?? undefined, sidecars: file.sidecars })
  job.note(result)
  job.update({ filesDone: job.view.filesDone + 1, bytesDone: job.view.bytesDone + file.size - seen })
}

/** A file that was only renamed is not read again: size, time and inode are those of one that is gone. */
function movedFrom({ trustsInodes, catalog, folder }: Taking, file: SeenNow, left: GoneFiles): Imported | undefined {
  if (!trustsInodes || file.size === 0) return undefined
  const twin = left.assetOf(file)
  const asset = twin === undefined ? undefined : catalog.index.asset(twin)
  if (asset === undefined || (folder.mode === 'import' && asset.facts.blob === undefined)) return undefined
  return { path: file.path, outcome: 'known', assetId: asset.facts.id, copies: 0, reason: null }
}

async function placeTwin(taking: Taking, id: AssetId, file: SeenNow): Promise<void> {
  const asset = taking.catalog.index.asset(id)
  if (asset !== undefined && taking.folder.mode === 'reference') await place(taking, asset, file)
}

/** The same bytes lay elsewhere and do not any more: they were moved, and what people wrote about them goes along. */
async function follow(taking: Taking, asset: AssetId, left: GoneFiles, report: ScanReport): Promise<void> {
  const name = left.take(asset)
  if (name === undefined) return
  report.moved++
  await leave(taking, await taking.catalog.asset(asset), join(taking.folder.path, name))
  await taking.cache.set(name, undefined)
}

/** What the catalog says of the file of an asset that lies here. */
const fileAt = ({ self }: Taking, asset: Asset, path: string): Asset['locations'][number]['file'] => asset.locations.find((location) => location.node === self && location.path === path)?.file
/** A file of the asset lies there. */
const isThere = ({ file }: Asset['locations'][number]): boolean => file !== undefined && file.missingSinceMs === undefined

async function leave(taking: Taking, asset: Asset | undefined, path: string): Promise<void> {
  if (asset !== undefined && fileAt(taking, asset, path) !== undefined) await taking.catalog.placeFile(asset.facts.id, { node: taking.self, path })
}

/** In the place of the old one is another file. Where that was the last place of its bytes, the asset says so. */
async function replaced(taking: Taking, { path }: SeenNow, before: AssetId, report: ScanReport): Promise<void> {
  report.changed++
  const asset = await taking.catalog.asset(before)
  const isElsewhere = asset?.locations.some((location) => isThere(location) && !(location.node === taking.self && location.path === path)) ?? false
  if (asset?.facts.blob !== undefined || isElsewhere) await leave(taking, asset, path)
  else await miss(taking, asset, path)
}

/** Of a file whose bytes are in the ring, or lie in this folder under another name too, nobody need be told. */
async function lose(taking: Taking, name: string, seen: SeenFile, left: GoneFiles, report: ScanReport): Promise<void> {
  const asset = seen.asset === undefined ? undefined : await taking.catalog.asset(seen.asset)
  const path = join(taking.folder.path, name)
  if (asset !== undefined && liesBeside(taking, asset, left)) {
    report.moved++
    await leave(taking, asset, path)
  } else if (await miss(taking, asset, path)) {
    report.missing++
    return
  }
  await taking.cache.set(name, undefined)
}

/** A share may show a renamed file at both places for a moment: an earlier look has read the new one then. */
function liesBeside({ folder, self }: Taking, asset: Asset, left: GoneFiles): boolean {
  return asset.locations.some((location) => location.node === self && isThere(location) && isWithin(location.path, folder.path) && !left.has(nameIn(folder, location.path)))
}

/** Nothing is deleted because a file is not there: it may come back. Answers whether the catalog counts on it. */
async function miss(taking: Taking, asset: Asset | undefined, path: string): Promise<boolean> {
  const known = asset && fileAt(taking, asset, path)
  if (asset === undefined || known === undefined) return false
  if (known.missingSinceMs === undefined) await taking.catalog.placeFile(asset.facts.id, { node: taking.self, path, file: { ...known, missingSinceMs: taking.now() } })
  return true
}

/** Sidecars and extended attributes, kept with the asset byte for byte. Answers whether there is an XMP that was not there, or says something else now. */
async function describe(taking: Taking, id: AssetId, file: SeenNow, report: ScanReport): Promise<boolean> {
  const asset = await taking.catalog.asset(id)
  if (asset === undefined || asset.deletedAtMs !== undefined) return false
  const written = taking.writing()
  try {
    const sidecars: Record<string, ChunkId> = {}
    for (const { path } of file.beside) {
      const blob = await putBeside(taking, path)
      if (blob !== undefined) sidecars[basename(path)] = blob
    }
    const made = await attributesOf(taking, file)
    const changed = Object.entries(sidecars).flatMap(([name, blob]) => (asset.sidecars[name] === blob ? [] : [name]))
    if (changed.length > 0) report.sidecars++
    if (Object.keys(sidecars).length > 0 || made !== undefined) await taking.catalog.editAsset(id, { sidecars, ...(made && { made }) })
    return changed.some((name) => extname(name).toLowerCase() === '.xmp')
  } finally {
    written()
  }
}

/** As a blob called `xattrs`: JSON, the values in base64. */
async function attributesOf({ blobs, xattrs, folder, job }: Taking, { path }: SeenNow): Promise<Record<string, ChunkId> | undefined> {
  const file = await openFile(path, { within: folder.path }).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const attributes = xattrs(file.path)
    if (attributes === undefined) return undefined
    return { xattrs: (await blobs.put((async function* () { yield Buffer.from(JSON.stringify(attributes)) })(), { signal: job.signal })).id }
  } finally {
    await file.close()
  }
}

async function putBeside({ blobs, folder, job }: Taking, path: string): Promise<ChunkId | undefined> {
  const file = await openFile(path, { within: folder.path }).catch(() => undefined) // it went away, or may not be read: the footage counts
  if (file === undefined) return undefined
  try {
    return (await blobs.put(file.read(), { signal: job.signal })).id
  } finally {
    await file.close()
  }
}

