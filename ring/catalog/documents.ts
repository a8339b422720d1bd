import { randomInt } from 'node:crypto'
import * as Y from 'yjs'
import { InvalidMessageError, OverloadedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'
import type { CatalogOrigin, RecordingSession } from './catalog.ts'
import { type DocumentChange, touchedBy } from './document-change.ts'
import { digestOfDocument } from './document-digest.ts'
import { MAX_DOCUMENT_BYTES } from './document-limits.ts'
import type { DocumentLog, LoggedDocument } from './document-log.ts'
import { DISK, type DocumentName, LOCAL, ROOT_DOCUMENT } from './document-name.ts'
import { fillGaps, isWaiting, type LostChanges } from './fill-gaps.ts'
import { deletedRecordings } from './recording-entry.ts'
import { applyRemote, checkUpdate } from './remote-update.ts'

/** Documents stay in memory up to this many bytes of updates together (some ten times that in heap); the root document always does. @default 16777216 */
export const MAX_LOADED_BYTES = 16 * 1024 * 1024
/** A document's log is compacted when it has this many records, @default 512 */
export const COMPACT_RECORDS = 512
/** or when it has outgrown this many bytes and twice its last snapshot. @default 1048576 */
export const COMPACT_BYTES = 1024 * 1024

/** Writers of one value remembered at once: recordings under way. */
const MAX_OWN_WRITERS = 1000
const MAX_CLIENT_ID = 2 ** 32

export interface DocumentsComponents {
  updates: DocumentLog
  log: Logger
  /** Called in the turn of the change, before it is durable. */
  onChange(change: DocumentChange): void
  /** A member deleted recordings that were here: as they were, in the turn of the change. */
  onDeleted(recordings: readonly RecordingSession[]): void
  /** What this member sent was refused. */
  onOffence(from: PeerId, reason: InvalidMessageError): void
  /** A document was found to lack something it once had; `broken` as in `LoggedDocument`. */
  onDamage(document: DocumentName, reason: string, broken: LoggedDocument['broken']): void
  /** The log of a document was damaged, and is written anew from memory. */
  onRewritten(document: DocumentName, reason: string, broken: LoggedDocument['broken']): void
}

export interface DocumentsInit {
  /** @default MAX_LOADED_BYTES */
  maxLoadedBytes?: number
}

interface Loaded {
  readonly name: DocumentName
  readonly doc: Y.Doc
  damaged: boolean
  /** Its state in memory is no longer to be trusted, nor stored. */
  discarded: boolean
  /** The update of the last transaction. */
  latest: Uint8Array | undefined
}

/** The Yjs documents: loaded when they are needed, every change in the log before anyone is told, the least used ones dropped. */
export class Documents {
  readonly #components: DocumentsComponents
  readonly #maxLoadedBytes: number
  /** In order of use, the longest unused first. */
  readonly #loaded = new Map<DocumentName, Loaded>()
  readonly #loading = new Map<DocumentName, Promise<Loaded>>()
  // One writer id for all documents of this run. A new run, and a log that was opened anew, take another: should the disk have lost
  // the end of the log, the ids of what was lost must never name something else.
  #clientId = randomInt(1, MAX_CLIENT_ID)
  /** Ids of the writers that rewrite one value, the oldest first. */
  readonly #writers = new Map<string, number>()
  /** Counts how often all of them were forgotten. */
  #generation = 0

  constructor(components: DocumentsComponents, { maxLoadedBytes = MAX_LOADED_BYTES }: DocumentsInit = {}) {
    this.#components = components
    this.#maxLoadedBytes = maxLoadedBytes
  }

  get loaded(): number {
    return this.#loaded.size
  }

  /** Look at a document. `look` runs in one turn and keeps nothing of it. */
  async read<T>(name: DocumentName, look: (doc: Y.Doc) => T): Promise<T> {
    return look((await this.#use(name)).doc)
  }

  /**
   * Change a document in one transaction; `durable` resolves when it is on disk. `update` is undefined when nothing changed. `writer` names who rewrites one value
   * again and again: what it overwrote then costs nothing, whatever others write in between. @throws StorageFullError, OverloadedError when the document is full
   */
  async edit<T>(name: DocumentName, change: (doc: Y.Doc) => T, writer?: string): Promise<{ result: T; update: Uint8Array | undefined; durable: Promise<void> }> {
    const loaded = await this.#use(name)
    this.#components.updates.checkWritable() // in the turn of the change: what can not be written must not be in memory either
    const full = this.#whyFull(loaded, 0)
    if (full !== undefined) throw new OverloadedError(full)
    loaded.latest = undefined
    const result = loaded.doc.transact(() => this.#writing(loaded, writer, change), LOCAL)
    this.#tidy(loaded)
    return { result, update: loaded.latest, durable: this.#components.updates.flushed() }
  }

  /** Merge what a member sent; resolves when it is on disk. `incomplete`: parts of it wait for changes that are missing here. @throws InvalidMessageError, StorageFullError */
  async receive(name: DocumentName, update: Uint8Array, origin: CatalogOrigin): Promise<{ incomplete: boolean }> {
    const loaded = await this.#use(name)
    this.#components.updates.checkWritable()
    this.#checked(origin, () => {
      checkUpdate(update)
      const full = this.#whyFull(loaded, update.byteLength)
      if (full !== undefined) throw new InvalidMessageError(full)
    })
    const { incomplete } = this.#checked(origin, () => this.#merge(loaded, update, origin))
    // Yjs reports only what it could integrate; the rest is promised to the sender too.
    if (incomplete) this.#record(loaded, update, origin, { assets: new Set(), keys: new Map() })
    this.#tidy(loaded)
    await this.#components.updates.flushed()
    return { incomplete }
  }

  /** SHA-256 of the document's content; undefined while it is empty. */
  async digest(name: DocumentName): Promise<Uint8Array | undefined> {
    const { updates } = this.#components
    const { last } = updates.extent(name)
    const stored = updates.digest(name)
    if (last === 0) return undefined
    if (stored?.sequence === last) return stored.digest
    return this.#storeDigest(await this.#use(name))
  }

  /** Read what the disk holds of it: damage is reported, and mended from memory when all of the document is there. */
  async check(name: DocumentName): Promise<void> {
    const { updates, onRewritten } = this.#components
    const { damage, broken } = await updates.load(name)
    if (damage === undefined) return
    const loaded = this.#loaded.get(name)
    if (loaded === undefined || loaded.damaged) return void await this.#use(name) // whoever loads it finds and reports the same
    onRewritten(name, damage, broken)
    await updates.compact(name, Y.encodeStateAsUpdate(loaded.doc))
  }

  /**
   * The damaged document was exchanged with another node; `isLast` when there is no further one to ask. Its log is written anew unless changes are
   * missing that somebody may still have. Answers what nobody has, or undefined while it is not whole.
   */
  async healed(name: DocumentName, isLast: boolean): Promise<LostChanges[] | undefined> {
    const loaded = await this.#use(name)
    if (!loaded.damaged) return []
    if (isWaiting(loaded.doc) && !isLast) return undefined
    const lost = fillGaps(loaded.doc)
    loaded.damaged = false
    await this.#components.updates.compact(name, Y.encodeStateAsUpdate(loaded.doc))
    return lost
  }

  /** Whether the document, which must be in use, is known to lack something it once had. */
  isDamaged(name: DocumentName): boolean {
    return this.#loaded.get(name)?.damaged ?? this.#components.updates.damage.has(name)
  }

  /** Drop all of them: what is in memory is not what the log holds. */
  forget(): void {
    this.#generation++
    this.#clientId = randomInt(1, MAX_CLIENT_ID)
    this.#writers.clear()
    for (const loaded of this.#loaded.values()) this.#discard(loaded)
  }

  /** Digests of what changed go to disk, so that the next start need not read the documents. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#loading.values())
    for (const loaded of this.#loaded.values()) this.#unload(loaded)
    await this.#components.updates.flushed().catch(() => {}) // its owner reports a log that failed
  }

  async #use(name: DocumentName): Promise<Loaded> {
    for (;;) {
      const loaded = this.#loaded.get(name) ?? await this.#load(name)
      if (this.#loaded.get(name) !== loaded) continue // dropped while we waited for our turn
      this.#loaded.delete(name)
      this.#loaded.set(name, loaded)
      return loaded
    }
  }

  #load(name: DocumentName): Promise<Loaded> {
    let loading = this.#loading.get(name)
    if (loading === undefined) {
      loading = this.#readFromLog(name).finally(() => this.#loading.delete(name))
      this.#loading.set(name, loading)
    }
    return loading
  }

  async #readFromLog(name: DocumentName): Promise<Loaded> {
    const { updates, onDamage } = this.#components
    const generation = this.#generation
    const logged = await updates.load(name)
    if (generation !== this.#generation) return this.#readFromLog(name) // the log went back to an earlier state meanwhile
    const doc = new Y.Doc()
    const loaded: Loaded = { name, doc, damaged: logged.damage !== undefined, discarded: false, latest: undefined }
    doc.transact(() => { for (const update of logged.updates) Y.applyUpdate(doc, update, DISK) }, DISK)
    // Set only now: Yjs takes a writer it meets in an update for somebody else's.
    if (!loaded.damaged) doc.clientID = this.#clientId
    doc.on('update', (update: Uint8Array, origin: CatalogOrigin, _doc: Y.Doc, transaction: Y.Transaction) => {
      if (!loaded.discarded) this.#record(loaded, update, origin, touchedBy(doc, transaction))
    })
    doc.on('afterTransaction', (transaction: Y.Transaction) => {
      const deleted = loaded.discarded || !('from' in (transaction.origin as CatalogOrigin)) ? [] : deletedRecordings(doc, transaction)
      if (deleted.length > 0) this.#components.onDeleted(deleted)
    })
    this.#loaded.set(name, loaded)
    this.#dropUnused(loaded)
    if (logged.damage !== undefined) {
      this.#writers.clear() // theirs, too, may be among what was lost
      if (updates.extent(name).last > 0) this.#storeDigest(loaded) // the stored one tells of what is no longer there
      if (!updates.damage.has(name)) updates.noteDamage(name, logged.damage).catch(() => {}) // found again by the next load
      onDamage(name, logged.damage, logged.broken)
    }
    return loaded
  }

  // Yjs keeps what was overwritten as one range per unbroken run of a writer's changes.
  #writing<T>(loaded: Loaded, writer: string | undefined, change: (doc: Y.Doc) => T): T {
    const { doc } = loaded
    if (writer === undefined || loaded.damaged) return change(doc)
    const id = doc.clientID
    doc.clientID = this.#writers.get(writer) ?? this.#newWriter(writer)
    try {
      return change(doc)
    } finally {
      doc.clientID = id
    }
  }

  #newWriter(writer: string): number {
    const [oldest] = this.#writers.keys()
    if (this.#writers.size >= MAX_OWN_WRITERS && oldest !== undefined) this.#writers.delete(oldest)
    const id = randomInt(1, MAX_CLIENT_ID)
    this.#writers.set(writer, id)
    return id
  }

  #checked<T>(origin: CatalogOrigin, work: () => T): T {
    try {
      return work()
    } catch (err) {
      if ('from' in origin && err instanceof InvalidMessageError) this.#components.onOffence(origin.from, err)
      throw err
    }
  }

  // What the log holds may be twice the document: before anything is refused it is compacted.
  #whyFull(loaded: Loaded, more: number): string | undefined {
    const { updates } = this.#components
    const bytes = (): number => updates.extent(loaded.name).bytes + more
    if (bytes() <= MAX_DOCUMENT_BYTES || loaded.damaged) return undefined
    if (updates.extent(loaded.name).first < updates.extent(loaded.name).last) updates.compact(loaded.name, Y.encodeStateAsUpdate(loaded.doc)).catch(() => {})
    return bytes() <= MAX_DOCUMENT_BYTES ? undefined : `catalog document ${loaded.name} would have ${bytes()} bytes; at most ${MAX_DOCUMENT_BYTES} fit`
  }

  #merge(loaded: Loaded, update: Uint8Array, origin: CatalogOrigin): { incomplete: boolean } {
    try {
      return applyRemote(loaded.doc, update, origin, () => { loaded.discarded = true })
    } catch (err) {
      // It may be half applied in memory. None of that was stored: the next use reads the log again.
      this.#discard(loaded)
      throw err instanceof InvalidMessageError ? err : new InvalidMessageError(`the update does not fit document ${loaded.name}: ${err}`)
    }
  }

  #discard(loaded: Loaded): void {
    loaded.discarded = true
    this.#loaded.delete(loaded.name)
    loaded.doc.destroy()
  }

  #record(loaded: Loaded, update: Uint8Array, origin: CatalogOrigin, touched: Pick<DocumentChange, 'assets' | 'keys'>): void {
    const { name, doc } = loaded
    loaded.latest = update
    const { sequence, durable } = this.#components.updates.append(name, update)
    durable.catch(() => {}) // whoever asked for the change awaits it, too
    this.#components.onChange({ document: name, doc, origin, sequence, durable, ...touched })
  }

  #tidy(changed: Loaded): void {
    this.#compactWhenDue(changed)
    this.#dropUnused(changed)
  }

  #compactWhenDue(loaded: Loaded): void {
    if (loaded.damaged) return // the gap in its log is all that tells of the damage
    const { updates } = this.#components
    const { first, last, bytes, snapshotBytes } = updates.extent(loaded.name)
    if (last - first < COMPACT_RECORDS && bytes < Math.max(COMPACT_BYTES, 2 * snapshotBytes)) return
    if (last === first) return
    updates.compact(loaded.name, Y.encodeStateAsUpdate(loaded.doc)).catch(() => {}) // the log remembers its failure and refuses what follows
  }

  #storeDigest({ name, doc }: Loaded): Uint8Array {
    const digest = digestOfDocument(doc)
    this.#components.updates.putDigest(name, digest).catch(() => {}) // derived: computed again when it is missing
    return digest
  }

  #dropUnused(except: Loaded): void {
    const bytesOf = (loaded: Loaded): number => this.#components.updates.extent(loaded.name).bytes
    let total = [...this.#loaded.values()].reduce((sum, loaded) => sum + bytesOf(loaded), 0)
    for (const loaded of this.#loaded.values()) {
      if (total <= this.#maxLoadedBytes) return
      if (loaded === except || loaded.name === ROOT_DOCUMENT) continue
      total -= bytesOf(loaded)
      this.#unload(loaded)
    }
  }

  // All of it is in the log's queue at least, and a load waits for that queue: nothing needs to be awaited here.
  #unload(loaded: Loaded): void {
    const { updates } = this.#components
    const { last } = updates.extent(loaded.name)
    if (last > 0 && updates.digest(loaded.name)?.sequence !== last) this.#storeDigest(loaded)
    this.#loaded.delete(loaded.name)
    loaded.doc.destroy()
  }
}
