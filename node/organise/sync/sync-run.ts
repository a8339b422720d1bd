import type { Stats } from 'node:fs'
import { lstat, mkdir, realpath, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Folders } from '../../folders/folders.ts'
import type { Originals } from '../../folders/originals.ts'
import { isOfDisk } from '../../folders/place.ts'
import type { SyncView } from '#protocols/http.ts'
import { InvalidInputError } from '#protocols/errors.ts'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import type { JobHandle } from '../../jobs/jobs.ts'
import { openFolder } from '../../library/opened-folder.ts'
import { originalOf } from '../xmp/sidecar-files.ts'
import { numbered, pathOf } from './path-template.ts'
import { makeFolders, NameTakenError, placeFile, type SyncMode } from './place-file.ts'
import { type PlacedFile, readState, writeState } from './sync-state.ts'

/** Files between two notes of what was done. @default 50 */
export const NOTE_EVERY = 50
/** Names tried where others' files have the one that is wanted. @default 100 */
export const MAX_TRIES = 100

export interface SyncRunComponents {
  originals: Pick<Originals, 'read'>
  self: PeerId
  folders: Pick<Folders, 'allowing'>
}

/** One pass over an album's folder. Answers the assets that belong there. @throws InvalidInputError when its disk is not there */
export async function runSync({ originals, self, folders }: SyncRunComponents, sync: SyncView, albumName: string, assets: AsyncIterable<Asset>, job: JobHandle, dryRun: boolean): Promise<Set<AssetId>> {
  const wanted = await plan(assets, albumName, sync.template)
  await checkDisk(sync.folder)
  if (!dryRun) await mkdir(sync.folder, { recursive: true })
  const root = await realpath(sync.folder).catch(() => sync.folder) // a dry run makes none
  const state = await readState(sync.folder, sync.id)
  const ours = new Map([...state].map(([path, file]) => [`${file.asset} ${file.wanted}`, path]))
  const counts = { placed: 0, same: 0, removed: 0, kept: 0, failed: 0 }
  job.update({ filesTotal: wanted.size, report: counts })
  try {
    await giveUp()
    for (const [path, asset] of wanted) await keep(path, asset)
  } finally {
    if (!dryRun) await writeState(sync.folder, sync.id, state)
  }
  return new Set([...wanted.values()].map(({ facts }) => facts.id))

  /** Files whose asset left the album, or belongs elsewhere in it now. */
  async function giveUp(): Promise<void> {
    const inAlbum = new Set([...wanted.values()].map(({ facts }) => facts.id))
    for (const [path, file] of state) {
      if (wanted.get(file.wanted)?.facts.id === file.asset) continue
      await job.turn()
      if (!inAlbum.has(file.asset) && sync.removed === 'keep') counts.kept++
      else await attempt(path, file.asset, () => remove(path, file))
    }
  }

  async function remove(path: string, file: PlacedFile): Promise<void> {
    const found = await below(root, path, async (target) => {
      const there = await lookAt(target)
      if (!isAsPlaced(there, file)) return there === undefined ? 'nothing' : 'another'
      if (!dryRun) await rm(target, { force: true })
      return 'ours'
    })
    if (found !== 'ours') return leave(path, file, found === 'another')
    counts.removed++
    job.note({ path, assetId: file.asset, copies: 0, outcome: 'known', reason: dryRun ? 'would be removed' : 'removed' })
    if (dryRun) return
    state.delete(path)
    await pruneFolders(root, dirname(path))
  }

  /** It is not ours any more. */
  function leave(path: string, file: PlacedFile, isThere: boolean): void {
    if (!dryRun) state.delete(path)
    if (!isThere) return
    counts.kept++
    job.note({ path, assetId: file.asset, copies: 0, outcome: 'refused', reason: 'somebody changed this file since it was put there: it stays, and is not looked after any more' })
  }

  async function keep(path: string, asset: Asset): Promise<void> {
    await job.turn()
    job.update({ filesDone: job.view.filesDone + 1 })
    const there = ours.get(`${asset.facts.id} ${path}`)
    await attempt(there ?? path, asset.facts.id, () => keepOrPut(there, path, asset))
  }

  async function keepOrPut(there: string | undefined, path: string, asset: Asset): Promise<void> {
    const known = there === undefined ? undefined : state.get(there)
    if (there !== undefined && known !== undefined) {
      const now = await below(root, there, lookAt)
      if (isAsPlaced(now, known)) return void counts.same++
      if (now !== undefined) {
        counts.failed++
        return job.note({ path: there, assetId: asset.facts.id, copies: 0, outcome: 'refused', reason: 'somebody changed this file since it was put there: it was left alone' })
      }
      if (!dryRun) state.delete(there)
    }
    await put(path, asset)
  }

  async function attempt(path: string, assetId: AssetId, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (err) {
      job.signal.throwIfAborted()
      counts.failed++
      job.note({ path, assetId, copies: 0, outcome: 'refused', reason: err instanceof Error ? err.message : String(err) })
    }
  }

  async function put(path: string, asset: Asset): Promise<void> {
    for (let number = 1; number <= MAX_TRIES; number++) {
      const name = number === 1 ? path : numbered(path, number)
      if (state.has(name) || await below(root, name, lookAt) !== undefined) continue
      if (dryRun) {
        counts.placed++
        return job.note({ path: name, assetId: asset.facts.id, copies: 0, outcome: 'imported', reason: 'would be put there' })
      }
      try {
        await makeFolders(root, name)
        const original = (await originalOf(asset, self, folders))?.path
        const placed = await below(root, name, async (target) => {
          const { mode, note } = await placeFile(originals, asset, target, sync.mode as SyncMode, original, job.signal)
          const { size, mtimeMs } = await lstat(target)
          return { mode, note, size, mtimeMs }
        })
        if (placed === undefined) throw new Error('somebody removed its folder meanwhile')
        const { mode, note, size, mtimeMs } = placed
        state.set(name, { asset: asset.facts.id, wanted: path, size, mtimeMs, mode })
        if (++counts.placed % NOTE_EVERY === 0) await writeState(sync.folder, sync.id, state)
        return job.note({ path: name, assetId: asset.facts.id, copies: 0, outcome: 'imported', reason: note ?? (number === 1 ? null : `${path} is another file: this one has another name`) })
      } catch (err) {
        if (!(err instanceof NameTakenError)) throw err
      }
    }
    throw new Error(`${MAX_TRIES} files of this name are there already`)
  }
}

