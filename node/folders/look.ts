/** A look at a folder: what lies in it, and what of that is new, changed or gone since the last one. Reads names and times only. */
import { lstat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import { isSidecarName, MAX_SIDECAR_BYTES } from '../library/deep/sidecars.ts'
import { isJunkName } from '../library/junk.ts'
import { askDisk } from '../library/outside-disk.ts'
import { type FoundFile, walk } from '../library/walk.ts'
import { isWithin } from '../library/within.ts'
import type { FileCache, SeenFile } from './file-cache.ts'
import type { Folder } from './folder.ts'
import { fitsAny } from './patterns.ts'
import { SidecarIndex } from './sidecar-index.ts'

export interface LookInit extends AbortOptions {
  readonly folder: Folder
  readonly cache: Pick<FileCache, 'get' | 'entries'>
  /** Files and folders in it to look at, as absolute paths. @default the folder */
  readonly scopes?: readonly string[] | undefined
  /** The inodes mean something. */
  readonly trustsInodes: boolean
  /** Never looked at, though it may lie in the folder. */
  readonly dataFolder: string
  /** Take nothing for known. @default false */
  readonly again?: boolean | undefined
}

/** A file with what lies beside it. */
export interface SeenNow extends FoundFile {
  /** Path in the folder, what the cache knows it by. */
  readonly name: string
  readonly before: SeenFile | undefined
  readonly beside: readonly FoundFile[]
  /** Of `beside`, for the cache. */
  readonly sidecars: string
}

export interface Look {
  readonly unchanged: SeenNow[]
  /** As they were, with other sidecars beside them. */
  readonly redescribed: SeenNow[]
  /** New, or not what they were. */
  readonly fresh: SeenNow[]
  /** Names of files that are not there any more. */
  readonly gone: Array<[name: string, seen: SeenFile]>
  /** Folders that were read. */
  readonly folders: string[]
  /** What could not be looked at, and why. What is known of it is left as it is. */
  readonly unreadable: Array<{ path: string; code: string }>
  /** Files and folders passed over by their names or by the folder's patterns. */
  readonly skipped: number
}

/** @throws the signal's reason, and what reading the first folder throws */
export async function look(init: LookInit): Promise<Look> {
  const { folder, cache } = init
  const found: Look = { unchanged: [], redescribed: [], fresh: [], gone: [], folders: [], unreadable: [], skipped: 0 }
  const beside = new SidecarIndex<FoundFile>()
  const { files, skipped } = await gather(init, found, beside)
  for (const file of files) sort(found, seenNow(init, file, beside), init)
  const there = new Set(files.map(({ path }) => nameIn(folder, path)))
  const scopes = init.scopes ?? [folder.path]
  for (const [name, seen] of cache.entries()) {
    const path = join(folder.path, name)
    if (there.has(name) || !scopes.some((scope) => isWithin(path, scope)) || found.unreadable.some((lost) => isWithin(path, lost.path))) continue
    if (await isGone(folder, path)) found.gone.push([name, seen])
  }
  return { ...found, skipped }
}

export const nameIn = (folder: Folder, path: string): string => relative(folder.path, path)

async function gather({ folder, scopes = [folder.path], dataFolder, signal }: LookInit, found: Look, beside: SidecarIndex<FoundFile>): Promise<{ files: FoundFile[]; skipped: number }> {
  const files: FoundFile[] = []
  const isExcluded = fitsAny(folder.exclude)
  const isIncluded = folder.include.length === 0 ? () => true : fitsAny(folder.include)
  let skipped = 0
  const accepts = (path: string, name: string): boolean => {
    const isGood = !isJunkName(name) && path !== dataFolder && !isExcluded(nameIn(folder, path).replaceAll(sep, '/'))
    if (!isGood) skipped++
    return isGood
  }
  for (const scope of topmost(scopes)) {
    const isWhole = scope === folder.path
    const walking = walk(scope, { disk: folder.path, accepts, onFolder: (path) => found.folders.push(path), onUnreadable: (path, code) => found.unreadable.push({ path, code }), ...(signal && { signal }) })
    try {
      for await (const file of walking) {
        if (isSidecarName(file.path)) beside.add(file)
        else if (isIncluded(nameIn(folder, file.path).replaceAll(sep, '/'))) files.push(file)
        else skipped++
      }
    } catch (err) {
      signal?.throwIfAborted()
      const { code = '' } = err as { code?: string }
      if (isWhole) throw err
      if (code !== 'ENOENT' && code !== 'ENOTDIR') found.unreadable.push({ path: scope, code })
    }
  }
  return { files, skipped }
}

/** Those that lie in no other of them. */
function topmost(paths: readonly string[]): string[] {
  return [...new Set(paths)].filter((path, _, all) => !all.some((other) => other !== path && isWithin(path, other))).sort()
}

function seenNow({ folder, cache }: LookInit, file: FoundFile, index: SidecarIndex<FoundFile>): SeenNow {
  const name = nameIn(folder, file.path)
  const beside = index.of(file.path).filter(({ size }) => size > 0 && size <= MAX_SIDECAR_BYTES)
  const sidecars = beside.map(({ path, size, modifiedMs }) => `${nameIn(folder, path)} ${size} ${modifiedMs}`).join('\n')
  return { ...file, name, beside, sidecars, before: cache.get(name) }
}

function sort(found: Look, file: SeenNow, { trustsInodes, again = false }: LookInit): void {
  if (file.before === undefined || again || !isSame(file.before, file, trustsInodes)) found.fresh.push(file)
  else if (file.before.sidecars !== file.sidecars && file.before.asset !== undefined) found.redescribed.push(file)
  else found.unchanged.push(file)
}

/** The same bytes, as far as can be told without reading them. */
export function isSame(a: Pick<SeenFile, 'size' | 'modifiedMs' | 'inode'>, b: Pick<SeenFile, 'size' | 'modifiedMs' | 'inode'>, trustsInodes: boolean): boolean {
  return a.size === b.size && a.modifiedMs === b.modifiedMs && (!trustsInodes || a.inode === b.inode)
}

/** A file that is passed over now, by another pattern say, is still there. */
async function isGone(folder: Folder, path: string): Promise<boolean> {
  return askDisk(folder.path, () => lstat(path)).then((info) => !info.isFile(), (err: { code?: string }) => err.code === 'ENOENT' || err.code === 'ENOTDIR')
}
