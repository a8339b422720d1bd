import { lstat, mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { InvalidInputError, RefusedError } from '#protocols/errors.ts'
import { type CardContent, type CardFile, readCard } from '../card/card-files.ts'
import { appendJournal, dropJournal, type KnownCopy, readKnown } from './copy-journal.ts'
import { diskReason } from './disk-reason.ts'
import type { Digester } from '../copy/digester.ts'
import { DEFAULT_IGNORES } from '../mhl/manifest.ts'
import { HASH_FORMATS, type HashFormat } from '../mhl/hash-formats.ts'
import { Histories } from '../mhl/history.ts'
import { ignoring } from '../mhl/ignores.ts'
import { hashFile, readHistoryFiles, without, writeGenerations } from '../mhl/mhl-folder.ts'
import { type HashedFile, seal, type SealInit } from '../mhl/seal.ts'
import { isHistoryPath, isSameCard, isSameFile } from '../card/same-card.ts'
import type { CopiedFile, Room, Sink, Target } from './target.ts'
import { syncFolder } from './whole-file.ts'

/** Folders of one name that are tried. @default 1000 */
const MAX_NAMES = 1_000

export interface FolderTargetInit extends Omit<SealInit, 'name' | 'folders' | 'createdMs'> {
  /** The folder that gets a folder for the roll. */
  readonly folder: string
  /** What the roll is called. */
  readonly name: string
  readonly digester: Digester
}

/** A copy of the card as a folder: byte for byte, with the times of its files, and an ASC MHL history beside them. @throws InvalidInputError */
export async function openFolderTarget(content: CardContent, init: FolderTargetInit): Promise<Target & { readonly root: string; readonly ways: Record<'direct' | 'cached', number> }> {
  const { root, known } = await chooseRoot(content, init)
  await mkdir(root, { recursive: true }).catch((err) => { throw new RefusedError(`${root}: ${diskReason(err)}`) })
  return new FolderTarget(root, known, init)
}

class FolderTarget implements Target {
  readonly root: string
  readonly name: string
  readonly ways = { direct: 0, cached: 0 }
  readonly #init: FolderTargetInit
  readonly #known: Map<string, CopiedFile>
  readonly #doubted: Map<string, CopiedFile>
  /** Not in a generation yet. */
  readonly #unsealed = new Map<string, CopiedFile>()
  /** Read back by this run, and good. */
  readonly #good = new Set<string>()

  constructor(root: string, known: KnownCopy, init: FolderTargetInit) {
    this.root = root
    this.name = root
    this.#init = init
    this.#known = known.files
    this.#doubted = known.doubted
    for (const path of known.unsealed) this.#unsealed.set(path, known.files.get(path) as CopiedFile)
  }

  known(path: string): CopiedFile | undefined {
    return this.#known.get(path)
  }

  async doubt(path: string): Promise<void> {
    const copied = this.#forget(path)
    if (copied !== undefined) await appendJournal(this.root, { ...copied, doubted: true })
  }

  isDoubted(path: string): boolean {
    return this.#doubted.has(path)
  }

  async room(): Promise<Room> {
    const { bavail, bsize } = await statfs(this.root)
    return { disk: `${(await lstat(this.root)).dev}`, freeBytes: bavail * bsize }
  }

  async begin(file: CardFile): Promise<Sink> {
    const path = join(this.root, file.path)
    const there = await lstat(path).catch(() => undefined)
    if (there !== undefined && isHistoryPath(file.path)) return nowhere
    if (there !== undefined && !isSameFile(file, there)) throw new RefusedError(`${path} is there already and is another file: it is not overwritten. Name another folder`)
    await mkdir(dirname(path), { recursive: true })
    const temporary = `${path}.thatdam-tmp`
    const handle = await open(temporary, 'w')
    let isOpen = true
    const close = async (): Promise<void> => { if (isOpen) { isOpen = false; await handle.close() } }
    return {
      async write(bytes) { for (let at = 0; at < bytes.byteLength;) at += (await handle.write(bytes, at, bytes.byteLength - at)).bytesWritten },
      finish: async (copied) => {
        await handle.utimes(file.mtimeMs / 1_000, file.mtimeMs / 1_000)
        await handle.sync()
        await close()
        await rename(temporary, path)
        await syncFolder(dirname(path))
        await this.#note(copied)
      },
      async abort() {
        await close()
        await rm(temporary, { force: true })
      }
    }
  }

  async readBack(file: CopiedFile, signal: AbortSignal): Promise<boolean> {
    if (!this.#unsealed.has(file.path)) return true
    const format = [...this.#init.formats, ...HASH_FORMATS].find((each) => file.hashes[each] !== undefined) // an earlier run may have computed others
    if (format === undefined) return false
    const { hashes, way } = await hashFile(this.root, file, [format], true, { digester: this.#init.digester, signal }).catch((err: NodeJS.ErrnoException) => {
      if (err.code !== 'EIO' && err.code !== 'ENOENT' && !(err instanceof InvalidInputError)) throw err
      return { hashes: {} as Partial<Record<HashFormat, string>>, way: 'direct' as const }
    })
    this.ways[way]++
    if (hashes[format] === file.hashes[format]) {
      this.#good.add(file.path)
      return true
    }
    this.#known.delete(file.path)
    this.#unsealed.delete(file.path)
    await rm(join(this.root, file.path), { force: true }) // the next run copies it again
    return false
  }

  async seal(content: CardContent): Promise<{ generations: readonly string[]; failed: readonly string[] }> {
    const kept = without(content, ignoring(DEFAULT_IGNORES))
    const unsealed = kept.files.flatMap(({ path }) => this.#unsealed.get(path) ?? [])
    const fresh = unsealed.filter(({ path }) => this.#good.has(path)).map(hashedOf)
    if (fresh.length === 0) return { generations: [], failed: [] }
    const there = await readCard(this.root)
    const histories = new Histories(await readHistoryFiles(this.root, there.folders))
    const isWhole = fresh.length === kept.files.length && histories.paths().every((path) => this.#unsealed.has(path))
    if (isWhole) for (const folder of content.folders) await mkdir(join(this.root, folder), { recursive: true })
    const { generations, failed } = await seal(histories, fresh, { ...this.#init, name: basename(this.root), createdMs: Date.now(), ...(isWhole && { folders: kept.folders }) })
    await writeGenerations(this.root, generations)
    await dropJournal(this.root)
    this.#unsealed.clear()
    for (const copied of unsealed) if (!this.#good.has(copied.path)) await this.#note(copied)
    for (const path of failed) this.#forget(path)
    for (const copied of this.#doubted.values()) await appendJournal(this.root, { ...copied, doubted: true })
    return { generations: generations.map(({ folder, name }) => join(folder, 'ascmhl', name)), failed }
  }

  async checkpoint(): Promise<void> {}

  async #note(copied: CopiedFile): Promise<void> {
    this.#known.set(copied.path, copied)
    this.#unsealed.set(copied.path, copied)
    this.#good.delete(copied.path)
    this.#doubted.delete(copied.path)
    await appendJournal(this.root, copied)
  }

  #forget(path: string): CopiedFile | undefined {
    const copied = this.#known.get(path)
    this.#known.delete(path)
    this.#unsealed.delete(path)
    if (copied !== undefined) this.#doubted.set(path, copied)
    return copied
  }

}

const hashedOf = ({ path, size, mtimeMs, hashedMs, hashes }: CopiedFile): HashedFile => ({ path, size, modifiedMs: mtimeMs, hashedMs, hashes })

/** A history that the copy has and has continued since. */
const nowhere: Sink = { async write() {}, async finish() {}, async abort() {} }

/** The roll's folder, or `NAME-2`… when another card of that name is there. */
async function chooseRoot(content: CardContent, { folder, name }: FolderTargetInit): Promise<{ root: string; known: KnownCopy }> {
  const parent = await lstat(folder).catch(() => undefined)
  if (parent?.isDirectory() !== true) throw new InvalidInputError(`there is no folder ${folder} to copy to: mount the disk, or make the folder`)
  for (let n = 1; n <= MAX_NAMES; n++) {
    const root = join(folder, n === 1 ? name : `${name}-${n}`)
    const names = await readdir(root).catch((err: NodeJS.ErrnoException) => {
      if (err.code === 'ENOENT') return []
      throw err
    })
    const known = await readKnown(root)
    if (names.length === 0 || isSameCard(new Map([...known.doubted, ...known.files]), content.files)) return { root, known }
  }
  throw new InvalidInputError(`${folder} has ${MAX_NAMES} rolls called ${name}: give this one another name`)
}
