import { randomUUID } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { Catalog } from '#ring'
import { emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import { askDisk } from '../library/outside-disk.ts'
import { isWithin } from '../library/within.ts'
import { createAllowedFolders } from './allowed.ts'
import { checkSettings, type Folder, FOLDERS, folderOf, type FolderSettings } from './folder.ts'
import { checkThere, isMountPoint, realFolder } from './place.ts'

export interface FoldersComponents {
  readonly catalog: Pick<Catalog, 'records'>
  readonly self: PeerId
  /** Unix ms. @default Date.now */
  readonly now?: () => number
}

export interface FoldersInit {
  /** The node's data folder, which itself is never read as media. */
  readonly dataFolder: string
}

/** The folders the ring's nodes may read, and the guard of those of this node: nothing outside them is read. */
export interface Folders extends Startable {
  /** Of all nodes. */
  list(): readonly Folder[]
  /** @throws NotFoundError */
  find(id: string): Folder
  /** Those of this node that its administrator let it read. */
  own(): readonly Folder[]
  /** On this node. @throws InvalidInputError, RefusedError when it overlaps with another */
  add(path: string, settings: Partial<FolderSettings>): Promise<Folder>
  /** @throws NotFoundError, InvalidInputError */
  change(id: string, settings: Partial<FolderSettings>): Promise<Folder>
  /** What was scanned stays in the catalog. @throws NotFoundError */
  remove(id: string): Promise<void>
  /** The folder of this node that a path lies in, and the path without links. @throws InvalidInputError, RefusedError with what to do */
  holding(path: string): Promise<{ folder: Folder; path: string }>
  /** The folder of this node whose path leads to this file by its name; undefined: it may not be read. */
  allowing(path: string): Folder | undefined
  /** @throws RefusedError with why its files can not be seen now */
  checkThere(folder: Folder): Promise<void>
  /** Its files were seen: what is mounted there now is to be there the next time, too. */
  wasSeen(folder: Folder): Promise<void>
  readonly changed: Signal<void>
}

export function createFolders({ catalog, self, now = Date.now }: FoldersComponents, { dataFolder }: FoldersInit): Folders {
  const { records } = catalog
  const allowed = createAllowedFolders(dataFolder)
  const changed = emitter<void>()
  const adding = new Set<string>()
  let data = dataFolder
  let leave = (): void => {}

  const list = (): Folder[] => records.list(FOLDERS).flatMap((record) => folderOf(record) ?? [])
  const own = (): Folder[] => list().filter(({ id, node, path }) => node === self && allowed.get(id)?.path === path)

  function find(id: string): Folder {
    const folder = list().find((each) => each.id === id)
    if (folder === undefined) throw new NotFoundError(`there is no folder ${JSON.stringify(id.slice(0, 64))}: GET /api/v1/paths lists them`)
    return folder
  }

  /** Two folders that hold the same file would each say where it is. */
  function checkApart(path: string): void {
    const other = [...own().map((folder) => folder.path), ...adding].find((folder) => isWithin(path, folder) || isWithin(folder, path))
    if (other !== undefined) throw new RefusedError(other === path ? `${path} is a folder of this node already` : `${path} and the folder ${other} of this node hold the same files: remove that one first, or scan a part of it`)
  }

  function holdingReal(path: string): Folder | undefined {
    return isWithin(path, data) ? undefined : own().find((folder) => isWithin(path, folder.path))
  }

  return {
    list, find, own, changed,
    async start() {
      data = await realpath(dataFolder).catch(() => dataFolder)
      await allowed.load()
      leave = records.changed.on((kind) => { if (kind === FOLDERS) changed.emit() })
    },
    stop() { leave() },
    async add(path, settings) {
      checkSettings(settings)
      const real = await realFolder(path, data)
      checkApart(real)
      adding.add(real)
      try {
        const folder: Folder = { id: randomUUID(), node: self, path: real, name: basename(real), mode: 'import', include: [], exclude: [], watch: false, addedAtMs: now(), ...settings }
        const { id, ...fields } = folder
        await allowed.set(id, { path: real, isMount: await isMountPoint(real) })
        await records.put(FOLDERS, id, { ...fields })
        return folder
      } finally {
        adding.delete(real)
      }
    },
    async change(id, settings) {
      find(id)
      checkSettings(settings)
      await records.put(FOLDERS, id, { ...settings })
      return find(id)
    },
    async remove(id) {
      find(id)
      await records.remove(FOLDERS, id)
      await allowed.remove(id)
    },
    async holding(path) {
      const real = await realPathOf(path, holdingReal(path)?.path ?? path)
      const folder = holdingReal(real)
      if (folder === undefined) throw new RefusedError(whatToAdd(path, own()))
      return { folder, path: real }
    },
    allowing: (path) => path.includes('\0') || path !== join(path) ? undefined : holdingReal(path),
    checkThere: (folder) => checkThere(folder.path, allowed.get(folder.id)?.isMount === true),
    async wasSeen({ id, path }) {
      const isMount = await isMountPoint(path)
      if (allowed.get(id)?.path === path && allowed.get(id)?.isMount !== isMount) await allowed.set(id, { path, isMount })
    }
  }
}

async function realPathOf(path: string, disk: string): Promise<string> {
  if (!path.startsWith('/') || path.includes('\0')) throw new InvalidInputError(`not an absolute path: ${JSON.stringify(path.slice(0, 200))}. Name the folder from / on`)
  const ask = (asked: string, otherwise: () => string | Promise<string>): Promise<string> => askDisk(disk, () => realpath(asked)).catch((err) => { if (err instanceof RefusedError) throw err; return otherwise() })
  return ask(path, async () => join(await ask(dirname(path), () => dirname(path)), basename(path))) // what is not there is told by the scan
}

/** Before anything is said of what is there or not: what lies outside is nobody's business. */
function whatToAdd(path: string, folders: readonly Folder[]): string {
  const have = folders.length === 0 ? 'it has none yet' : `they are ${folders.map((folder) => folder.path).slice(0, 5).join(', ')}${folders.length > 5 ? '…' : ''}`
  return `${path} lies in no folder this node may read (${have}). An administrator adds it: "thatdam paths add ${path}", "thatdam scan ${path} --add", or Library → Folders on this node's page`
}
