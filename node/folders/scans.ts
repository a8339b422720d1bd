import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidInputError, OverloadedError, RefusedError } from '#protocols/errors.ts'
import type { JobView } from '#protocols/http.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { createTurns } from '#ring/base/turns.ts'
import type { JobHandle, Jobs, JobTask } from '../jobs/jobs.ts'
import type { ImportTicket } from '../library/importer.ts'
import { askDisk } from '../library/outside-disk.ts'
import { createFileCache, type FileCache } from './file-cache.ts'
import type { Folder } from './folder.ts'
import type { Folders } from './folders.ts'
import { look, type Look, type SeenNow } from './look.ts'
import { isOnNetwork } from './place.ts'
import { take, type TakeComponents } from './take.ts'

/** Scans that run at the same time. @default 4 */
export const MAX_RUNNING_SCANS = 4
/** When so many files of a folder are gone and none is left, the folder itself is taken to be gone. @default 10 */
export const MIN_ALL_GONE = 10
/** Things that could not be looked at and are named in a job's report. @default 20 */
export const MAX_UNREADABLE_SHOWN = 20

export interface ScansComponents extends Omit<TakeComponents, 'now'> {
  readonly folders: Folders
  readonly jobs: Pick<Jobs, 'submit' | 'register' | 'ended'>
  readonly log: Logger
  /** Unix ms. @default Date.now */
  readonly now?: () => number
}

export interface ScansInit {
  /** The node's data folder: what is known of files is kept in its folder `folders`. */
  readonly dataFolder: string
}

/** What a folder looked like. */
export interface FolderLook {
  readonly atMs: number
  readonly files: number
  readonly missing: number
}

export interface ScanOptions {
  /** Read files again that seem to be as they were, and believe that all are gone. @default false */
  readonly again?: boolean | undefined
  /** The import it is. @default one of its own, called as what is scanned */
  readonly batch?: Pick<ImportTicket, 'id' | 'name'> | undefined
}

/** Folders of this machine on their way into the catalog. One scan of a folder at a time. */
export interface Scans extends Startable {
  /** A folder of this node, or something in one. @throws InvalidInputError, RefusedError for what lies in no folder, OverloadedError */
  scan(path: string, options?: ScanOptions): Promise<JobView>
  /** Where that lies, and what it is. @throws InvalidInputError, RefusedError as `scan` */
  check(path: string): Promise<{ folder: Folder; real: string; info: Stats }>
  /**
   * Look without being asked, and take what is new as a job; nothing new, no job. What is new is looked at twice, `settleMs` apart: a file
   * that somebody writes is left for the next look. @throws RefusedError when the folder is not there
   */
  round(folder: Folder, init: { scopes?: readonly string[]; settleMs: number; signal: AbortSignal }): Promise<{ folders: readonly string[]; isRestless: boolean }>
  lastLook(folder: Folder): FolderLook | undefined
  /** Forget what was known of its files. */
  forget(folder: Folder): Promise<void>
}

interface Scanning {
  readonly folder: Folder
  readonly scopes?: readonly string[] | undefined
  readonly again?: boolean | undefined
  readonly batch?: Pick<ImportTicket, 'id' | 'name'>
  readonly signal: AbortSignal
}

/** What a scan is made again of. */
interface ScanParams extends Omit<Scanning, 'signal' | 'folder'> {
  /** Its id. */
  readonly folder: string
  readonly title: string
}

const KIND = 'scan'

