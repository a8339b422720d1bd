import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Startable } from '#ring/base/lifecycle.ts'

/** Sidecars that wait for their footage on one node. @default 10000 */
export const MAX_WAITING = 10_000
/** Their bytes together. @default 1073741824 */
export const MAX_WAITING_BYTES = 1024 ** 3
/** How long one waits, in ms (30 days). @default 2592000000 */
export const WAIT_MS = 30 * 86_400_000
/** Longest name of one, in bytes of UTF-8. @default 200 */
export const MAX_WAITING_NAME_BYTES = 200

/** Uploaded sidecars whose footage has not come yet, as files of this node's folder. */
export interface WaitingSidecars extends Startable {
  /** Answers whether there is room for it. `shown`: what its sender calls it, folders and all. */
  keep(shown: string, bytes: Uint8Array): Promise<boolean>
  /** Those that wait in the folder of this path and that are accepted by their names, by name; they go on waiting for others. */
  beside(shown: string, accepts: (name: string) => boolean): Promise<ReadonlyMap<string, Buffer>>
}

/** Where none waits: it is kept when its footage is there, and refused when not. */
export const NO_WAITING: Pick<WaitingSidecars, 'keep' | 'beside'> = Object.freeze({ keep: async () => false, beside: async () => new Map<string, Buffer>() })

export function createWaitingSidecars(folder: string): WaitingSidecars {
  const held = { files: 0, bytes: 0 }
  const folderOf = (shown: string): string => join(folder, createHash('sha256').update(dirname(shown)).digest('hex'))
  const sizeOf = (path: string): Promise<number | undefined> => stat(path).then(({ size }) => size, () => undefined)

  /** Counts what waits, and forgets what waited too long. */
  async function takeStock(): Promise<void> {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const { mtimeMs, size } = await stat(path)
      if (Date.now() - mtimeMs > WAIT_MS) await rm(path, { force: true })
      else count(1, size)
    }
  }

  function count(files: number, bytes: number): void {
    held.files += files
    held.bytes += bytes
  }

  return {
    async start() {
      await mkdir(folder, { recursive: true })
      await takeStock()
    },
    stop() {},
    async keep(shown, bytes) {
      const path = join(folderOf(shown), basename(shown))
      const before = await sizeOf(path)
      if (before === undefined && held.files >= MAX_WAITING) return false
      if (held.bytes + bytes.byteLength > MAX_WAITING_BYTES || Buffer.byteLength(basename(shown)) > MAX_WAITING_NAME_BYTES) return false
      await mkdir(dirname(path), { recursive: true })
      const draft = join(folder, randomUUID())
      await writeFile(draft, bytes)
      await rename(draft, path)
      count(before === undefined ? 1 : 0, bytes.byteLength - (before ?? 0))
      return true
    },
    async beside(shown, accepts) {
      const names = await readdir(folderOf(shown)).catch(() => [])
      const found = new Map<string, Buffer>()
      for (const name of names.filter(accepts)) found.set(name, await readFile(join(folderOf(shown), name)))
      return found
    }
  }
}
