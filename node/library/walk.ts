import type { Dir } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import { isJunkName } from './junk.ts'
import { askDisk, leaveDisk } from './outside-disk.ts'

/** A plain file of a folder. */
export interface FoundFile {
  readonly path: string
  readonly size: number
  /** As exact as the file system tells, Unix ms. */
  readonly modifiedMs: number
  readonly inode: number
}

/** Folders deeper than this are not entered. @default 64 */
export const MAX_DEPTH = 64

export interface WalkOptions extends AbortOptions {
  /** Folder whose disk may not answer. @default what is walked */
  disk?: string
  /** False for what is passed over, a folder with all that is in it. @default what is no junk by its name */
  accepts?: (path: string, name: string) => boolean
  /** A folder is about to be read. */
  onFolder?: (path: string) => void
  /** What is there and could not be looked at, a folder with all that is in it. */
  onUnreadable?: (path: string, code: string) => void
}

/**
 * The files under `root` (or `root` itself), each folder in name order, left to right.
 * Hidden files and junk are skipped; links are not followed, so a folder never leads out of itself.
 */
export async function* walk(root: string, { disk = root, ...options }: WalkOptions = {}, depth = 0): AsyncGenerator<FoundFile> {
  options.signal?.throwIfAborted()
  const entry = await askDisk(disk, () => lstat(root))
  if (entry.isFile()) yield { path: root, size: entry.size, modifiedMs: entry.mtimeMs, inode: entry.ino }
  if (!entry.isDirectory()) return
  if (depth > MAX_DEPTH) return options.onUnreadable?.(root, 'too deep')
  options.onFolder?.(root)
  const names: string[] = []
  for await (const name of namesIn(root, disk)) if (options.accepts?.(join(root, name), name) ?? !isJunkName(name)) names.push(name)
  for (const name of names.sort()) yield* walkChild(join(root, name), { disk, ...options }, depth + 1)
}

/** A few at a time: one answer of a disk is small, however large the folder. */
async function* namesIn(folder: string, disk: string): AsyncGenerator<string> {
  const dir: Dir = await askDisk(disk, () => opendir(folder), (late) => late.close())
  try {
    for (let entry = await askDisk(disk, () => dir.read()); entry !== null; entry = await askDisk(disk, () => dir.read())) yield entry.name
  } finally {
    await leaveDisk(disk, () => dir.close())
  }
}

/** A folder that may not be read, or a file that went away, does not end the walk. */
async function* walkChild(path: string, options: WalkOptions, depth: number): AsyncGenerator<FoundFile> {
  try {
    yield* walk(path, options, depth)
  } catch (err) {
    options.signal?.throwIfAborted()
    const { code = '' } = err as { code?: string }
    if (!PASSED_OVER.has(code)) throw err
    if (code !== 'ENOENT') options.onUnreadable?.(path, code)
    else if (path.includes('\uFFFD')) options.onUnreadable?.(path, 'its name is not UTF-8')
  }
}

const PASSED_OVER = new Set(['EACCES', 'EPERM', 'ENOENT', 'ELOOP', 'EIO', 'ENOTDIR', 'EHOSTDOWN', 'ESTALE'])
