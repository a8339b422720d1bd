import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { basename } from 'node:path/posix'
import type { ImportResult } from '#protocols/http.ts'
import type { ChunkId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import { bytesOf, once } from '#ring/base/bytes.ts'
import type { Importer } from '../../library/importer.ts'
import type { CardContent, CardFile } from '../card/card-files.ts'
import { cardError } from '../copy/copy-file.ts'
import { createFeed } from './feed.ts'
import { CHAIN_FILE, DEFAULT_IGNORES, generationOfName, MHL_FOLDER } from '../mhl/manifest.ts'
import { Histories, type HistoryFiles } from '../mhl/history.ts'
import { ignoring } from '../mhl/ignores.ts'
import { without } from '../mhl/mhl-folder.ts'
import { readChain } from '../mhl/read-xml.ts'
import { seal, type SealInit } from '../mhl/seal.ts'
import { writeChain } from '../mhl/write-xml.ts'
import { albumOf } from '../rolls/roll-record.ts'
import { type RollList, writeRollList } from '../rolls/roll-list.ts'
import type { CopiedFile, Room, Sink, Target } from './target.ts'

export interface RingTargetInit extends Omit<SealInit, 'folders' | 'createdMs'> {
  readonly rollId: string
  readonly list: RollList
  /** Folder that the card is mounted at. */
  readonly card: string
  readonly signal: AbortSignal
  /** The list has a new version, in the ring. */
  onList(manifest: ChunkId): Promise<void>
  onImported(result: ImportResult): void
}

export interface RingTargetComponents {
  readonly ring: Pick<Ring, 'blobs' | 'membership' | 'placement' | 'writing'> & { readonly catalog: Pick<Ring['catalog'], 'editAsset'> }
  readonly importer: Importer
}

type Stored = Awaited<ReturnType<Ring['blobs']['put']>>

/** The ring as the place a card goes to: every file a blob, media also assets, all of them in the roll's list. */
export class RingTarget implements Target {
  readonly name = 'the ring'
  readonly #parts: RingTargetComponents
  readonly #init: RingTargetInit
  readonly #unsealed = new Set<string>()
  #isDirty = false
  #release: () => void

  constructor(parts: RingTargetComponents, init: RingTargetInit) {
    this.#parts = parts
    this.#init = init
    this.#release = parts.ring.writing()
    for (const { path } of init.list.files.values()) if (!this.#isSealed(path)) this.#unsealed.add(path)
  }

  known(path: string): CopiedFile | undefined {
    const file = this.#init.list.files.get(path)
    return file === undefined || file.blob === null || file.doubted === true ? undefined : { path, size: file.size, mtimeMs: file.mtimeMs, hashedMs: file.hashedMs, hashes: { ...file.hashes, sha256: file.sha256 } }
  }

  async doubt(path: string): Promise<void> {
    const file = this.#init.list.files.get(path)
    if (file === undefined) return
    this.#init.list.files.set(path, { ...file, sourceVerified: false, doubted: true })
    this.#unsealed.delete(path)
    this.#isDirty = true
  }

  isDoubted(path: string): boolean {
    return this.#init.list.files.get(path)?.doubted === true
  }

  noteSourceVerified(path: string): void {
    const file = this.#init.list.files.get(path)
    if (file === undefined) return
    this.#init.list.files.set(path, { ...file, sourceVerified: true })
    this.#isDirty = true
  }

  isSourceVerified(path: string): boolean {
    return this.#init.list.files.get(path)?.sourceVerified === true
  }

  /** What the live nodes have room for, in as many copies as there are nodes for. */
  async room(): Promise<Room | undefined> {
    const { membership, placement } = this.#parts.ring
    const live = membership.members().filter(({ alive }) => alive)
    if (live.some(({ presence }) => presence === undefined)) return undefined
    const free = live.flatMap(({ presence }) => presence?.acceptsWrites === true ? [presence.freeBytes] : [])
    return { disk: this.name, freeBytes: free.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, Math.min(placement.replicas, free.length)) }
  }

  async begin(_file: CardFile): Promise<Sink> {
    const feed = createFeed()
    const stop = new AbortController()
    const put = this.#parts.ring.blobs.put(feed.bytes(), { signal: AbortSignal.any([stop.signal, this.#init.signal]) })
    put.catch((err) => feed.fail(err))
    return {
      write: (bytes) => feed.push(bytes),
      finish: async (copied) => {
        feed.end()
        await this.#enter(copied, await put)
      },
      async abort() {
        stop.abort(new Error('the file is given up'))
        feed.fail(new Error('the file is given up'))
        await put.catch(() => {})
      }
    }
  }

  async seal(content: CardContent): Promise<{ generations: readonly string[]; failed: readonly string[] }> {
    const { list, name } = this.#init
    for (const folder of content.folders) list.folders.add(folder)
    const kept = without(content, ignoring(DEFAULT_IGNORES))
    const fresh = kept.files.flatMap(({ path }) => this.#unsealed.has(path) ? this.known(path) ?? [] : []).map(({ mtimeMs, ...file }) => ({ ...file, modifiedMs: mtimeMs }))
    if (fresh.length === 0) return this.#publish([], [])
    const histories = new Histories(await this.#historyFiles())
    const isWhole = fresh.length === kept.files.length && histories.paths().every((path) => this.#unsealed.has(path))
    const { generations, failed } = await seal(histories, fresh, { ...this.#init, name, createdMs: Date.now(), ...(isWhole && { folders: kept.folders }) })
    for (const { folder, generation, name: file, bytes, c4 } of generations) {
      const { id } = await this.#parts.ring.blobs.put(once(bytes))
      list.mhl.push({ folder, generation, name: file, blob: id, c4, createdMs: Date.now() })
    }
    this.#unsealed.clear()
    for (const path of failed) await this.doubt(path)
    return this.#publish(generations.map(({ folder, name: file }) => join(folder, MHL_FOLDER, file)), failed)
  }

  /** The list of now is in the ring, and the record names it. */
  async checkpoint(): Promise<void> {
    if (!this.#isDirty) return
    this.#isDirty = false
    await this.#init.onList(await writeRollList(this.#parts.ring.blobs, this.#init.list))
    const next = this.#parts.ring.writing()
    this.#release()
    this.#release = next
  }

  /** Nothing is put any more. */
  close(): void {
    this.#release()
  }

  async #publish(generations: readonly string[], failed: readonly string[]): Promise<{ generations: readonly string[]; failed: readonly string[] }> {
    this.#isDirty = true
    await this.checkpoint()
    return { generations, failed }
  }

  async #enter(copied: CopiedFile, stored: Stored): Promise<void> {
    const { sha256, ...hashes } = copied.hashes
    if (sha256 !== stored.sha256) throw new Error(`${copied.path} has another SHA-256 in the ring than when it was read: the memory of this machine is bad`)
    const asset = await this.#import(copied, stored)
    this.#init.list.files.set(copied.path, { path: copied.path, size: copied.size, mtimeMs: copied.mtimeMs, blob: stored.id, sha256: stored.sha256, hashes, hashedMs: copied.hashedMs, sourceVerified: false, asset })
    this.#unsealed.add(copied.path)
    this.#isDirty = true
  }

  /** Media is an asset, too, in the roll's album. What belongs beside one (an iPhone's edits, XMP) is taken there, and a file of the roll like any other. */
  async #import({ path }: CopiedFile, stored: Stored): Promise<boolean> {
    const { card, name, rollId, signal } = this.#init
    const file = join(card, path)
    const result = await this.#parts.importer.importFile(file, { store: async () => stored, batch: { id: rollId, source: 'offload', name }, shownPath: `${name}/${path}`, signal }).catch((err: NodeJS.ErrnoException) => {
      throw err.path === file ? cardError(err) : err // it is looked at where it lies, and the card may be pulled meanwhile
    })
    if (result.outcome === 'refused' || result.assetId !== stored.sha256) return false
    this.#init.onImported(result)
    await this.#parts.ring.catalog.editAsset(stored.sha256 as Parameters<Ring['catalog']['editAsset']>[0], { addAlbums: [albumOf(rollId)] })
    return true
  }

  /** The histories that lie on the card, and what was written for the roll since. */
  async #historyFiles(): Promise<HistoryFiles> {
    const { list, card } = this.#init
    const found = new Map<string, Map<string, Uint8Array>>()
    for (const path of list.files.keys()) {
      if (basename(dirname(path)) !== MHL_FOLDER || (basename(path) !== CHAIN_FILE && generationOfName(basename(path)) === undefined)) continue
      const folder = dirname(dirname(path)) === '.' ? '' : dirname(dirname(path))
      found.set(folder, (found.get(folder) ?? new Map<string, Uint8Array>()).set(basename(path), await readFile(join(card, path))))
    }
    for (const { folder, generation, name, blob, c4 } of list.mhl) {
      const files = found.get(folder) ?? new Map<string, Uint8Array>()
      const chain = files.get(CHAIN_FILE)
      files.set(name, await bytesOf(this.#parts.ring.blobs.read(blob)))
      files.set(CHAIN_FILE, writeChain([...chain === undefined ? [] : readChain(chain).filter((entry) => entry.generation !== generation), { generation, name, c4 }]))
      found.set(folder, files)
    }
    return found
  }

  /** A generation is written of everything at once, after the last file. */
  #isSealed(path: string): boolean {
    const file = this.#init.list.files.get(path)
    return this.#init.list.mhl.some(({ createdMs }) => createdMs >= (file?.hashedMs ?? 0))
  }
}
