import { randomUUID } from 'node:crypto'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { InvalidInputError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { bytesOf } from '#ring/base/bytes.ts'
import type { Folders } from '../../folders/folders.ts'
import { openFile } from '../../library/opened-file.ts'
import { openFolder } from '../../library/opened-folder.ts'
import { MAX_XMP_BYTES } from './xmp-names.ts'

/** A file of this machine, and the folder that the node may read, in which it and what lies beside it must be. */
export interface Original {
  readonly path: string
  readonly within: string
}

/** A sidecar that lies beside an original. */
export interface FoundSidecar {
  readonly path: string
  readonly text: string
  /** Unix ms, whole. */
  readonly modifiedAtMs: number
}

export const isXmpName = (path: string): boolean => /\.xmp$/i.test(path)

/** `clip.mp4.xmp` goes before `clip.xmp`. */
export const sidecarPaths = (path: string): string[] => [path, path.slice(0, path.length - extname(path).length)].flatMap((stem) => [`${stem}.xmp`, `${stem}.XMP`])

/** The first of them that is there; undefined when none is. @throws Error when there is one that can not be read, or leads out of the folder */
export async function sidecarBeside({ path, within }: { readonly path: string; readonly within?: string | undefined }): Promise<FoundSidecar | undefined> {
  for (const candidate of sidecarPaths(path)) {
    const file = await openFile(candidate, { within }).catch((err: { code?: string }) => { if (isAbsent(err)) return undefined; throw err })
    if (file === undefined) continue
    try {
      if (file.size > MAX_XMP_BYTES) throw new Error(`${basename(candidate)} is larger than a sidecar is: ${file.size} bytes`)
      return { path: candidate, text: (await bytesOf(file.read())).toString('utf8'), modifiedAtMs: file.modifiedAtMs }
    } finally {
      await file.close()
    }
  }
  return undefined
}

/** There is nothing, or no plain file. */
const isAbsent = (err: { code?: string }): boolean => err instanceof InvalidInputError || err.code === 'ENOENT' || err.code === 'ENOTDIR'

/** Where this node may see the original itself, as a plain file of the right size; undefined when it does not. */
export async function originalOf({ facts, locations }: Pick<Asset, 'facts' | 'locations'>, self: PeerId, folders: Pick<Folders, 'allowing'>): Promise<Original | undefined> {
  for (const { node, path } of locations) {
    const within = node === self ? folders.allowing(path)?.path : undefined
    const file = within === undefined ? undefined : await openFile(path, { within }).catch(() => undefined)
    await file?.close()
    if (within !== undefined && file?.size === facts.size) return { path, within }
  }
  return undefined
}

/** Whole or not at all: whoever reads it sees the old text or the new one. `modifiedAtMs`: of the file that is replaced, which must not have changed since. @throws NotAuthorizedError when it leads out of the folder, Error */
export async function writeWhole({ path, within }: Original, text: string, modifiedAtMs?: number): Promise<void> {
  const folder = await openFolder(dirname(path), within)
  const target = join(folder.path, basename(path))
  const draft = join(folder.path, `.thatdam-${randomUUID()}.tmp`) // a name that goes with the longest
  try {
    const before = await lstat(target).catch(() => undefined)
    if (before !== undefined && (!before.isFile() || Math.floor(before.mtimeMs) !== modifiedAtMs)) throw new Error(`${basename(path)} was changed by another program meanwhile`)
    const file = await open(draft, 'wx', before?.mode ?? 0o644)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, target)
  } catch (err) {
    await rm(draft, { force: true })
    throw err
  } finally {
    await folder.close()
  }
}
