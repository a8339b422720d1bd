import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { isSidecarName } from './deep/sidecars.ts'
import { isJunkName } from './importer.ts'

/** A plain file of a folder. */
export interface FoundFile {
  readonly path: string
  readonly size: number
}

/** Folders deeper than this are not entered. @default 64 */
export const MAX_DEPTH = 64

/**
 * The files under `root` (or `root` itself), each folder in name order, left to right.
 * Hidden files and junk are skipped; links are not followed, so a folder never leads out of itself.
 */
export async function* walk(root: string, signal: AbortSignal, depth = 0): AsyncGenerator<FoundFile> {
  signal.throwIfAborted()
  const entry = await lstat(root)
  if (entry.isFile()) yield { path: root, size: entry.size }
  if (!entry.isDirectory() || depth > MAX_DEPTH) return
  const names: string[] = []
  for await (const { name } of await opendir(root)) if (!isJunkName(name)) names.push(name)
  for (const name of names.sort(sidecarsLast)) yield* walkChild(join(root, name), signal, depth + 1)
}

/** In name order, but what lies beside pictures after them. */
const sidecarsLast = (a: string, b: string): number => Number(isSidecarName(a)) - Number(isSidecarName(b)) || (a < b ? -1 : 1)

/** A folder that may not be read, or a file that went away, does not end the walk. */
async function* walkChild(path: string, signal: AbortSignal, depth: number): AsyncGenerator<FoundFile> {
  try {
    yield* walk(path, signal, depth)
  } catch (err) {
    signal.throwIfAborted()
    if (!['EACCES', 'EPERM', 'ENOENT', 'ELOOP', 'EIO'].includes((err as { code?: string }).code ?? '')) throw err
  }
}
