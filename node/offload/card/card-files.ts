/** What lies on a card: every file, hidden ones too, and every folder, empty ones too. */
import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidInputError } from '#protocols/errors.ts'

/** Folders deeper than this are not entered. @default 64 */
export const MAX_CARD_DEPTH = 64
/** Files of one card, at most. @default 500000 */
export const MAX_CARD_FILES = 500_000
/** What operating systems keep for themselves at the root of a volume. */
const SYSTEM = new Set(['System Volume Information', '$RECYCLE.BIN', '.Trashes', '.Spotlight-V100', '.fseventsd', '.TemporaryItems', '.DocumentRevisions-V100', 'lost+found'])

export interface CardFile {
  /** From the card's root, with `/`. */
  readonly path: string
  readonly size: number
  /** Unix ms; its fraction is kept. */
  readonly mtimeMs: number
}

export interface CardContent {
  /** By path. */
  readonly files: readonly CardFile[]
  readonly folders: readonly string[]
  /** What is no file and no folder (links are not followed), or can not be looked at, and why. */
  readonly refused: ReadonlyArray<{ readonly path: string; readonly reason: string }>
}

/** `ignore`: paths that are left out, with all beneath them. @throws InvalidInputError when there is no such folder */
export async function readCard(root: string, { signal, ignore = () => false }: { signal?: AbortSignal | undefined; ignore?: (path: string, isFolder: boolean) => boolean } = {}): Promise<CardContent> {
  const found = { files: [] as CardFile[], folders: [] as string[], refused: [] as Array<{ path: string; reason: string }> }
  const info = await lstat(root).catch((err: NodeJS.ErrnoException) => { throw new InvalidInputError(`there is no card at ${root}: ${err.code === 'ENOENT' ? 'no such folder' : err.message}`) })
  if (!info.isDirectory()) throw new InvalidInputError(`${root} is no folder: name the folder that the card is mounted at`)

  async function walk(folder: string, depth: number): Promise<void> {
    signal?.throwIfAborted()
    let entries: Dirent[]
    try {
      entries = await readdir(join(root, folder), { withFileTypes: true })
    } catch (err) {
      if (folder === '') throw err
      return void found.refused.push({ path: folder, reason: `the folder can not be read: ${(err as Error).message}` })
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) await look(entry, folder === '' ? entry.name : `${folder}/${entry.name}`, depth)
  }

  async function look(entry: Dirent, path: string, depth: number): Promise<void> {
    if ((depth === 0 && SYSTEM.has(entry.name)) || ignore(path, entry.isDirectory())) return
    if (entry.isDirectory()) {
      found.folders.push(path)
      if (depth >= MAX_CARD_DEPTH) return void found.refused.push({ path, reason: `it lies deeper than ${MAX_CARD_DEPTH} folders` })
      return walk(path, depth + 1)
    }
    if (!entry.isFile()) return void found.refused.push({ path, reason: entry.isSymbolicLink() ? 'it is a link: links are not followed' : 'it is no plain file' })
    if (found.files.length >= MAX_CARD_FILES) throw new InvalidInputError(`${root} has more than ${MAX_CARD_FILES} files: offload its folders one by one`)
    try {
      const { size, mtimeMs } = await lstat(join(root, path))
      found.files.push({ path, size, mtimeMs })
    } catch (err) {
      found.refused.push({ path, reason: `it can not be looked at: ${(err as Error).message}` })
    }
  }

  await walk('', 0)
  return found
}
