import { setImmediate as nextTurn } from 'node:timers/promises'
import type * as Y from 'yjs'
import type { AssetId, CameraId } from '#protocols/ids.ts'
import { type Emitter, emitter } from '../base/emitter.ts'
import type { Logger } from '../base/log.ts'
import { assetIdsIn, readAsset } from './asset-entry.ts'
import type { AssetIndex, IndexChanges } from './asset-index.ts'
import type { HourNote } from './camera-policy.ts'
import type { Asset, RecordingSession } from './catalog.ts'
import type { DocumentChange } from './document-change.ts'
import type { DocumentLog } from './document-log.ts'
import { type DocumentName, ROOT_DOCUMENT } from './document-name.ts'
import type { Documents } from './documents.ts'
import { noteKeysIn, NOTES, readNote } from './note-entry.ts'
import { readRecording, RECORDINGS, recordingKeysIn } from './recording-entry.ts'

/** How long after a failed write the index is tried again, in milliseconds. @default 2000 */
export const INDEX_RETRY_MS = 2000
/** Assets that are indexed in one go while a document is read whole; others have their turn in between. @default 20 */
export const INDEX_SLICE = 20

class PendingChanges implements IndexChanges {
  readonly assets = new Map<AssetId, Asset | undefined>()
  readonly recordings = new Map<string, { document: DocumentName; session: RecordingSession | undefined }>()
  readonly notes = new Map<string, { document: DocumentName; note: HourNote | undefined }>()
  readonly applied = new Map<DocumentName, number>()

  /** What came later takes the place of what came before. */
  add({ assets, recordings, notes, applied }: IndexChanges): void {
    for (const [id, asset] of assets) this.assets.set(id, asset)
    for (const [key, recording] of recordings) this.recordings.set(key, recording)
    for (const [key, note] of notes) this.notes.set(key, note)
    for (const [document, sequence] of applied) this.applied.set(document, sequence)
  }
}

interface Waiting {
  readonly changes: IndexChanges
  isDurable: boolean
}

/** Carries changes from the documents to the index and then to whoever listens; many changes become one batch. */
export class ChangeFeed {
  readonly assetsChanged: Emitter<AssetId[]>
  readonly recordingsChanged: Emitter<CameraId[]>
  readonly #index: AssetIndex
  readonly #log: Logger
  /** In the order of the log. */
  #waiting: Waiting[] = []
  /** On disk, and not in the index yet. */
  #pending = new PendingChanges()
  #retry: NodeJS.Timeout | undefined
  #catchingUp: Promise<void> = Promise.resolve()
  readonly #stale = new Set<DocumentName>()
  /** Up to where changes of stale documents are indexed. */
  readonly #heldBack = new Map<DocumentName, number>()
  #closed = false

  constructor(index: AssetIndex, log: Logger) {
    const onFailure = (err: unknown): void => log.error('a listener for catalog changes failed - %s', err)
    this.assetsChanged = emitter(onFailure)
    this.recordingsChanged = emitter(onFailure)
    this.#index = index
    this.#log = log
  }

  /** Takes the rows as they are now, and shows them once the change is on disk. */
  add({ document, doc, sequence, assets, keys, durable }: DocumentChange): void {
    if (document === ROOT_DOCUMENT) return
    const changes = new PendingChanges()
    for (const id of assets) changes.assets.set(id, readAsset(doc, id))
    for (const key of keys.get(RECORDINGS) ?? []) changes.recordings.set(key, { document, session: readRecording(doc, key) })
    for (const key of keys.get(NOTES) ?? []) changes.notes.set(key, { document, note: readNote(doc, key) })
    changes.applied.set(document, sequence)
    const waiting: Waiting = { changes, isDurable: false }
    this.#waiting.push(waiting)
    durable.then(() => {
      waiting.isDurable = true
      this.flush()
    }, () => {}) // a failed write is told to whoever made it
  }

