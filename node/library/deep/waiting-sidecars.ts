import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { AssetId } from '#protocols/ids.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import { limiter } from '#ring/base/tasks.ts'

/** Sidecars that wait for their footage on one node. @default 10000 */
export const MAX_WAITING = 10_000
/** Their bytes together. @default 1073741824 */
export const MAX_WAITING_BYTES = 1024 ** 3
/** How long one waits, in ms (30 days). @default 2592000000 */
export const WAIT_MS = 30 * 86_400_000
/** Longest name of one, in bytes of UTF-8. @default 200 */
export const MAX_WAITING_NAME_BYTES = 200

/** A picture or film, and what its sender called it, folders and all. */
export interface Footage {
  readonly shown: string
  readonly id: AssetId
}

/** Uploaded sidecars whose footage has not come yet, as files of this node's folder. */
export interface WaitingSidecars extends Startable {
  /** Answers whether there is room for it. `shown`: what its sender calls it, folders and all. */
  keep(shown: string, bytes: Uint8Array): Promise<boolean>
  /** Those that wait in the folder of this footage and that are accepted by their names, by name; they go on waiting for others, but not for other footage of the same path: cameras use names again. */
  beside(footage: Footage, accepts: (name: string) => boolean): Promise<ReadonlyMap<string, Buffer>>
  /** One was put beside this footage, as those that `beside` answers are; without any it waits as if it had just come. */
  taken(sidecar: string, footage: readonly Footage[]): Promise<void>
}

/** Where none waits: it is kept when its footage is there, and refused when not. */
export const NO_WAITING: Omit<WaitingSidecars, keyof Startable> = Object.freeze({ keep: async () => false, beside: async () => new Map<string, Buffer>(), taken: async () => {} })

/** Beside a sidecar: whose it is, as JSON of asset ids by path. */
const TAKEN = '.taken'

export function createWaitingSidecars(folder: string): WaitingSidecars {
  const held = { files: 0, bytes: 0 }
  const folderOf = (shown: string): string => join(folder, createHash('sha256').update(dirname(shown)).digest('hex'))
  const inTurn = limiter(1)
  const sizeOf = (path: string): Promise<number | undefined> => stat(path).then(({ size }) => size, () => undefined)

  /** Counts what waits, and forgets what waited too long. */
  async function takeStock(): Promise<void> {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const { mtimeMs, size } = await stat(path)
      if (Date.now() - mtimeMs > WAIT_MS) await rm(path, { force: true })
      else if (!path.endsWith(TAKEN)) count(1, size)
    }
  }

  function count(files: number, bytes: number): void {
    held.files += files
    held.bytes += bytes
  }

  async function ownersOf(path: string): Promise<Record<string, unknown>> {
    try {
      return { ...JSON.parse(await readFile(path + TAKEN, 'utf8')) }
    } catch {
      return {}
    }
  }

  const own = async (path: string, owners: Record<string, unknown>, footage: readonly Footage[]): Promise<void> =>
    writeFile(path + TAKEN, JSON.stringify({ ...owners, ...Object.fromEntries(footage.map(({ shown, id }) => [shown, id])) }))

  async function keep(shown: string, bytes: Uint8Array): Promise<boolean> {
    const path = join(folderOf(shown), basename(shown))
    const before = await sizeOf(path)
    if (before === undefined && held.files >= MAX_WAITING) return false
    if (held.bytes + bytes.byteLength > MAX_WAITING_BYTES || Buffer.byteLength(basename(shown)) > MAX_WAITING_NAME_BYTES) return false
    await mkdir(dirname(path), { recursive: true })
    const draft = join(folder, randomUUID())
    await writeFile(draft, bytes)
    await rm(path + TAKEN, { force: true })
    await rename(draft, path)
    count(before === undefined ? 1 : 0, bytes.byteLength - (before ?? 0))
    return true
  }

  async function beside(footage: Footage, accepts: (name: string) => boolean): Promise<ReadonlyMap<string, Buffer>> {
    const names = await readdir(folderOf(footage.shown)).catch(() => [])
    const found = new Map<string, Buffer>()
    for (const name of names.filter((one) => !one.endsWith(TAKEN) && accepts(one))) {
      const path = join(folderOf(footage.shown), name)
      const owners = await ownersOf(path)
      const owner = owners[footage.shown] ?? footage.id
      if (owner !== footage.id) continue
      found.set(name, await readFile(path))
      await own(path, owners, [footage])
    }
    return found
  }

  return {
    async start() {
      await mkdir(folder, { recursive: true })
      await takeStock()
    },
    stop() {},
    keep: (shown, bytes) => inTurn(() => keep(shown, bytes)),
    beside: (footage, accepts) => inTurn(() => beside(footage, accepts)),
    taken: (sidecar, footage) => inTurn(async () => {
      const path = join(folderOf(sidecar), basename(sidecar))
      if (footage.length === 0) await rm(path + TAKEN, { force: true })
      else if (await sizeOf(path) !== undefined) await own(path, await ownersOf(path), footage)
    })
  }
}
