import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { InvalidInputError, StorageFullError } from '#protocols/errors.ts'
import type { DiskView } from '#ring'
import type { AbortOptions, Startable } from '#ring/base/lifecycle.ts'

/** Largest upload of one file, in bytes (256 GiB); larger footage is scanned from disk. @default 274877906944 */
export const MAX_UPLOAD_BYTES = 256 * 1024 ** 3

export interface SpoolInit {
  /** Folder of this node's own; emptied at start. */
  folder: string
  /** @default MAX_UPLOAD_BYTES */
  maxBytes?: number
  /** The disk the folder is on. @default one without an end */
  disk?: () => DiskView
  /** What to do when the disk takes no more, as a sentence. */
  advice?: () => string
}

/** Where uploads lie between the network and the ring: a file of our own naming, gone afterwards whatever happens. */
export interface Spool extends Startable {
  /** Write `source` to a file, hand its path to `use`, remove it. `size` is what it should come to, when that is known. @throws InvalidInputError when it is too large, StorageFullError before the disk's reserve is touched */
  with<T>(source: Readable, use: (path: string) => Promise<T>, options?: AbortOptions & { size?: number | undefined }): Promise<T>
}

export function createSpool(init: SpoolInit): Spool {
  const maxBytes = init.maxBytes ?? MAX_UPLOAD_BYTES
  const refuse = (why: string): never => { throw new StorageFullError(`${why}: the upload was not kept. ${init.advice?.() ?? 'Free some space.'}`) }

  /** The reserve is for the catalog: no upload may eat it. @throws StorageFullError */
  function checkDisk(size: number): void {
    const disk = init.disk?.()
    if (disk === undefined) return
    if (disk.state !== 'ok' && disk.state !== 'low' && disk.state !== 'slow') refuse(`the disk of this node is ${disk.state}`)
    if (size > disk.freeBytes - disk.reserveBytes) refuse(`the disk of this node has no room for ${size} bytes`)
  }

  async function* limited(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let size = 0
    for await (const bytes of source) {
      size += bytes.byteLength
      checkDisk(0)
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
    async with(source, use, { size = 0, signal } = {}) {
      checkDisk(size)
      const path = join(init.folder, randomUUID())
      try {
        // Who sends is not hung up on: a refusal half-way is an answer, too.
        await pipeline(source.iterator({ destroyOnReturn: false }), limited, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal })
        return await use(path)
      } catch (err) {
        const { code } = err as { code?: string }
        if (code === 'ENOSPC' || code === 'EDQUOT') refuse('the disk of this node is full')
        if (code === 'EROFS' || code === 'EIO') refuse(`the disk of this node refused a write (${code})`)
        throw err
      } finally {
        await rm(path, { force: true })
      }
    }
  }
}
