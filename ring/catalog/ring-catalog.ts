import { mkdir } from 'node:fs/promises'
import type * as Y from 'yjs'
import { catalogTopic, catalogUpdateCodec } from '#protocols/catalog.ts'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { type AssetId, type CameraId, type PeerId, parseAssetId, parseCameraId } from '#protocols/ids.ts'
import type { Signal } from '../base/emitter.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import { limiter } from '../base/tasks.ts'
import type { KeyGeneration } from '../identity/key-generation.ts'
import type { Admission, LayoutEntry } from '../network/layout.ts'
import type { Revocation } from '../network/revocation.ts'
import type { LayoutHistory, LayoutVersion } from '../placement/layout-version.ts'
import { patchAsset, placeFile, purgeAsset, purgeIfDeleted, readAsset, stripPurged, writeAsset } from './asset-entry.ts'
import { checkedPatch } from './asset-facts.ts'
import { type BulkEdit, type BulkEditOptions, DOCUMENTS_AT_ONCE, editInDocument, gathered, patcher, type PatchOf } from './bulk-edit.ts'
import type { Asset, AssetFacts, AssetLocation, AssetPatch, CameraEntry, Catalog, Durability, ReadModel, RecordingSession } from './catalog.ts'
import type { CameraPolicy } from './camera-policy.ts'
import { type CatalogCopy, createCatalogCopy } from './catalog-copy.ts'
import type { Referrer } from './references.ts'
import { type CatalogComponents, type CatalogInit, type CatalogParts, catalogParts } from './catalog-parts.ts'
import { catalogProtocol } from './catalog-wire.ts'
import { documentOfAsset, documentOfHour, type DocumentName, parseDocumentName, PARTITION_DOCUMENTS, received, ROOT_DOCUMENT } from './document-name.ts'
import { unstrippedIn, wholeReferrers, wholeRolls } from './document-walk.ts'
import { isFree } from './kept-footage.ts'
import { confirmPartitions, recordLayout, retireLayouts, writeLayout } from './layout-entry.ts'
import { createCameraPolicy } from './ring-camera-policy.ts'
import { checkSession, readRecording, recordingKey, writeRecording } from './recording-entry.ts'
import { createRecords, type Records } from './records.ts'
import { ADMISSIONS, CAMERAS, KEYS, writeEntry, writeRevocation } from './root-entry.ts'
import type { Search } from './search/search.ts'
import { isTrashDays, MAX_TRASH_DAYS, writeTrashDays } from './settings-entry.ts'

/** The catalog of one node. `start()` needs only the disk; the network is used once other nodes live. */
export function createCatalog(components: CatalogComponents, init: CatalogInit): Catalog {
  return new RingCatalog(components, init)
}

class RingCatalog implements Catalog {
  readonly #network: CatalogComponents['network']
  readonly #liveNodes: CatalogComponents['liveNodes']
  readonly #init: CatalogInit
  readonly #shutdown = new AbortController()
  readonly #parts: CatalogParts
  readonly index: ReadModel
  readonly search: Search
  readonly copy: CatalogCopy
  readonly policy: CameraPolicy
  readonly records: Records
  readonly assetsChanged: Signal<AssetId[]>
  readonly recordingsChanged: Signal<CameraId[]>
  readonly camerasChanged: Signal<void>
  readonly layoutChanged: Signal<void>
  readonly historyChanged: Signal<void>