  /** Index and announce what is on disk of what was added so far. */
  flush(): void {
    const durable = this.#waiting.findIndex(({ isDurable }) => !isDurable)
    for (const { changes } of this.#waiting.splice(0, durable < 0 ? this.#waiting.length : durable)) this.#pending.add(changes)
    const changes = this.#pending
    if (changes.applied.size === 0) return
    // A document is not said to be indexed before all of it is: a process that ends here finds out at its next start.
    for (const name of this.#stale) this.#holdBack(name, changes)
    try {
      this.#index.write(changes)
    } catch (err) {
      this.#log.error('could not write the index - %s', err)
      this.#retry ??= setTimeout(() => this.#flushAgain(), INDEX_RETRY_MS).unref()
      return
    }
    this.#pending = new PendingChanges()
    this.#announce(changes)
  }

  /** What waits for the disk will not come. */
  forget(): void {
    this.#waiting = []
  }

  /** Ends `catchUp` at the next document. */
  stop(): void {
    this.#closed = true
  }

  /** Index what can be, for the last time. */
  close(): void {
    this.flush()
    this.stop()
    clearTimeout(this.#retry)
  }

  #holdBack(name: DocumentName, { applied }: PendingChanges): void {
    const sequence = applied.get(name)
    if (sequence !== undefined) this.#heldBack.set(name, sequence)
    applied.delete(name)
  }

  #flushAgain(): void {
    this.#retry = undefined
    this.flush()
  }

  /** Index every document whose log and index differ; ends early when it is closed. */
  async catchUp(documents: Documents, updates: DocumentLog): Promise<void> {
    const run = this.#catchingUp.then(() => this.#catchUp(documents, updates))
    this.#catchingUp = run.catch(() => {})
    return run
  }

  async #catchUp(documents: Documents, updates: DocumentLog): Promise<void> {
    const applied = this.#index.applied()
    for (const name of updates.documents()) {
      const lost = (applied.get(name) ?? 0) - updates.extent(name).last
      if (name !== ROOT_DOCUMENT && lost !== 0) this.#stale.add(name)
      if (lost > 0) this.#log.error('document %s: the disk lost its last %d changes; what other nodes have of them comes back', name, lost)
    }
    if (this.#stale.size > 0) this.#log('indexing %d documents', this.#stale.size)
    for (const name of this.#stale) {
      if (this.#closed) return
      await this.#indexAll(name, documents, updates)
    }
  }

  /** Documents that are not in the index yet. */
  get unindexed(): number {
    return this.#stale.size
  }

  /** A slice of assets after the other, each as it is when its turn comes; the rest, and that the document is indexed, with the last one. */
  async #indexAll(name: DocumentName, documents: Documents, updates: DocumentLog): Promise<void> {
    const last = updates.extent(name).last // what comes later is flushed as always
    const ids = await documents.read(name, (doc) => assetIdsIn(doc, name))
    for (let at = 0; at < ids.length && !this.#closed; at += INDEX_SLICE) {
      await documents.read(name, (doc) => this.#indexSlice(doc, ids.slice(at, at + INDEX_SLICE)))
      await nextTurn()
    }
    await documents.read(name, (doc) => this.#indexRest(name, doc, last))
  }

  #indexSlice(doc: Y.Doc, ids: readonly AssetId[]): void {
    if (this.#closed) return
    const changes = new PendingChanges()
    for (const id of ids) changes.assets.set(id, readAsset(doc, id))
    this.#index.write(changes)
  }

  #indexRest(name: DocumentName, doc: Y.Doc, last: number): void {
    if (this.#closed) return
    const changes = new PendingChanges()
    for (const key of recordingKeysIn(doc)) changes.recordings.set(key, { document: name, session: readRecording(doc, key) })
    for (const key of noteKeysIn(doc)) changes.notes.set(key, { document: name, note: readNote(doc, key) })
    changes.applied.set(name, Math.max(last, this.#heldBack.get(name) ?? 0))
    this.#heldBack.delete(name)
    this.#index.replace(name, changes, new Set(assetIdsIn(doc, name)))
    this.#stale.delete(name)
  }

  #announce({ assets, recordings, notes }: IndexChanges): void {
    const cameras = new Set([...recordings.keys(), ...notes.keys()].map((key) => key.slice(0, key.indexOf('/')) as CameraId))
    if (assets.size > 0) this.assetsChanged.emit([...assets.keys()])
    if (cameras.size > 0) this.recordingsChanged.emit([...cameras])
  }
}
