import { constants, type Stats } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { BackupDamagedError, type BackupTarget, BackupTargetError, type TargetFile } from './backup-target.ts'

/** A file that was being written ends like this; nothing reads it. */
const UNFINISHED = '.part'

/** A backup in a folder of this machine. Folders of it are made when they are needed. */
export function createFolderTarget(folder: string): BackupTarget {
  const root = resolve(folder)
  const changed = new Set<string>()
  const made = new Set<string>()

  async function makeFolder(path: string): Promise<void> {
    if (made.has(path)) return
    const first = await mkdir(path, { recursive: true })
    made.add(path)
    if (first === undefined) return
    for (let each = path; each.length >= first.length; each = dirname(each)) changed.add(dirname(each))
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

function explain(err: unknown, root: string): Error {
  const { code, message } = err as { code?: string; message: string }
  if (err instanceof BackupDamagedError) return err
  if (code === 'EACCES' || code === 'EPERM') return new BackupTargetError(`${root} may not be read or written by this user`)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new BackupTargetError(`${root} is full: make space and run the same command again, it goes on where it stopped`)
  if (code === 'EROFS') return new BackupTargetError(`${root} is read-only`)
  if (code === 'ENOTDIR' || code === 'EEXIST') return new BackupTargetError(`${root} is no folder`)
  return new BackupTargetError(`${root}: ${message}`)
}
