import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type * as Y from 'yjs'
import { catalogTopic, catalogUpdateCodec } from '#protocols/catalog.ts'
import { NotFoundError } from '#protocols/errors.ts'
import { type AssetId, type PeerId, parseAssetId, parseCameraId, type RingId } from '#protocols/ids.ts'
import type { Signal } from '../base/emitter.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Admission, LayoutEntry } from '../network/layout.ts'
import type { Network } from '../network/network.ts'
import { patchAsset, readAsset, writeAsset } from './asset-entry.ts'
import { checkedPatch } from './asset-facts.ts'
import { AssetIndex } from './asset-index.ts'
import type { Asset, AssetFacts, AssetLocation, AssetPatch, CameraEntry, Catalog, Durability, ReadModel, RecordingSession } from './catalog.ts'
import { CatalogAnswers } from './catalog-answers.ts'
import { CatalogPush } from './catalog-push.ts'
import { CatalogSync, type CatalogSyncInit } from './catalog-sync.ts'
import { catalogClient, catalogProtocol } from './catalog-wire.ts'
import { ChangeFeed } from './change-feed.ts'
import { DocumentLog } from './document-log.ts'
import { documentOfAsset, documentOfHour, type DocumentName, parseDocumentName, received, ROOT_DOCUMENT } from './document-name.ts'
import { Documents } from './documents.ts'
import { checkSession, writeRecording } from './recording-entry.ts'
import { RootDocument } from './root-document.ts'
import { ADMISSIONS, CAMERAS, LAYOUT, writeEntry } from './root-entry.ts'

export interface CatalogComponents {
  network: Pick<Network, 'self' | 'serve' | 'request' | 'publish' | 'subscribe'>
  /** Nodes that answer now, without this one. Asked anew each time, so membership may come to life after the catalog it reads the layout from. */
  liveNodes(): readonly PeerId[]
  log: Logger
  metrics?: Metrics
}

export interface CatalogInit extends CatalogSyncInit {
  /** The catalog's own folder; made when missing. */
  dir: string
  ringId: RingId
  /** Unix ms. @default Date.now */
  clock?: () => number
}

/** The catalog of one node. `start()` needs only the disk; the network is used once other nodes live. */
export function createCatalog(components: CatalogComponents, init: CatalogInit): Catalog {
  return new RingCatalog(components, init)
}

class RingCatalog implements Catalog {
  readonly #components: CatalogComponents
  readonly #init: CatalogInit
  readonly #shutdown = new AbortController()
  readonly #log: Logger
  readonly #updates: DocumentLog
  readonly #documents: Documents
  readonly #root = new RootDocument()
  readonly #indexFile: AssetIndex
  readonly #feed: ChangeFeed
  readonly #answers: CatalogAnswers
  readonly #push: CatalogPush
  readonly #sync: CatalogSync
  readonly index: ReadModel
  readonly assetsChanged: Signal<AssetId[]>
  readonly recordingsChanged
  readonly camerasChanged: Signal<void> = this.#root.camerasChanged
  readonly layoutChanged: Signal<void> = this.#root.layoutChanged

