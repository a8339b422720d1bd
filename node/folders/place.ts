/** What the operating system says of a folder. */
import { lstat, realpath, stat, statfs } from 'node:fs/promises'
import { dirname, isAbsolute } from 'node:path'
import { InvalidInputError, RefusedError } from '#protocols/errors.ts'
import { askDisk } from '../library/outside-disk.ts'
import { isWithin } from '../library/within.ts'
import { MAX_FOLDER_PATH } from './folder.ts'

/** Never read as folders of media, nor anything in them. */
const FORBIDDEN = ['/proc', '/sys', '/dev', '/run/credentials']

/** Magic numbers of file systems that are elsewhere (statfs(2)): CIFS, SMB, SMB2, NFS, FUSE, 9P, AFS, Ceph, Lustre. */
const NETWORK = new Set([0xff534d42, 0x517b, 0xfe534d42, 0x6969, 0x65735546, 0x01021997, 0x5346414f, 0x00c36400, 0x0bd00bd0])

/** Folders in which systems make one for every disk that is plugged in. */
const OF_DISKS = /^\/(mnt|media(\/[^/]+)?|run\/media\/[^/]+|Volumes)$/

/** Whether a folder is one that systems make for a disk that is plugged in: nobody else is to make it, or the files go to another disk. */
export const isOfDisk = (path: string): boolean => OF_DISKS.test(dirname(path))

/** The folder behind what a person wrote, links resolved. @throws InvalidInputError with what is wrong */
export async function realFolder(path: string, dataFolder: string): Promise<string> {
  if (!isAbsolute(path) || path.includes('\0') || path.length > MAX_FOLDER_PATH) throw new InvalidInputError(`not an absolute path: ${JSON.stringify(path.slice(0, 200))}. Name the folder from / on`)
  const real = await askDisk(path, () => realpath(path)).catch((err: { code?: string }) => {
    if (err instanceof RefusedError) throw err
    throw new InvalidInputError(`cannot use ${path} on this node's machine: ${err.code === 'ENOENT' ? 'there is no such folder' : 'the node may not read it'}`)
  })
  if (!(await askDisk(path, () => stat(real))).isDirectory()) throw new InvalidInputError(`${path} is no folder: name the folder it lies in`)
  if (real === '/' || FORBIDDEN.some((folder) => isWithin(real, folder))) throw new InvalidInputError(`${real} is the system's: name the folder of your media`)
  if (isWithin(real, dataFolder)) throw new InvalidInputError(`${real} is the folder this node keeps its own data in: name another`)
  return real
}

/** Whether another file system is mounted there. */
export async function isMountPoint(path: string): Promise<boolean> {
  const [here, above] = await askDisk(path, () => Promise.all([lstat(path), lstat(dirname(path))]))
  return here.dev !== above.dev
}

/** Whether the files are on another machine: nobody tells of changes then, and inodes may be made up. */
export async function isOnNetwork(path: string): Promise<boolean> {
  const { type } = await askDisk(path, () => statfs(path))
  return NETWORK.has(type >>> 0)
}

/** @throws RefusedError with why the folder can not be looked at now, when it is not what it was */
export async function checkThere(path: string, wasMount: boolean): Promise<void> {
  const offline = (why: string): never => { throw new RefusedError(`${path} is not there now: ${why}. Nothing was changed in the library`) }
  const real = await askDisk(path, () => realpath(path)).catch((err: { code?: string }) => err instanceof RefusedError ? offline(err.message) : offline(err.code === 'ENOENT' ? 'there is no such folder. Is the disk plugged in, or the share mounted?' : `the node may not read it (${err.code})`))
  if (real !== path) offline(`it has become a link to ${real}. Add that folder, if it is the right one`)
  const info = await askDisk(path, () => stat(path)).catch((err: { code?: string }) => offline(err instanceof RefusedError ? err.message : `the file system says ${err.code}`))
  if (info?.isDirectory() === false) offline('it is no folder any more')
  if (wasMount && !await isMountPoint(path)) offline('nothing is mounted there. Mount the disk or share again')
}
