import { randomBytes, randomUUID } from 'node:crypto'
import { open, statfs, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiskSpace } from './disk-state.ts'

/** What is asked of a disk to learn how it is. */
export interface DiskProbe {
  space(): Promise<DiskSpace>
  /** Write this many bytes, fsync, read them back, remove them. @throws the file system's error, or EIO when they came back changed */
  roundTrip(bytes: number): Promise<void>
}

/** Probes in `dir`; `temporary` is a folder of it that is emptied at every start. */
export function createDiskProbe(dir: string, temporary: string): DiskProbe {
  return {
    async space() {
      const { bavail, bsize, ffree, files } = await statfs(dir)
      return { freeBytes: bavail * bsize, freeInodes: ffree, totalInodes: files }
    },
    async roundTrip(bytes) {
      const path = join(temporary, `probe-${randomUUID()}`)
      const file = await open(path, 'wx+', 0o600)
      try {
        const written = randomBytes(bytes)
        await file.write(written, 0, bytes, 0)
        await file.sync()
        const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
        if (bytesRead !== bytes || Buffer.compare(buffer, written) !== 0) throw Object.assign(new Error(`${path} came back changed`), { code: 'EIO', syscall: 'read' })
      } finally {
        await file.close()
        await unlink(path)
      }
    }
  }
}
