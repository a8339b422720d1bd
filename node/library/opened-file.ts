import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { InvalidInputError, NotAuthorizedError } from '#protocols/errors.ts'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import { askDisk, leaveDisk } from './outside-disk.ts'
import { isWithin } from './within.ts'

/** Bytes read from a file at a time. @default 1048576 */
export const READ_BYTES = 1_048_576

/** A plain file that is open: whatever becomes of its name, these are its bytes. */
export interface OpenedFile {
  readonly size: number
  /** Unix ms, whole. */
  readonly modifiedAtMs: number
  /** What another process of this user opens the same file by. */
  readonly path: string
  /** From `start` up to and without `end`. */
  read(range?: { start?: number; end?: number }, options?: AbortOptions): AsyncGenerator<Uint8Array>
  /** Whether somebody wrote to it since it was opened. */
  hasChanged(): Promise<boolean>
  close(): Promise<void>
}

export interface OpenInit {
  /** Real path of the folder it must lie in, whatever links lead to it; on a disk that is not the node's own and may not answer. */
  within?: string | undefined
}

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK // a pipe with nobody at its end would not open

/** Never through a link at its end, and never anything but a plain file. @throws InvalidInputError, NotAuthorizedError when it lies outside `within`, RefusedError when its disk does not answer, and what the file system says */
export async function openFile(path: string, { within }: OpenInit = {}): Promise<OpenedFile> {
  const ask: Ask = within === undefined ? (work) => work() : (work, drop) => askDisk(within, work, drop)
  const handle = await ask(() => open(path, FLAGS), (late) => late.close()).catch((err) => { throw notPlain(err) })
  const close = (): Promise<void> => within === undefined ? handle.close() : leaveDisk(within, () => handle.close())
  try {
    const info = await ask(() => handle.stat())
    const { size, mtimeMs } = info
    if (!info.isFile()) throw new InvalidInputError('not a file: only plain files are imported')
    if (within !== undefined && !isWithin(await realPathOf(handle, path), within)) throw new NotAuthorizedError(`${path} leads out of ${within}: nothing outside that folder is read`)
    return {
      size, modifiedAtMs: Math.floor(mtimeMs), path: process.platform === 'linux' ? `/proc/${process.pid}/fd/${handle.fd}` : path,
      read: (range, options) => readFrom(handle, ask, { start: range?.start ?? 0, end: range?.end ?? size }, options),
      async hasChanged() {
        const now = await ask(() => handle.stat())
        return now.size !== size || now.mtimeMs !== mtimeMs
      },
      close
    }
  } catch (err) {
    await close()
    throw err
  }
}

/** A folder on the way may have become a link since it was looked at: only the kernel knows what was opened. */
export async function realPathOf(handle: FileHandle, path: string): Promise<string> {
  return process.platform === 'linux' ? readlink(`/proc/self/fd/${handle.fd}`) : realpath(path)
}

type Ask = <T>(work: () => Promise<T>, drop?: (late: T) => unknown) => Promise<T>

async function* readFrom(handle: FileHandle, ask: Ask, { start, end }: { start: number; end: number }, { signal }: AbortOptions = {}): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end;) {
    signal?.throwIfAborted()
    const { bytesRead, buffer } = await ask(() => handle.read(Buffer.allocUnsafe(Math.min(READ_BYTES, end - at)), 0, undefined, at))
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

function notPlain(err: { code?: string }): unknown {
  return err.code === 'ELOOP' || err.code === 'ENXIO' || err.code === 'EISDIR' ? new InvalidInputError('not a file: only plain files are imported') : err
}
