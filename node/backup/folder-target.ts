import { constants, type Stats } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isOfDisk } from '../folders/place.ts'
import { BackupDamagedError, type BackupTarget, BackupTargetError, type TargetFile } from './backup-target.ts'

/** A file that was being written ends like this; nothing reads it. */
const UNFINISHED = '.part'

/**
 * Whether a backup can be in this folder, as far as a look tells: it is there, or can be made in one that is there and is not where disks
 * are mounted. Makes nothing: what stands in for a disk that is not plugged in would be on another disk. @throws BackupTargetError
 */
export async function checkFolder(folder: string): Promise<void> {
  const root = resolve(folder)
  if (await isFolder(root)) return
  if (isOfDisk(root) || !await isFolder(dirname(root))) throw missing(root)
}

/** A backup in a folder of this machine. Folders in it are made when they are needed; itself is only made in a folder that is there. */
export function createFolderTarget(folder: string): BackupTarget {
  const root = resolve(folder)
  const changed = new Set<string>()
  const made = new Set<string>()

  async function makeFolder(path: string): Promise<void> {
    if (made.has(path)) return
    await (path === root ? checkFolder(root) : makeFolder(dirname(path)))
    const isNew = await mkdir(path).then(() => true, (err: { code?: string }) => {
      if (err.code !== 'EEXIST') throw err
      return false
    })
    made.add(path)
    if (isNew) changed.add(dirname(path))
  }

  return {
    name: folder,
    async get(path, maxBytes) {
      try {
        // a link or a pipe in the place of a file must neither lead elsewhere nor hang
        await using file = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
        const info = await file.stat()
        if (!info.isFile()) throw new BackupDamagedError(`${path} is no plain file`)
        if (info.size > maxBytes) throw new BackupDamagedError(`${path} has ${info.size} bytes, more than the ${maxBytes} it may have`)
        return await file.readFile()
      } catch (err) {
        const { code } = err as { code?: string }
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
        if (code === 'ELOOP' || code === 'EISDIR' || code === 'ENXIO') throw new BackupDamagedError(`${path} is no plain file`)
        throw explain(err, root)
      }
    },
    async put(path, bytes) {
      const to = join(root, path)
      try {
        await makeFolder(dirname(to))
        const part = `${to}${UNFINISHED}`
        await using file = await open(part, 'w')
        await file.writeFile(bytes)
        await file.datasync()
        await rename(part, to)
        changed.add(dirname(to))
      } catch (err) {
        throw explain(err, root)
      }
    },
    async *list(under) {
      try {
        yield* files(root, under)
      } catch (err) {
        throw explain(err, root)
      }
    },
    async delete(path) {
      await rm(join(root, path), { force: true }).catch((err) => { throw explain(err, root) })
    },
    async flush() {
      for (const path of changed) {
        await using folderHandle = await open(path)
        await folderHandle.sync()
        changed.delete(path)
      }
    }
  }
}

async function* files(root: string, under: string): AsyncGenerator<TargetFile> {
  const entries = await readdir(join(root, under), { withFileTypes: true }).catch((err: { code?: string }) => {
    if (err.code === 'ENOENT') return []
    throw err
  })
  for (const entry of entries) {
    const path = `${under}${entry.name}`
    if (entry.isDirectory()) yield* files(root, `${path}/`)
    else if (entry.isFile() && !entry.name.endsWith(UNFINISHED)) {
      const info: Stats | undefined = await stat(join(root, path)).catch(() => undefined) // gone meanwhile
      if (info !== undefined) yield { path, size: info.size, writtenMs: info.mtimeMs }
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  const info = await stat(path).catch((err: { code?: string }) => {
    if (err.code !== 'ENOENT') throw explain(err, path)
  })
  if (info?.isDirectory() === false) throw new BackupTargetError(`${path} is no folder`)
  return info !== undefined
}

const missing = (root: string): BackupTargetError => new BackupTargetError(`there is no ${root}: plug its disk in, or make that folder if it is to be there`)

function explain(err: unknown, root: string): Error {
  const { code, message } = err as { code?: string; message: string }
  if (err instanceof BackupDamagedError || err instanceof BackupTargetError) return err
  if (code === 'ENOENT') return missing(root)
  if (code === 'EACCES' || code === 'EPERM') return new BackupTargetError(`${root} may not be read or written by this user`)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new BackupTargetError(`${root} is full: make space and run the same command again, it goes on where it stopped`)
  if (code === 'EROFS') return new BackupTargetError(`${root} is read-only`)
  if (code === 'ENOTDIR' || code === 'EEXIST') return new BackupTargetError(`${root} is no folder`)
  return new BackupTargetError(`${root}: ${message}`)
}
