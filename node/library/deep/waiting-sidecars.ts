import { createHash, randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
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

/** What its sender called a file, folders and all, and the import that brought it. */
export interface Sent {
  readonly shown: string
  readonly batch: string | undefined
}

/** A picture or film. */
export interface Footage extends Sent {
  readonly id: AssetId
}

/** `replaced`: another of the same path and import waited, and was put beside nothing. */
export type Kept = 'kept' | 'replaced' | 'no room'

/** One that waits, and the import that brought it. */
export interface Waiting {
  readonly bytes: Buffer
  readonly batch: string | undefined
}

/** Uploaded sidecars whose footage has not come yet, as files of this node's folder: of one path, one for each import. */
export interface WaitingSidecars extends Startable {
  keep(sidecar: Sent, bytes: Uint8Array): Promise<Kept>
  /**
   * Those that wait in the folder of this footage and that are accepted by their names, by name: of its own import, else the newest. They go on
   * waiting for others, but not for other footage of the same path: cameras use names again.
   */
  beside(footage: Footage, accepts: (name: string) => boolean): Promise<ReadonlyMap<string, Waiting>>
  /** One was put beside this footage, as those that `beside` answers are; without any it waits as if it had just come. */
  taken(sidecar: Sent, footage: ReadonlyArray<Pick<Footage, 'shown' | 'id'>>): Promise<void>
}

/** Where none waits: it is kept when its footage is there, and refused when not. */
export const NO_WAITING: Omit<WaitingSidecars, keyof Startable> = Object.freeze({ keep: async () => 'no room' as const, beside: async () => new Map<string, Waiting>(), taken: async () => {} })

/** Beside a sidecar: whose it is, as JSON of asset ids by path. */
const TAKEN = '.taken'
/** An import that is the name of a folder; another is there by its digest. */
const PLAIN_BATCH = /^[\w-]{1,64}$/

/** Where one lies. */
interface Lying {
  readonly name: string
  readonly path: string
  readonly batch: string | undefined
}

export function createWaitingSidecars(folder: string): WaitingSidecars {
  const held = { files: 0, bytes: 0 }
  const folderOf = (shown: string): string => join(folder, digest(dirname(shown)))
  const fileOf = ({ shown, batch }: Sent): string => join(folderOf(shown), ...(batch === undefined ? [] : [PLAIN_BATCH.test(batch) ? batch : digest(batch)]), basename(shown))
  const inTurn = limiter(1)
  const infoOf = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined)

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

  const own = async (path: string, owners: Record<string, unknown>, footage: ReadonlyArray<Pick<Footage, 'shown' | 'id'>>): Promise<void> =>
    writeFile(path + TAKEN, JSON.stringify({ ...owners, ...Object.fromEntries(footage.map(({ shown, id }) => [shown, id])) }))

  async function keep(sidecar: Sent, bytes: Uint8Array): Promise<Kept> {
    const path = fileOf(sidecar)
    const before = await infoOf(path)
    if (before === undefined && held.files >= MAX_WAITING) return 'no room'
    if (held.bytes + bytes.byteLength > MAX_WAITING_BYTES || Buffer.byteLength(basename(path)) > MAX_WAITING_NAME_BYTES) return 'no room'
    const isLost = before !== undefined && await infoOf(path + TAKEN) === undefined && !(await readFile(path)).equals(bytes)
    await mkdir(dirname(path), { recursive: true })
    const draft = join(folder, randomUUID())
    await writeFile(draft, bytes)
    await rm(path + TAKEN, { force: true })
    await rename(draft, path)
    count(before === undefined ? 1 : 0, bytes.byteLength - (before?.size ?? 0))
    return isLost ? 'replaced' : 'kept'
  }

  /** All that lie in the folder of this footage. */
  async function lyingBeside({ shown }: Footage): Promise<Lying[]> {
    const dir = folderOf(shown)
    const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => [])
    return entries.flatMap((entry) => !entry.isFile() || entry.name.endsWith(TAKEN) ? [] : { name: entry.name, path: join(entry.parentPath, entry.name), batch: entry.parentPath === dir ? undefined : basename(entry.parentPath) })
  }

  async function beside(footage: Footage, accepts: (name: string) => boolean): Promise<ReadonlyMap<string, Waiting>> {
    const lying = (await lyingBeside(footage)).filter(({ name }) => accepts(name))
    const found = new Map<string, Waiting>()
    for (const [name, alike] of Map.groupBy(lying, (one) => one.name)) {
      const ownPath = fileOf({ shown: join(dirname(footage.shown), name), batch: footage.batch })
      const own = alike.filter(({ path }) => path === ownPath)
      const free = await newestFree(own.length > 0 ? own : alike, footage)
      if (free !== undefined) found.set(name, { bytes: await readFile(free.path), batch: free.path === ownPath ? footage.batch : free.batch })
    }
    return found
  }

  /** From now on it is this footage's. */
  async function newestFree(alike: readonly Lying[], footage: Footage): Promise<Lying | undefined> {
    const dated = await Promise.all(alike.map(async (one) => ({ one, atMs: (await stat(one.path)).mtimeMs })))
    for (const { one } of dated.toSorted((a, b) => b.atMs - a.atMs)) {
      const owners = await ownersOf(one.path)
      if ((owners[footage.shown] ?? footage.id) !== footage.id) continue
      await own(one.path, owners, [footage])
      return one
    }
    return undefined
  }

  return {
    async start() {
      await mkdir(folder, { recursive: true })
      await takeStock()
    },
    stop() {},
    keep: (sidecar, bytes) => inTurn(() => keep(sidecar, bytes)),
    beside: (footage, accepts) => inTurn(() => beside(footage, accepts)),
    taken: (sidecar, footage) => inTurn(async () => {
      const path = fileOf(sidecar)
      if (footage.length === 0) await rm(path + TAKEN, { force: true })
      else if (await infoOf(path) !== undefined) await own(path, await ownersOf(path), footage)
    })
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