  constructor(components: CatalogComponents, init: CatalogInit) {
    const { network, liveNodes, metrics } = components
    const shutdown = this.#shutdown.signal
    const log = components.log.scope('ring:catalog')
    const client = catalogClient(network)
    const updates = new DocumentLog(join(init.dir, 'log'), log)
    const documents = new Documents({
      updates, log,
      onChange: (change) => change.document === ROOT_DOCUMENT ? this.#root.add(change) : this.#feed.add(change),
      onDamage: (document) => this.#sync.heal(document)
    })
    this.#components = components
    this.#init = init
    this.#log = log
    this.#updates = updates
    this.#documents = documents
    this.#indexFile = new AssetIndex(join(init.dir, 'index.sqlite'), log)
    this.#feed = new ChangeFeed(this.#indexFile, log)
    this.#answers = new CatalogAnswers({ documents, updates, log, onIncomplete: (from) => this.#sync.soon(from) })
    this.#push = new CatalogPush({ client, network, liveNodes, ringId: init.ringId, shutdown, log })
    this.#sync = new CatalogSync({ documents, updates, answers: this.#answers, client, liveNodes, shutdown, log }, init)
    this.index = this.#indexFile.model
    this.assetsChanged = this.#feed.assetsChanged
    this.recordingsChanged = this.#feed.recordingsChanged
    metrics?.gauge('catalog_documents_loaded', 'Catalog documents in memory.', () => documents.loaded)
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
    await this.#updates.open()
    await this.#documents.read(ROOT_DOCUMENT, (doc) => this.#root.load(doc))
    this.#indexFile.open(this.#updates.id)
    await this.#feed.catchUp(this.#documents, this.#updates)
    const { network } = this.#components
    network.serve(catalogProtocol, (request, caller) => this.#answers.answer(request, caller.peerId))
    network.subscribe(catalogTopic(this.#init.ringId), (bytes, from) => { void this.#heard(bytes, from) })
    this.#sync.start()
  }

  async stop(): Promise<void> {
    this.#shutdown.abort(new Error('the catalog stops'))
    await this.#sync.stop()
    await this.#push.settled()
    await this.#documents.close()
    await this.#updates.close()
    this.#feed.flush()
    this.#indexFile.close()
  }

  async addAsset(facts: AssetFacts, location: AssetLocation, poster?: AssetPatch['poster']): Promise<Durability & { created: boolean }> {
    const id = parseAssetId(facts.id)
    const { result: created, copies } = await this.#edit(documentOfAsset(id), (doc) => writeAsset(doc, facts, location, poster))
    return { created, copies }
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

  /** Also one that was deleted: then `deletedAtMs` is set. */
  asset(id: AssetId): Promise<Asset | undefined> {
    return this.#documents.read(documentOfAsset(parseAssetId(id)), (doc) => readAsset(doc, id))
  }

  async putRecording(session: RecordingSession): Promise<Durability> {
    parseCameraId(session.camera)
    checkSession(session)
    const { copies } = await this.#edit(documentOfHour(session.camera, session.hour), (doc) => writeRecording(doc, session))
    return { copies }
  }

  cameras(): CameraEntry[] {
    return [...this.#root.now.cameras]
  }

  async putCamera(camera: CameraEntry): Promise<Durability> {
    const { copies } = await this.#edit(ROOT_DOCUMENT, (doc) => writeEntry(doc, CAMERAS, parseCameraId(camera.id), camera))
    return { copies }
  }

  layout(): readonly LayoutEntry[] {
    return this.#root.now.layout
  }

  async putLayout(entry: LayoutEntry): Promise<void> {
    await this.#edit(ROOT_DOCUMENT, (doc) => writeEntry(doc, LAYOUT, entry.peerId, entry))
  }

  admissions(): readonly Admission[] {
    return this.#root.now.admissions
  }

  async putAdmission(admission: Admission): Promise<void> {
    await this.#edit(ROOT_DOCUMENT, (doc) => writeEntry(doc, ADMISSIONS, admission.peerId, admission))
  }

  isRevoked(peer: PeerId): boolean {
    return this.#root.now.revoked.has(peer)
  }

  layoutDigest(): string {
    return this.#root.now.layoutDigest
  }

  syncWith(peer: PeerId): Promise<void> {
    return this.#sync.syncWith(peer)
  }

  /** Disk, then index, then another node: when it resolves the edit is found here, and is elsewhere if anybody lives there. */
  async #edit<T>(document: DocumentName, change: (doc: Y.Doc) => T): Promise<{ result: T; copies: number }> {
    const { result, update, durable } = await this.#documents.edit(document, change)
    await durable
    this.#feed.flush()
    return { result, copies: update === undefined ? 1 : await this.#push.spread(document, update) }
  }

  async #heard(bytes: Uint8Array, from: PeerId): Promise<void> {
    if (from === this.#components.network.self || this.#shutdown.signal.aborted) return
    try {
      const { document, update } = catalogUpdateCodec.decode(bytes)
      const { incomplete } = await this.#documents.receive(parseDocumentName(document), update, received('gossip', from))
      if (incomplete) this.#sync.soon(from)
    } catch (err) {
      if (!this.#shutdown.signal.aborted) this.#log.error('refused a gossiped update of %s - %s', from, err)
    }
  }
}
