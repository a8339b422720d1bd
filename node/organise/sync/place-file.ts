import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, lstat, mkdir, open, rename, rm, symlink, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ChunkCorruptError } from '#protocols/errors.ts'
import type { Asset } from '#ring'
import type { Originals } from '../../folders/originals.ts'

export type SyncMode = 'copy' | 'hardlink' | 'symlink' | 'reflink'

/** Somebody else's file has this name. */
export class NameTakenError extends Error {}

/** What was done, and why not what was asked for. */
export interface Placed {
  readonly mode: SyncMode
  readonly note: string | null
}

/** Makes the folders down to a file, none of them a link that leads elsewhere. @throws Error */
export async function makeFolders(root: string, path: string): Promise<void> {
  let folder = root
  for (const segment of dirname(path).split('/')) {
    if (segment === '.') return
    folder = join(folder, segment)
    await mkdir(folder).catch((err: { code?: string }) => { if (err.code !== 'EEXIST') throw err })
    if (!(await lstat(folder)).isDirectory()) throw new Error(`${segment} is in the way: it is no folder`)
  }
}

/** Puts one file there, whole or not at all, and never over one that is there. `original`: where it lies on this machine. @throws NameTakenError */
export async function placeFile(originals: Pick<Originals, 'read'>, asset: Asset, target: string, mode: SyncMode, original: string | undefined, signal: AbortSignal): Promise<Placed> {
  if (mode !== 'copy' && original !== undefined) {
    const why = await linked(mode, original, target)
    if (why === undefined) return { mode, note: null }
    await copied(originals, asset, target, signal)
    return { mode: 'copy', note: `copied: ${why}` }
  }
  await copied(originals, asset, target, signal)
  return { mode: 'copy', note: mode === 'copy' ? null : 'copied: its original does not lie on this machine' }
}

/** Answers why it could not be done; undefined when it was. */
async function linked(mode: SyncMode, original: string, target: string): Promise<string | undefined> {
  try {
    if (mode === 'hardlink') await link(original, target)
    else if (mode === 'symlink') await symlink(original, target)
    else await copyFile(original, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE)
    return undefined
  } catch (err) {
    const { code = '' } = err as { code?: string }
    if (code === 'EEXIST') throw new NameTakenError(target)
    if (code === 'EXDEV') return 'it lies on another file system'
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'ENOTTY', 'EMLINK'].includes(code)) return `the file system makes no ${mode}`
    throw err
  }
}

async function copied(originals: Pick<Originals, 'read'>, asset: Asset, target: string, signal: AbortSignal): Promise<void> {
  const { facts } = asset
  const draft = join(dirname(target), `.thatdam-${randomUUID()}.tmp`)
  try {
    const file = await open(draft, 'wx', 0o644)
    try {
      const hash = createHash('sha256')
      for await (const bytes of originals.read(asset, {}, { signal })) {
        hash.update(bytes)
        await file.writeFile(bytes)
      }
      if (hash.digest('hex') !== facts.id) throw new ChunkCorruptError(`what was read of ${facts.name} is not what was imported`)
      await file.sync()
    } finally {
      await file.close()
    }
    const at = new Date(facts.probe.createdAtMs ?? facts.importedAtMs)
    await utimes(draft, at, at)
    await publish(draft, target)
  } finally {
    await rm(draft, { force: true })
  }
}

/** A link takes no name that is taken; where there are none, it is looked first. */
async function publish(draft: string, target: string): Promise<void> {
  try {
    await link(draft, target)
  } catch (err) {
    const { code } = err as { code?: string }
    if (code === 'EEXIST') throw new NameTakenError(target)
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code ?? '')) throw err
    if (await lstat(target).catch(() => undefined) !== undefined) throw new NameTakenError(target)
    await rename(draft, target)
  }
}
