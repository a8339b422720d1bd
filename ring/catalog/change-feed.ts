import type { AssetId, CameraId } from '#protocols/ids.ts'
import { emitter } from '../base/emitter.ts'
import type { Logger } from '../base/log.ts'
import { assetIdsIn, readAsset } from './asset-entry.ts'
import type { AssetIndex, IndexChanges } from './asset-index.ts'
import type { Asset, RecordingSession } from './catalog.ts'
import type { DocumentChange } from './document-change.ts'
import type { DocumentLog } from './document-log.ts'
import { type DocumentName, ROOT_DOCUMENT } from './document-name.ts'
import type { Documents } from './documents.ts'
import { readRecording, RECORDINGS, recordingKeysIn } from './recording-entry.ts'

class PendingChanges implements IndexChanges {
  readonly assets = new Map<AssetId, Asset | undefined>()
  readonly recordings = new Map<string, { document: DocumentName; session: RecordingSession | undefined }>()
  readonly applied = new Map<DocumentName, number>()
}

/** Carries changes from the documents to the index and then to whoever listens; many changes become one batch. */
export class ChangeFeed {
  readonly assetsChanged = emitter<AssetId[]>()
  readonly recordingsChanged = emitter<CameraId[]>()
  readonly #index: AssetIndex
  readonly #log: Logger
  #pending = new PendingChanges()

  constructor(index: AssetIndex, log: Logger) {
    this.#index = index
    this.#log = log
  }

  /** Takes the rows as they are now, and shows them once the change is on disk. */
  add({ document, doc, sequence, assets, keys, durable }: DocumentChange): void {
    if (document === ROOT_DOCUMENT) return
    for (const id of assets) this.#pending.assets.set(id, readAsset(doc, id))
    for (const key of keys.get(RECORDINGS) ?? []) this.#pending.recordings.set(key, { document, session: readRecording(doc, key) })
    this.#pending.applied.set(document, sequence)
    durable.then(() => this.flush(), () => {}) // a failed write is told to whoever made it
  }

  /** Index and announce what was added so far. */
  flush(): void {
    const changes = this.#pending
    if (changes.applied.size === 0) return
    this.#pending = new PendingChanges()
    try {
      this.#index.write(changes)
    } catch (err) {
      // The sequences stay behind, so the next start indexes these documents again.
      this.#log.error('could not write the index - %s', err)
    }
    this.#announce(changes)
  }

  /** Index every document whose log and index differ. */
  async catchUp(documents: Documents, updates: DocumentLog): Promise<void> {
    const applied = this.#index.applied()
    const stale = updates.documents().filter((name) => name !== ROOT_DOCUMENT && applied.get(name) !== updates.extent(name).last)
    for (const name of stale) {
      const lost = (applied.get(name) ?? 0) - updates.extent(name).last
      if (lost > 0) this.#log.error('document %s: the disk lost its last %d changes; what other nodes have of them comes back', name, lost)
    }
    if (stale.length > 0) this.#log('indexing %d documents', stale.length)
    for (const name of stale) {
      await documents.read(name, (doc) => {
        const changes = new PendingChanges()
        for (const id of assetIdsIn(doc, name)) changes.assets.set(id, readAsset(doc, id))
        for (const key of recordingKeysIn(doc)) changes.recordings.set(key, { document: name, session: readRecording(doc, key) })
        changes.applied.set(name, updates.extent(name).last)
        this.#index.replace(name, changes)
      })
    }
  }

  #announce({ assets, recordings }: IndexChanges): void {
    const cameras = new Set([...recordings.keys()].map((key) => key.slice(0, key.indexOf('/')) as CameraId))
    try {
      if (assets.size > 0) this.assetsChanged.emit([...assets.keys()])
      if (cameras.size > 0) this.recordingsChanged.emit([...cameras])
    } catch (err) {
      this.#log.error('a listener for catalog changes failed - %s', err)
    }
  }
}
