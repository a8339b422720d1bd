import { randomUUID } from 'node:crypto'
import { lstat, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, extname, isAbsolute, join } from 'node:path'
import type { PeerId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { MAX_XMP_BYTES } from './xmp-names.ts'

/** A sidecar that lies beside an original. */
export interface FoundSidecar {
  readonly path: string
  readonly text: string
  readonly mtimeMs: number
}

export const isXmpName = (path: string): boolean => /\.xmp$/i.test(path)

/** `clip.mp4.xmp` goes before `clip.xmp`. */
export const sidecarPaths = (path: string): string[] => [path, path.slice(0, path.length - extname(path).length)].flatMap((stem) => [`${stem}.xmp`, `${stem}.XMP`])

/** The first of them that is there; undefined when none is. @throws Error when there is one that can not be read */
export async function sidecarBeside(path: string): Promise<FoundSidecar | undefined> {
  for (const candidate of sidecarPaths(path)) {
    const found = await lstat(candidate).catch((err: { code?: string }) => { if (err.code === 'ENOENT' || err.code === 'ENOTDIR') return undefined; throw err })
    if (found === undefined || !found.isFile()) continue
    if (found.size > MAX_XMP_BYTES) throw new Error(`${basename(candidate)} is larger than a sidecar is: ${found.size} bytes`)
    return { path: candidate, text: await readFile(candidate, 'utf8'), mtimeMs: found.mtimeMs }
  }
  return undefined
}

/** Where this node sees the original itself, as a plain file of the right size; undefined when it does not. */
export async function originalOf(asset: Pick<Asset, 'facts' | 'locations'>, self: PeerId): Promise<string | undefined> {
  for (const { node, path } of asset.locations) {
    if (node !== self || !isAbsolute(path)) continue
    const found = await lstat(path).catch(() => undefined)
    if (found?.isFile() === true && found.size === asset.facts.size) return path
  }
  return undefined
}

/** Whole or not at all: whoever reads it sees the old text or the new one. `mtimeMs`: of the file that is replaced, which must not have changed since. @throws Error */
export async function writeWhole(path: string, text: string, mtimeMs?: number): Promise<void> {
  const before = await lstat(path).catch(() => undefined)
  if (before !== undefined && (!before.isFile() || before.mtimeMs !== mtimeMs)) throw new Error(`${basename(path)} was changed by another program meanwhile`)
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    const file = await open(draft, 'wx', before?.mode ?? 0o644)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (err) {
    await rm(draft, { force: true })
    throw err
  }
}
