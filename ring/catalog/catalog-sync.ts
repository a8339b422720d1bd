import * as Y from 'yjs'
import { MAX_CATALOG_UPDATE_BYTES } from '#protocols/catalog.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'
import { limiter, repeating } from '../base/tasks.ts'
import type { CatalogAnswers } from './catalog-answers.ts'
import type { CatalogClient } from './catalog-wire.ts'
import type { DocumentLog } from './document-log.ts'
import { type DocumentName, isDocumentName, received } from './document-name.ts'
import type { Documents } from './documents.ts'
import type { LostChanges } from './fill-gaps.ts'
import type { PeerGuard } from './peer-guard.ts'
import { shuffled } from './shuffled.ts'

/** How often one live node, chosen at random, is compared with, in milliseconds. @default 20000 */
export const SYNC_EVERY_MS = 20_000
/** How often it is looked for nodes that came alive, in milliseconds. @default 500 */
export const LIVE_CHECK_MS = 500
/** Documents exchanged at once with one member. @default 4 */
export const SYNC_CONCURRENCY = 4
/** How long one request of a comparison may take, in milliseconds. @default 30000 */
export const SYNC_REQUEST_MS = 30_000

export interface CatalogSyncComponents {
  documents: Documents
  updates: DocumentLog
  answers: Pick<CatalogAnswers, 'digests'>
  guard: Pick<PeerGuard, 'check'>
  client: CatalogClient
  liveNodes(): readonly PeerId[]
  /** All other nodes of the layout, alive or not; undefined when it is not known who they are. */
  members(): readonly PeerId[] | undefined
  /** A damaged document is whole again, but for what no node has. */
  onWhole(document: DocumentName, lost: readonly LostChanges[]): void
  shutdown: AbortSignal
  log: Logger
}

export interface CatalogSyncInit {
  /** @default SYNC_EVERY_MS */
  syncEveryMs?: number
}

/** Anti-entropy: compares 257 digests with another node and exchanges what either lacks. */
export class CatalogSync {
  readonly #components: CatalogSyncComponents
  readonly #running = new Map<PeerId, Promise<void>>()
  readonly #next = new Map<PeerId, Promise<void>>()
  /** Documents that lack something, with the members they were exchanged with since. */
  readonly #damaged = new Map<DocumentName, Set<PeerId>>()
  readonly #rounds
  readonly #arrivals
  #known: ReadonlySet<PeerId> = new Set()

  constructor(components: CatalogSyncComponents, { syncEveryMs = SYNC_EVERY_MS }: CatalogSyncInit = {}) {
    this.#components = components
    this.#rounds = repeating(() => this.#syncWithOne(), syncEveryMs, components.log)
    this.#arrivals = repeating(() => this.#syncWithArrivals(), LIVE_CHECK_MS, components.log)
  }

  start(): void {
    this.#rounds.start()
    this.#arrivals.start()
  }

  /** After the shutdown signal. */
  async stop(): Promise<void> {
    await Promise.all([this.#rounds.stop(), this.#arrivals.stop()])
    await Promise.allSettled([...this.#running.values(), ...this.#next.values()])
  }

  /** One comparison at a time with each member. Who asks meanwhile gets the next one, so that it sees all changes made before the call. */
  syncWith(peer: PeerId): Promise<void> {
    const running = this.#running.get(peer)
    if (running === undefined) return this.#run(peer)
    let next = this.#next.get(peer)
    if (next === undefined) {
      next = running.catch(() => {}).then(() => {
        this.#next.delete(peer)
        return this.#run(peer)
      })
      this.#next.set(peer, next)
    }
    return next
  }

  /** Compare when it suits; a failure is only logged. */
  soon(peer: PeerId): void {
    this.syncWith(peer).catch((err) => this.#failed(peer, err))
  }

  /** The document is exchanged with every live node, and with each that comes, until nothing is missing or nobody is left to ask. */
  heal(document: DocumentName): void {
    if (!this.#damaged.has(document)) this.#damaged.set(document, new Set())
    for (const peer of this.#components.liveNodes()) this.soon(peer)
    this.#healed(document).catch((err) => this.#components.log('could not mend document %s - %s', document, err))
  }

  async #healed(document: DocumentName): Promise<void> {
    const asked = this.#damaged.get(document)
    const members = this.#components.members()
    const isLast = members !== undefined && members.every((peer) => asked?.has(peer))
    if (asked === undefined || (asked.size === 0 && !isLast)) return
    const lost = await this.#components.documents.healed(document, isLast)
    if (lost !== undefined && this.#damaged.delete(document)) this.#components.onWhole(document, lost)
  }

  #run(peer: PeerId): Promise<void> {
    const running = this.#compare(peer).finally(() => this.#running.delete(peer))
    this.#running.set(peer, running)
    return running
  }

  async #compare(peer: PeerId): Promise<void> {
    const { answers, client, guard } = this.#components
    guard.check(peer)
    const theirs = await client.digests(peer, this.#deadline())
    const ours = await answers.digests()
    const names = [...new Set([...ours.keys(), ...theirs.keys(), ...this.#damaged.keys()])].filter(isDocumentName)
    const differing = names.filter((name) => this.#damaged.has(name) || !equal(ours.get(name), theirs.get(name)))
    const limit = limiter(SYNC_CONCURRENCY)
    const results = await Promise.allSettled(differing.map((name) => limit(() => this.#exchange(peer, name, theirs.get(name)))))
    const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason)
    if (failures.length === 1) throw failures[0]
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} documents could not be exchanged with ${peer}: ${failures[0]}`)
  }

  async #exchange(peer: PeerId, name: DocumentName, theirDigest: Uint8Array | undefined): Promise<void> {
    const { documents, updates, client } = this.#components
    const ours = await documents.read(name, Y.encodeStateVector)
    const theirs = await client.sync(peer, name, ours, this.#deadline())
    await documents.receive(name, theirs.update, received('sync', peer))
    this.#damaged.get(name)?.add(peer)
    await this.#healed(name)
    if (equal(await documents.digest(name), theirDigest)) return
    const lacking = await documents.read(name, (doc) => Y.encodeStateAsUpdate(doc, theirs.stateVector))
    if (lacking.byteLength > MAX_CATALOG_UPDATE_BYTES) throw new RangeError(`document ${name} has ${lacking.byteLength} bytes of changes for ${peer}, more than one push carries`)
    await updates.flushed()
    await client.push(peer, name, lacking, this.#deadline())
  }

  async #syncWithOne(): Promise<void> {
    const [peer] = shuffled(this.#components.liveNodes())
    if (peer !== undefined) await this.syncWith(peer).catch((err) => this.#failed(peer, err))
  }

  #syncWithArrivals(): void {
    const live = new Set(this.#components.liveNodes())
    for (const peer of live) if (!this.#known.has(peer)) this.soon(peer)
    this.#known = live
  }

  #failed(peer: PeerId, err: unknown): void {
    if (!this.#components.shutdown.aborted) this.#components.log('could not compare catalogs with %s - %s', peer, err)
  }

  #deadline(): { signal: AbortSignal } {
    return { signal: AbortSignal.any([this.#components.shutdown, AbortSignal.timeout(SYNC_REQUEST_MS)]) }
  }
}

function equal(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0
}
