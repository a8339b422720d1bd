import { type FSWatcher, watch as watchFolder } from 'node:fs'
import { join } from 'node:path'
import { RefusedError } from '#protocols/errors.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { isWithin } from '../library/within.ts'
import type { Folder } from './folder.ts'
import type { Folders } from './folders.ts'
import { isOnNetwork } from './place.ts'
import type { Scans } from './scans.ts'

/** A new or changed file must be as it is for so long before it is read, in ms. @default 3000 */
export const SETTLE_MS = 3_000
/** How often a folder of this machine's disks is looked through, beside what the system tells of it, in ms. @default 600000 */
export const LOOK_EVERY_MS = 600_000
/** How often a folder on the network is looked through, which nobody tells anything of, in ms. @default 120000 */
export const LOOK_NETWORK_EVERY_MS = 120_000
/** Folders beneath one that the system is asked to tell of; what lies in further ones is found by looking. @default 8192 */
export const MAX_WATCHED = 8_192

export interface FolderWatchComponents {
  readonly folders: Pick<Folders, 'own' | 'changed'>
  readonly scans: Pick<Scans, 'round'>
  readonly log: Logger
}

export interface FolderWatchInit {
  /** @default SETTLE_MS */
  readonly settleMs?: number
  /** @default LOOK_EVERY_MS */
  readonly everyMs?: number
  /** @default LOOK_NETWORK_EVERY_MS */
  readonly networkEveryMs?: number
}

/** Looks at the folders that are to be watched: when the system tells of a change, and from time to time. */
export interface FolderWatch extends Startable {
  /** How a folder is watched, or why it can not be seen, in words; undefined when it is not watched. */
  words(id: string): string | undefined
}

export function createFolderWatch({ folders, scans, log }: FolderWatchComponents, init: FolderWatchInit = {}): FolderWatch {
  const watched = new Map<string, Watched>()
  let leave = (): void => {}

  /** A folder whose settings were changed is looked at anew. */
  function follow(): void {
    const wanted = new Map(folders.own().filter(({ watch }) => watch).map((folder) => [folder.id, folder]))
    for (const [id, each] of watched) {
      if (JSON.stringify(wanted.get(id)) === JSON.stringify(each.folder)) continue
      void each.stop()
      watched.delete(id)
    }
    for (const [id, folder] of wanted) if (!watched.has(id)) watched.set(id, new Watched(folder, scans, log, { settleMs: SETTLE_MS, everyMs: LOOK_EVERY_MS, networkEveryMs: LOOK_NETWORK_EVERY_MS, ...init }))
  }

  return {
    words: (id) => watched.get(id)?.words,
    start() {
      leave = folders.changed.on(follow)
      follow()
    },
    async stop() {
      leave()
      await Promise.all([...watched.values()].map((each) => each.stop()))
      watched.clear()
    }
  }
}

class Watched {
  readonly folder: Folder
  words = 'it is looked through for the first time'
  readonly #scans: FolderWatchComponents['scans']
  readonly #log: Logger
  readonly #init: Required<FolderWatchInit>
  readonly #stopping = new AbortController()
  readonly #watchers = new Map<string, FSWatcher>()
  /** Where something changed; the folder itself: everywhere. */
  #scopes = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #dueMs = 0
  #running: Promise<void> | undefined
  #eventsRefused = ''

  constructor(folder: Folder, scans: FolderWatchComponents['scans'], log: Logger, init: Required<FolderWatchInit>) {
    this.folder = folder
    this.#scans = scans
    this.#log = log
    this.#init = init
    this.#later(0, folder.path)
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the folder is not watched any more'))
    clearTimeout(this.#timer)
    this.#unwatch([...this.#watchers.keys()])
    await this.#running
  }

  /** What comes in meanwhile is looked at with it; a file that is written for hours puts nothing off. */
  #later(ms: number, ...scopes: string[]): void {
    for (const scope of scopes) this.#scopes.add(scope)
    if (this.#stopping.signal.aborted || this.#running !== undefined) return
    const dueMs = performance.now() + ms
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return
    clearTimeout(this.#timer)
    this.#dueMs = dueMs
    this.#timer = setTimeout(() => this.#begin(), ms).unref()
  }

  #begin(): void {
    this.#timer = undefined
    this.#running = this.#look().finally(() => this.#next())
  }

  #next(): void {
    this.#running = undefined
    if (this.#stopping.signal.aborted) return
    if (this.#scopes.size > 0) this.#later(this.#init.settleMs)
    else this.#later(this.#watchers.size > 0 ? this.#init.everyMs : this.#init.networkEveryMs)
  }

  async #look(): Promise<void> {
    const scopes = this.#scopes.size === 0 ? [this.folder.path] : [...this.#scopes]
    const isWhole = scopes.includes(this.folder.path)
    this.#scopes = new Set()
    try {
      const { folders, isRestless } = await this.#scans.round(this.folder, { settleMs: this.#init.settleMs, signal: this.#stopping.signal, ...(isWhole ? {} : { scopes }) })
      if (isRestless) for (const scope of scopes) this.#scopes.add(scope)
      await this.#watch(folders, isWhole)
    } catch (err) {
      if (this.#stopping.signal.aborted) return
      this.words = err instanceof Error ? err.message : String(err)
      this.#unwatch([...this.#watchers.keys()])
      if (!(err instanceof RefusedError)) this.#log.error('could not look at %s - %s', this.folder.path, err)
    }
  }

  /** After a look at all of it, only what is there is watched. */
  async #watch(folders: readonly string[], isWhole: boolean): Promise<void> {
    const isAway = await isOnNetwork(this.folder.path)
    if (!isAway && isWhole) this.#unwatch([...this.#watchers.keys()].filter((path) => !folders.includes(path)))
    if (!isAway) for (const path of folders) this.#watchOne(path)
    this.words = this.#howWatched(isAway)
  }

  #watchOne(path: string): void {
    if (this.#watchers.has(path) || this.#stopping.signal.aborted) return
    if (this.#watchers.size >= MAX_WATCHED) return void (this.#eventsRefused = `only ${MAX_WATCHED} of its folders are`)
    try {
      const watcher = watchFolder(path, { persistent: false }, (_event, name) => this.#heard(path, name))
      watcher.on('error', () => this.#unwatch([path])) // it was deleted, or the disk was unplugged
      this.#watchers.set(path, watcher)
    } catch (err) {
      const { code } = err as { code?: string }
      if (code === 'ENOSPC' || code === 'EMFILE') this.#eventsRefused = 'the system watches no more folders (fs.inotify.max_user_watches): some are not'
    }
  }

  /** A folder that is new beneath it is looked through with it. */
  #heard(folder: string, name: string | null): void {
    const path = name === null ? folder : join(folder, name)
    if (!isWithin(path, this.folder.path)) return
    this.#later(this.#init.settleMs, folder)
  }

  #unwatch(paths: readonly string[]): void {
    for (const path of paths) {
      this.#watchers.get(path)?.close()
      this.#watchers.delete(path)
    }
  }

  #howWatched(isAway: boolean): string {
    const every = (ms: number): string => (ms >= 60_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.round(ms / 1_000)} seconds`)
    if (isAway) return `it is on the network, where nobody tells of changes: looked through every ${every(this.#init.networkEveryMs)}`
    return `changes are noticed at once${this.#eventsRefused === '' ? '' : `, but ${this.#eventsRefused}`}; looked through every ${every(this.#init.everyMs)}`
  }
}
