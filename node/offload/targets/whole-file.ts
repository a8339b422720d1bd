import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** After a power cut the file is there as a whole, or not at all; its folder is made when it is missing. Others may read it. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.thatdam-tmp`
  try {
    const file = await open(temporary, 'w')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (err) {
    await rm(temporary, { force: true })
    throw err
  }
  await syncFolder(dirname(path))
}

/** A rename survives a power cut once its folder is synced; file systems that can not do that do it by themselves. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync().catch((err: NodeJS.ErrnoException) => { if (err.code !== 'EINVAL' && err.code !== 'ENOTSUP') throw err })
  } finally {
    await folder.close()
  }
}
