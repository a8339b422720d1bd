import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { NotAuthorizedError } from '#protocols/errors.ts'
import { realPathOf } from './opened-file.ts'
import { isWithin } from './within.ts'

/** A folder that is open: whatever becomes of the way that led to it, its files are reached by `path`. */
export interface OpenedFolder {
  readonly path: string
  close(): Promise<void>
}

/** `within`: real path of the folder that it is or lies in, whatever links lead to it. @throws NotAuthorizedError when it lies elsewhere, and what the file system says */
export async function openFolder(path: string, within: string): Promise<OpenedFolder> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    const real = await realPathOf(handle, path)
    if (!isWithin(real, within)) throw new NotAuthorizedError(`${path} leads out of ${within}: nothing outside that folder is written`)
    return { path: process.platform === 'linux' ? `/proc/${process.pid}/fd/${handle.fd}` : real, close: () => handle.close() }
  } catch (err) {
    await handle.close()
    throw err
  }
}
