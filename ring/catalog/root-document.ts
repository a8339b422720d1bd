import type * as Y from 'yjs'
import { type Emitter, emitter } from '../base/emitter.ts'
import type { Logger } from '../base/log.ts'
import type { DocumentChange } from './document-change.ts'
import { NO_HISTORY } from '../placement/layout-version.ts'
import { CONFIRMED, LAYOUT, LAYOUTS } from './layout-entry.ts'
import { KEPT, NO_DECISIONS, PLANS, RETENTION } from './plan-entry.ts'
import { kindOfMap, readRecords } from './record-entry.ts'
import type { RingRecord } from './records.ts'
import { ADMISSIONS, CAMERAS, KEYS, readRoot, REVOKED, type Root } from './root-entry.ts'
import { DEFAULT_TRASH_DAYS } from './settings-entry.ts'

const NOTHING: Root = { layout: [], admissions: [], cameras: [], revocations: [], revoked: new Set(), generations: [], layoutDigest: '', history: NO_HISTORY, trashDays: DEFAULT_TRASH_DAYS, decisions: NO_DECISIONS }
const NO_RECORDS: readonly RingRecord[] = []
const LAYOUT_MAPS = [LAYOUT, ADMISSIONS, REVOKED, KEYS]
const CAMERA_MAPS = [CAMERAS, PLANS, RETENTION, KEPT]
const HISTORY_MAPS = [LAYOUTS, CONFIRMED]

/** What the root document says now, and word of its changes. */
export class RootDocument {
  readonly layoutChanged: Emitter<void>
  readonly historyChanged: Emitter<void>
  readonly camerasChanged: Emitter<void>
  /** The kind of record. */
  readonly recordsChanged: Emitter<string>
  #root = NOTHING
  readonly #records = new Map<string, readonly RingRecord[]>()

  constructor(log: Logger) {
    const onFailure = (err: unknown): void => log.error('a listener for catalog changes failed - %s', err)
    this.layoutChanged = emitter(onFailure)
    this.historyChanged = emitter(onFailure)
    this.camerasChanged = emitter(onFailure)
    this.recordsChanged = emitter(onFailure)
  }

  get now(): Root {
    return this.#root
  }

  /** By id; the same list until one of them changes. */
  records(kind: string): readonly RingRecord[] {
    return this.#records.get(kind) ?? NO_RECORDS
  }

  load(doc: Y.Doc): void {
    this.#root = readRoot(doc)
    this.#records.clear()
    this.#readRecords(doc, doc.share.keys())
  }

  /** Readable at once; announced when it is on disk. */
  add({ doc, keys, durable }: DocumentChange): void {
    this.#root = readRoot(doc)
    this.#readRecords(doc, keys.keys())
    durable.then(() => this.#announce(keys), () => {}) // a failed write is told to whoever made it
  }

  #readRecords(doc: Y.Doc, maps: Iterable<string>): void {
    for (const map of maps) {
      const kind = kindOfMap(map)
      if (kind !== undefined) this.#records.set(kind, readRecords(doc, kind))
    }
  }

  #announce(keys: DocumentChange['keys']): void {
    if (LAYOUT_MAPS.some((map) => keys.has(map))) this.layoutChanged.emit()
    if (HISTORY_MAPS.some((map) => keys.has(map))) this.historyChanged.emit()
    if (CAMERA_MAPS.some((map) => keys.has(map))) this.camerasChanged.emit()
    for (const kind of [...keys.keys()].map(kindOfMap)) if (kind !== undefined) this.recordsChanged.emit(kind)
  }
}