  constructor(components: CatalogComponents, init: CatalogInit) {
    const parts = catalogParts(components, init, this.#shutdown.signal)
    this.#network = components.network
    this.#liveNodes = () => components.liveNodes()
    this.#init = init
    this.#parts = parts
    this.index = parts.index.model
    this.search = parts.search
    this.copy = createCatalogCopy({ documents: parts.documents, push: parts.push, self: components.network.self, onRestored: () => parts.feed.flush() })
    this.policy = createCameraPolicy({ self: components.network.self, decisions: () => parts.root.now.decisions, edit: (document, change, writer) => this.#edit(document, change, writer) })
    this.records = createRecords({ now: (kind) => parts.root.records(kind), edit: (change) => this.#edit(ROOT_DOCUMENT, change), changed: parts.root.recordsChanged })
    parts.deleted.on((recordings) => { void this.#putBack(recordings) })
    this.assetsChanged = parts.feed.assetsChanged
    this.recordingsChanged = parts.feed.recordingsChanged
    this.camerasChanged = parts.root.camerasChanged
    this.layoutChanged = parts.root.layoutChanged
    this.historyChanged = parts.root.historyChanged
  }

  async start(): Promise<void> {
    try {
      await this.#open()
    } catch (err) {
      await this.stop().catch(() => {}) // the first failure is the one worth reporting
      throw err
    }
  }

  async #open(): Promise<void> {
    await mkdir(this.#init.dir, { recursive: true })
    await this.#parts.updates.open()
    await this.#parts.documents.read(ROOT_DOCUMENT, (doc) => this.#parts.root.load(doc))
    this.#parts.index.open(this.#parts.updates.id)
    await this.#parts.indexing.start()
    const network = this.#network
    network.serve(catalogProtocol, (request, caller) => this.#parts.answers.answer(request, caller.peerId))
    network.subscribe(catalogTopic(this.#init.ringId), (bytes, from) => { void this.#heard(bytes, from) })
    this.#parts.sync.start()
    await this.#parts.damage.look()
    await this.#parts.check.start()
  }

  async stop(): Promise<void> {
    this.#shutdown.abort(new Error('the catalog stops'))
    await this.#parts.indexing.stop()
    await this.#parts.check.stop()
    await this.#parts.sync.stop()
    await this.#parts.push.settled()
    await this.#parts.documents.close()
    await this.#parts.updates.close()
    await this.#parts.damage.settled()
    this.#parts.feed.close()
    await this.#parts.search.stop()
    this.#parts.index.close()
  }

  async addAsset(facts: AssetFacts, location: AssetLocation, poster?: AssetPatch['poster']): Promise<Durability & { created: boolean }> {
    const id = parseAssetId(facts.id)
    const { result: created, copies } = await this.#edit(documentOfAsset(id), (doc) => writeAsset(doc, facts, location, poster, this.#isCut()))
    return { created, copies }
  }

  async placeFile(id: AssetId, location: AssetLocation): Promise<Durability> {
    const { copies } = await this.#edit(documentOfAsset(parseAssetId(id)), (doc) => {
      if (readAsset(doc, id) === undefined) throw new NotFoundError(`there is no asset ${id}`)
      placeFile(doc, id, location)
    })
    return { copies }
  }

  async editAsset(id: AssetId, patch: AssetPatch): Promise<Asset> {
    const checked = checkedPatch(patch)
    const nowMs = (this.#init.clock ?? Date.now)()
    const { result } = await this.#edit(documentOfAsset(parseAssetId(id)), (doc) => {
      const asset = readAsset(doc, id)
      if (asset === undefined) throw new NotFoundError(`there is no asset ${id}`)
      patchAsset(doc, asset, checked, nowMs)
      return readAsset(doc, id) ?? asset
    })
    return result
  }

  async editAssets(ids: readonly AssetId[], patch: PatchOf, { byPerson = true }: BulkEditOptions = {}): Promise<BulkEdit> {
    const patchOf = patcher(patch)
    const nowMs = byPerson ? (this.#init.clock ?? Date.now)() : undefined
    const inTurn = limiter(DOCUMENTS_AT_ONCE)
    const groups = [...Map.groupBy(new Set(ids.map(parseAssetId)), documentOfAsset)]
    const results = await Promise.allSettled(groups.map(([document, some]) => inTurn(() => this.#edit(document, (doc) => editInDocument(doc, some, patchOf, nowMs)))))
    return gathered(groups.map(([document, some], at) => {
      const result = results[at] as PromiseSettledResult<{ result: Pick<BulkEdit, 'changed' | 'missing'> }>
      return { document, ids: some, result: result.status === 'fulfilled' ? { status: 'fulfilled', value: result.value.result } : result }
    }))
  }

  /** Also one that was deleted: then `deletedAtMs` is set. */
  asset(id: AssetId): Promise<Asset | undefined> {
    return this.#parts.documents.read(documentOfAsset(parseAssetId(id)), (doc) => readAsset(doc, id))
  }

  async purgeAsset(id: AssetId): Promise<void> {
    const nowMs = (this.#init.clock ?? Date.now)()
    await this.#edit(documentOfAsset(parseAssetId(id)), (doc) => {
      const asset = readAsset(doc, id)
      if (asset === undefined) throw new NotFoundError(`there is no asset ${id}`)
      purgeAsset(doc, asset, nowMs)
    })
  }

  async purgeTrash(seen: readonly Asset[], { signal }: AbortOptions = {}): Promise<number> {
    const inTurn = limiter(DOCUMENTS_AT_ONCE)
    const counts = await Promise.all([...Map.groupBy(seen, ({ facts }) => documentOfAsset(facts.id))].map(([document, some]) => inTurn(async () => {
      signal?.throwIfAborted()
      return (await this.#edit(document, (doc) => some.filter((asset) => purgeIfDeleted(doc, asset)).length)).result
    })))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  trashDays(): number {
    return this.#parts.root.now.trashDays
  }

  async setTrashDays(days: number): Promise<Durability> {
    if (!isTrashDays(days)) throw new InvalidInputError(`the trash is kept for a whole number of days from 0 to ${MAX_TRASH_DAYS}, not ${days}`)
    const { copies } = await this.#edit(ROOT_DOCUMENT, (doc) => writeTrashDays(doc, days))
    return { copies }
  }

  async *referrers(): AsyncGenerator<Referrer> {
    for (const name of PARTITION_DOCUMENTS) yield* await wholeReferrers(this.#parts.documents, name)
    yield* await wholeRolls(this.#parts.documents)
  }

  async *unstripped(): AsyncGenerator<AssetId> {
    for (const name of PARTITION_DOCUMENTS) yield* await this.#parts.documents.read(name, (doc) => unstrippedIn(doc, name))
  }

  async strip(ids: readonly AssetId[]): Promise<void> {
    for (const [document, some] of Map.groupBy(ids, documentOfAsset)) {
      await this.#edit(document, (doc) => { for (const id of some) stripPurged(doc, id) })
    }
  }

  async putRecording(session: RecordingSession): Promise<Durability> {
    parseCameraId(session.camera)
    checkSession(session)
    const { copies } = await this.#edit(documentOfHour(session.camera, session.hour), (doc) => writeRecording(doc, session), recordingKey(session))
    return { copies }
  }

  unindexed(): number {
    return this.#parts.feed.unindexed
  }

  cameras(): CameraEntry[] {
    return [...this.#parts.root.now.cameras]
  }

  async putCamera(camera: CameraEntry): Promise<Durability> {
    const { copies } = await this.#edit(ROOT_DOCUMENT, (doc) => writeEntry(doc, CAMERAS, parseCameraId(camera.id), camera))
    return { copies }
  }

  layout(): readonly LayoutEntry[] {
    return this.#parts.root.now.layout
  }

  async putLayout(entry: LayoutEntry): Promise<void> {
    await this.#edit(ROOT_DOCUMENT, (doc) => writeLayout(doc, entry))
  }

  layoutHistory(): LayoutHistory {
    return this.#parts.root.now.history
  }

  async recordLayout(layout: LayoutVersion): Promise<void> {
    await this.#edit(ROOT_DOCUMENT, (doc) => recordLayout(doc, layout))
  }

  async confirmPartitions(layout: string, partitions: Iterable<number>): Promise<void> {
    await this.#edit(ROOT_DOCUMENT, (doc) => confirmPartitions(doc, layout, this.#network.self, partitions))
  }

  async retireLayouts(keep: LayoutVersion): Promise<void> {
    await this.#edit(ROOT_DOCUMENT, (doc) => retireLayouts(doc, keep))
  }

  admissions(): readonly Admission[] {
    return this.#parts.root.now.admissions
  }

  async putAdmission(admission: Admission): Promise<void> {
    await this.#edit(ROOT_DOCUMENT, (doc) => writeEntry(doc, ADMISSIONS, admission.peerId, admission))
  }

  revocations(): readonly Revocation[] {
    return this.#parts.root.now.revocations
  }

  async putRevocation(revocation: Revocation): Promise<void> {
    await this.#edit(ROOT_DOCUMENT, (doc) => writeRevocation(doc, revocation))
  }

  generations(): readonly KeyGeneration[] {
    return this.#parts.root.now.generations
  }

  async putGeneration(generation: KeyGeneration): Promise<void> {
    await this.#edit(ROOT_DOCUMENT, (doc) => writeEntry(doc, KEYS, generation.ringKey, generation))
  }

  isRevoked(peer: PeerId): boolean {
    return this.#parts.root.now.revoked.has(peer)
  }

  layoutDigest(): string {
    return this.#parts.root.now.layoutDigest
  }

  syncWith(peer: PeerId): Promise<void> {
    return this.#parts.sync.syncWith(peer)
  }

  /** A node of the layout does not answer: somebody may be deciding otherwise behind a cut. */
  #isCut(): boolean {
    const live = new Set([this.#network.self, ...this.#liveNodes()])
    return this.layout().some(({ peerId, state }) => state !== 'gone' && !live.has(peerId))
  }

  /** Disk, then index, then another node: when it resolves the edit is found here, and is elsewhere if anybody lives there. */
  async #edit<T>(document: DocumentName, change: (doc: Y.Doc) => T, writer?: string): Promise<{ result: T; copies: number }> {
    const { result, update, durable } = await this.#parts.documents.edit(document, change, writer)
    await durable
    this.#parts.feed.flush()
    return { result, copies: update === undefined ? 1 : await this.#parts.push.spread(document, update) }
  }

  /** Somebody gave up, behind a cut or in the same moment, what is kept: its chunks are there as long as this node knew of it. */
  async #putBack(recordings: readonly RecordingSession[]): Promise<void> {
    for (const session of recordings.filter((each) => !isFree(each, this.policy.kept(each.camera)))) {
      const key = recordingKey(session)
      await this.#edit(documentOfHour(session.camera, session.hour), (doc) => { if (readRecording(doc, key) === undefined) writeRecording(doc, session) }, key)
        .catch((err) => { if (!this.#shutdown.signal.aborted) this.#parts.log.error('%s was given up elsewhere while it was kept, and is not put back - %s', key, err) })
    }
  }

  async #heard(bytes: Uint8Array, from: PeerId): Promise<void> {
    if (from === this.#network.self || this.#shutdown.signal.aborted) return
    try {
      this.#parts.guard.admit(from, bytes.byteLength)
      const { document, update } = catalogUpdateCodec.decode(bytes)
      const { incomplete } = await this.#parts.documents.receive(parseDocumentName(document), update, received('gossip', from))
      if (incomplete) this.#parts.sync.soon(from)
    } catch (err) {
      if (!this.#shutdown.signal.aborted) this.#parts.log.error('refused a gossiped update of %s - %s', from, err)
    }
  }
}