/** Every path once, whether or not the file system tells capitals apart: the asset that was imported first has the plain name. */
async function plan(assets: AsyncIterable<Asset>, album: string, template: string): Promise<Map<string, Asset>> {
  const all: Asset[] = []
  for await (const asset of assets) all.push(asset)
  all.sort((a, b) => a.facts.importedAtMs - b.facts.importedAtMs || (a.facts.id < b.facts.id ? -1 : 1))
  const [wanted, taken] = [new Map<string, Asset>(), new Set<string>()]
  for (const asset of all) {
    const plain = pathOf(asset, album, template)
    let path = plain
    for (let number = 2; taken.has(path.toLowerCase()); number++) path = numbered(plain, number)
    taken.add(path.toLowerCase())
    wanted.set(path, asset)
  }
  return wanted
}

/**
 * Does something with a file in the very folder that was looked at, whatever becomes of the way there; undefined when that is not there. `root`: without links.
 * @throws NotAuthorizedError when a link on the way leads out of it, and what `work` and the file system say
 */
async function below<T>(root: string, path: string, work: (target: string) => Promise<T>): Promise<T | undefined> {
  const folder = await openFolder(join(root, dirname(path)), root).catch((err: { code?: string }) => { if (err.code === 'ENOENT' || err.code === 'ENOTDIR') return undefined; throw err })
  try {
    return folder && await work(join(folder.path, basename(path)))
  } finally {
    await folder?.close()
  }
}

const lookAt = (target: string): Promise<Stats | undefined> => lstat(target).catch(() => undefined)

const isAsPlaced = (now: Stats | undefined, { size, mtimeMs }: PlacedFile): boolean => now?.size === size && now.mtimeMs === mtimeMs

/** Folders that are empty now go; any that is not ends it. */
async function pruneFolders(root: string, path: string): Promise<void> {
  for (let folder = path; folder !== '.' && folder !== ''; folder = dirname(folder)) {
    if (!await below(root, folder, (target) => rmdir(target).then(() => true)).catch(() => false)) return
  }
}

/** What would be made in the place of a disk that is not plugged in would be on another disk. @throws InvalidInputError */
async function checkDisk(folder: string): Promise<void> {
  for (let path = folder; path !== dirname(path) && await lstat(path).catch(() => undefined) === undefined; path = dirname(path)) {
    if (isOfDisk(path)) throw new InvalidInputError(`there is no ${path}: plug its disk in, or make that folder if it is to be there`)
  }
}
