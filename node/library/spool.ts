import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { InvalidInputError, StorageFullError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'

/** Largest upload of one file, in bytes (256 GiB); larger footage is scanned from disk. @default 274877906944 */
export const MAX_UPLOAD_BYTES = 256 * 1024 ** 3

export interface SpoolInit {
  /** Folder of this node's own; emptied at start. */
  folder: string
  /** @default MAX_UPLOAD_BYTES */
  maxBytes?: number
}

/** Where uploads lie between the network and the ring: a file of our own naming, gone afterwards whatever happens. */
export interface Spool extends Startable {
  /** Write `source` to a file, hand its path to `use`, remove it. @throws InvalidInputError when it is too large, StorageFullError */
  with<T>(source: Readable, use: (path: string) => Promise<T>, signal?: AbortSignal): Promise<T>
}

export function createSpool(init: SpoolInit): Spool {
  const maxBytes = init.maxBytes ?? MAX_UPLOAD_BYTES

  async function* limited(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let size = 0
    for await (const bytes of source) {
      size += bytes.byteLength
      if (size > maxBytes) throw Object.assign(new InvalidInputError(`the file is larger than ${maxBytes} bytes: scan it from the node's own disk instead`), { status: 413 })
      yield bytes
    }
  }

  return {
    async start() {
      await rm(init.folder, { recursive: true, force: true }) // left by a process that was killed
      await mkdir(init.folder, { recursive: true })
    },
    stop: () => rm(init.folder, { recursive: true, force: true }),
    async with(source, use, signal) {
      const path = join(init.folder, randomUUID())
      try {
        await pipeline(source, limited, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal })
        return await use(path)
      } catch (err) {
        if ((err as { code?: string }).code === 'ENOSPC') throw new StorageFullError('the disk of this node is full: the upload was not kept')
        throw err
      } finally {
        await rm(path, { force: true })
      }
    }
  }
}
