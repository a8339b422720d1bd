import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, normalize, relative } from 'node:path'
import { InvalidInputError, NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { Folders } from '../../folders/folders.ts'
import type { Originals } from '../../folders/originals.ts'
import type { JobView, SyncRequest, SyncView } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import type { Ring, RingRecord } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { JobHandle, Jobs, JobTask } from '../../jobs/jobs.ts'
import { INDEX_AGAIN_MS } from '../../library/library-look.ts'
import { type Albums, ALBUMS } from '../albums.ts'
import type { Selected } from '../selected.ts'
import { checkTemplate, DEFAULT_TEMPLATE } from './path-template.ts'
import { runSync } from './sync-run.ts'
import { wasHere } from './sync-state.ts'

const SYNCS = 'syncs'
const KIND = 'sync_album'
/** Changes of an album are waited for so long before its folders follow, in ms. @default 2000 */
export const SETTLE_MS = 2_000

/** Albums as folders of files, kept in step on the node that has the folder. */
export interface Syncs extends Startable {
  /** Brings the folder into step now, and with `watch` whenever the album changes. @throws NotFoundError, InvalidInputError */
  sync(album: string, request: SyncRequest): Promise<JobView>
  list(): SyncView[]
  /** The folder is not looked after any more; its files stay. @throws NotFoundError */
  forget(id: string): Promise<void>
}

export interface SyncsComponents {
  ring: Pick<Ring, 'catalog' | 'self'>
  originals: Pick<Originals, 'read'>
  folders: Pick<Folders, 'allowing'>
  jobs: Pick<Jobs, 'submit' | 'register'>
  albums: Pick<Albums, 'find'>
  selected: Pick<Selected, 'assets'>
}

export interface SyncsInit {
  /** This node's own folder, which no album goes into. */
  data: string
  /** While the lists are being built, folders wait so long before they are looked at again, in ms. @default INDEX_AGAIN_MS */
  indexAgainMs?: number
}

export function createSyncs({ ring, originals, folders, jobs, albums, selected }: SyncsComponents, { data, indexAgainMs = INDEX_AGAIN_MS }: SyncsInit): Syncs {
  const { records } = ring.catalog
  /** What belonged into each folder at its last pass. */
  const members = new Map<string, Set<AssetId>>()
  const running = new Set<string>()
  const due = new Set<string>()
  const leave: Array<() => void> = []
  let timer: NodeJS.Timeout | undefined

  const list = (): SyncView[] => records.list(SYNCS).flatMap((record) => syncOf(record) ?? [])

  async function run(sync: SyncView, dryRun: boolean, job: JobHandle): Promise<void> {
    checkFree(sync.id)
    checkLists(sync.id, job.view.automatic === true)
    if (job.view.automatic && !await wasHere(sync.folder, sync.id)) throw new InvalidInputError(`nothing of this album is in ${sync.folder} any more: plug its disk in, or bring the album there once by hand`)
    running.add(sync.id)
    try {
      const now = await runSync({ originals, folders, self: ring.self }, sync, albums.find(sync.album).name, selected.assets({ query: { album: sync.album } }), job, dryRun)
      if (!dryRun) members.set(sync.id, now)
    } finally {
      running.delete(sync.id)
      if (due.has(sync.id)) later()
    }
  }

  /** @throws NotFoundError when its album is gone */
  const taskOf = (sync: SyncView, dryRun: boolean): JobTask => ({ kind: KIND, title: `${albums.find(sync.album).name} → ${sync.folder}`, params: { sync, dryRun }, run: (job) => run(sync, dryRun, job) })
  jobs.register(KIND, ({ sync, dryRun }) => taskOf(sync as SyncView, dryRun === true))

  /** @throws InvalidInputError */
  function checkFree(id: string): void {
    if (running.has(id)) throw new InvalidInputError('this folder is being brought into step right now: wait for that job to end')
  }

  /** What is not in the lists yet would be taken for what left the album. @throws OverloadedError */
  function checkLists(id: string, isAutomatic: boolean): void {
    if (ring.catalog.unindexed() === 0) return
    if (isAutomatic) {
      due.add(id)
      later(indexAgainMs)
    }
    throw new OverloadedError(`the lists of this node are being built; ${isAutomatic ? 'this folder is brought into step when they are' : 'ask again in a moment'}`)
  }

  function later(afterMs = SETTLE_MS): void {
    timer ??= setTimeout(() => {
      timer = undefined
      if (ring.catalog.unindexed() > 0) return later(indexAgainMs)
      for (const sync of list()) {
        if (!due.has(sync.id) || running.has(sync.id)) continue
        due.delete(sync.id)
        try {
          jobs.submit({ ...taskOf(sync, false), isAutomatic: true })
        } catch {} // its album is gone: there is nothing to keep in step with
      }
    }, afterMs).unref()
  }

  function changed(concerns: (sync: SyncView) => boolean): void {
    for (const sync of list()) if (sync.watch && sync.node === ring.self && concerns(sync)) due.add(sync.id)
    if (due.size > 0) later()
  }

  /** Of an album filled by hand only what is or was in it counts. */
  function touches(sync: SyncView, ids: readonly AssetId[]): boolean {
    const known = members.get(sync.id)
    if (known === undefined || records.find(ALBUMS, sync.album)?.fields['kind'] === 'rule') return true
    return ids.some((id) => known.has(id) || ring.catalog.index.asset(id)?.albums.includes(sync.album) === true)
  }

  return {
    list,
    async sync(album, { folder, template = DEFAULT_TEMPLATE, mode = 'copy', removed = 'keep', watch = false, dryRun = false }) {
      albums.find(album)
      checkTemplate(template)
      const place = await checkedFolder(folder, data)
      const id = createHash('sha256').update(`${album}\0${ring.self}\0${place}`).digest('hex').slice(0, 32)
      checkFree(id)
      const sync: SyncView = { id, album, node: ring.self, folder: place, template, mode, removed, watch }
      const { id: _id, ...fields } = sync
      if (!dryRun) await records.put(SYNCS, id, fields)
      return jobs.submit(taskOf(sync, dryRun))
    },
    async forget(id) {
      if (!await records.remove(SYNCS, id)) throw new NotFoundError(`no album is kept in step under ${id}`)
    },
    start() {
      leave.push(
        ring.catalog.assetsChanged.on((ids) => changed((sync) => touches(sync, ids))),
        records.changed.on((kind) => { if (kind === ALBUMS) changed(() => true) })
      )
      changed(() => true) // what changed while this node was down
    },
    stop() {
      clearTimeout(timer)
      for (const end of leave.splice(0)) end()
    }
  }
}

/** @throws InvalidInputError */
async function checkedFolder(folder: string, data: string): Promise<string> {
  const place = normalize(folder).replace(/(?<=.)\/+$/, '')
  if (!isAbsolute(folder) || folder.includes('\0') || place === '/') throw new InvalidInputError(`not a folder's absolute path: ${JSON.stringify(folder.slice(0, 200))}. Name it from / on`)
  const [real, own] = [await realOf(place), await realOf(data)]
  for (const [inner, outer] of [[real, own], [own, real]] as const) if (!relative(outer, inner).startsWith('..')) throw new InvalidInputError('an album does not go into the folder that this node keeps its own things in, nor around it')
  return place
}

/** Of what is there of it, links followed. */
async function realOf(path: string): Promise<string> {
  return realpath(path).catch((err: { code?: string }) => {
    if (err.code !== 'ENOENT' || path === dirname(path)) throw new InvalidInputError(`${path} can not be used: ${err.code}`)
    return realOf(dirname(path)).then((parent) => `${parent === '/' ? '' : parent}/${path.slice(dirname(path).length).replace(/^\//, '')}`)
  })
}

/** What any member may have written; undefined when it is none. */
function syncOf({ id, fields }: RingRecord): SyncView | undefined {
  const { album, node, folder, template, mode, removed, watch } = fields as Record<string, unknown>
  if (typeof album !== 'string' || typeof node !== 'string' || typeof folder !== 'string' || !isAbsolute(folder) || typeof template !== 'string') return undefined
  try {
    checkTemplate(template)
  } catch {
    return undefined
  }
  return { id, album, node, folder, template, mode: ['hardlink', 'symlink', 'reflink'].includes(mode as string) ? mode as string : 'copy', removed: removed === 'delete' ? 'delete' : 'keep', watch: watch === true }
}