export function createScans({ folders, jobs, log, now = Date.now, ...components }: ScansComponents, { dataFolder }: ScansInit): Scans {
  const caches = new Map<string, FileCache>()
  const turns = createTurns()
  const looks = new Map<string, FolderLook>()
  let running = 0

  function cacheOf({ id, path }: Folder): FileCache {
    const cache = caches.get(id) ?? createFileCache(join(dataFolder, 'folders', `${id}-${createHash('sha256').update(path).digest('hex').slice(0, 8)}.jsonl`))
    caches.set(id, cache)
    return cache
  }

  const inTurn = <T>({ id }: Folder, work: () => Promise<T>): Promise<T> => turns(id, work)

  async function lookAt({ folder, scopes, again = false, signal }: Scanning): Promise<{ found: Look; cache: FileCache; trustsInodes: boolean }> {
    await folders.checkThere(folder)
    const cache = cacheOf(folder)
    await cache.load()
    const trustsInodes = !await isOnNetwork(folder.path)
    const found = await look({ folder, cache, trustsInodes, scopes, again, dataFolder, signal })
    if (!again) checkNotAllGone(folder, found, cache)
    await folders.wasSeen(folder)
    return { found, cache, trustsInodes }
  }

  async function takeAll(folder: Folder, found: Look, more: { cache: FileCache; trustsInodes: boolean; batch?: Scanning['batch']; job: Pick<JobHandle, 'signal' | 'note' | 'update' | 'turn' | 'view'> }): Promise<void> {
    const report = await take({ ...components, now, folder, ...more }, found)
    const files = [...more.cache.entries()].length - report.missing
    looks.set(folder.id, { atMs: now(), files, missing: report.missing })
    more.job.update({ report: { ...report, skipped: found.skipped, unreadable: found.unreadable.length, unreadableFirst: found.unreadable.slice(0, MAX_UNREADABLE_SHOWN) } })
  }

  /** A retry finds the folder as it is then. */
  async function run({ folder: id, ...scanning }: ScanParams, job: JobHandle): Promise<void> {
    job.update({ step: 'waiting for another scan of this folder' })
    await inTurn(folders.find(id), async () => {
      const folder = folders.find(id)
      job.update({ step: 'looking' })
      const { found, ...more } = await lookAt({ ...scanning, folder, signal: job.signal })
      const sizes = found.fresh.reduce((sum, { size }) => sum + size, 0)
      job.update({ step: 'reading', filesTotal: found.fresh.length + found.unchanged.length + found.redescribed.length, bytesTotal: sizes })
      await takeAll(folder, found, { ...more, batch: scanning.batch, job })
      job.update({ step: '' })
    })
  }

  const taskOf = (params: ScanParams): JobTask => ({ kind: KIND, title: params.title, params: { ...params }, run: (job) => run(params, job) })
  jobs.register(KIND, (params) => taskOf(params as unknown as ScanParams))

  async function takeAsJob(folder: Folder, found: Look, more: { cache: FileCache; trustsInodes: boolean }): Promise<void> {
    const { id } = jobs.submit({
      kind: KIND, title: folder.path, params: { folder: folder.id, title: folder.path } satisfies ScanParams, isAutomatic: true,
      async run(job) {
        job.update({ filesTotal: found.fresh.length + found.unchanged.length + found.redescribed.length, bytesTotal: found.fresh.reduce((sum, { size }) => sum + size, 0) })
        await takeAll(folder, found, { ...more, job })
      }
    })
    await jobs.ended(id)
  }

  async function check(path: string): Promise<{ folder: Folder; real: string; info: Stats }> {
    const { folder, path: real } = await folders.holding(path)
    await folders.checkThere(folder)
    const info = await askDisk(folder.path, () => lstat(real)).catch((err: { code?: string }) => { throw new InvalidInputError(`cannot scan ${path} on this node's machine: ${err.code === 'ENOENT' ? 'there is no such file or folder' : `the node may not read it (${err.code})`}`) })
    return { folder, real, info }
  }

  return {
    start() {},
    async stop() { for (const cache of caches.values()) await cache.flush().catch((err) => log.error('could not keep what is known of files - %s', err)) },
    lastLook: ({ id }) => looks.get(id),
    check,
    async scan(path, { again, batch } = {}) {
      const { folder, real, info } = await check(path)
      if (running >= MAX_RUNNING_SCANS) throw new OverloadedError(`${MAX_RUNNING_SCANS} scans are running: wait for one to end`)
      running++
      const scopes = real === folder.path ? undefined : [real]
      const job = jobs.submit(taskOf({ folder: folder.id, title: real, scopes, again, batch: { name: scopes === undefined ? folder.name : basename(info.isDirectory() ? real : dirname(real)), ...batch } }))
      void jobs.ended(job.id).finally(() => running--)
      return job
    },
    round: (folder, { scopes, settleMs, signal }) => inTurn(folder, async () => {
      const { found, ...more } = await lookAt({ folder, scopes, signal })
      const settled = await settle(folder, found, settleMs, signal)
      const isNews = settled.fresh.length > 0 || settled.redescribed.length > 0
      if (isNews) await takeAsJob(folder, settled, more)
      else await takeAll(folder, settled, { ...more, job: quietly(signal) })
      return { folders: found.folders, isRestless: settled.fresh.length < found.fresh.length }
    }),
    async forget(folder) {
      looks.delete(folder.id)
      await inTurn(folder, () => cacheOf(folder).remove())
      caches.delete(folder.id)
    }
  }
}

/** An unplugged disk leaves an empty folder behind. @throws RefusedError */
function checkNotAllGone(folder: Folder, { unchanged, redescribed, fresh, gone }: Look, cache: FileCache): void {
  if (unchanged.length + redescribed.length + fresh.length > 0 || gone.length < MIN_ALL_GONE || gone.length < cache.size) return
  throw new RefusedError(`${folder.path} is empty, and ${gone.length} files were in it. Is the disk plugged in, or the share mounted? Nothing was changed in the library. If they were deleted, scan it once with --again`)
}

/** Those of the new files that are the same after a while. */
async function settle(folder: Folder, found: Look, settleMs: number, signal: AbortSignal): Promise<Look> {
  if (found.fresh.length === 0) return found
  await sleep(settleMs, undefined, { signal, ref: false })
  const isStill = await Promise.all(found.fresh.map((file) => isSettled(folder, file)))
  return { ...found, fresh: found.fresh.filter((_, i) => isStill[i]) }
}

async function isSettled(folder: Folder, { path, size, modifiedMs }: SeenNow): Promise<boolean> {
  return askDisk(folder.path, () => lstat(path)).then((now) => now.size === size && now.mtimeMs === modifiedMs, () => false)
}

/** A job that nobody need see. */
function quietly(signal: AbortSignal): Pick<JobHandle, 'signal' | 'note' | 'update' | 'turn' | 'view'> {
  const view = { filesDone: 0, bytesDone: 0, known: 0, refused: 0 } as JobView
  return { signal, view, note() {}, update() {}, turn: async () => signal.throwIfAborted() }
}
