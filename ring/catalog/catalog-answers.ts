import * as Y from 'yjs'
import { type CatalogRequest, type CatalogResponse, type CatalogUpdate, MAX_CATALOG_UPDATE_BYTES, MAX_STATE_VECTOR_BYTES, type SyncRequest } from '#protocols/catalog.ts'
import { InvalidMessageError, OverloadedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'
import type { DocumentLog } from './document-log.ts'
import { ALL_DOCUMENTS, parseDocumentName, received } from './document-name.ts'
import type { Documents } from './documents.ts'
import type { PeerGuard } from './peer-guard.ts'
import { checkStateVector } from './remote-update.ts'

export interface CatalogAnswersComponents {
  documents: Documents
  updates: DocumentLog
  guard: Pick<PeerGuard, 'admit'>
  log: Logger
  /** What this member sent builds on changes that are missing here. */
  onIncomplete(from: PeerId): void
}

/** What this node answers other nodes. @throws InvalidMessageError for what is no request, OverloadedError for too many of them */
export class CatalogAnswers {
  readonly #components: CatalogAnswersComponents

  constructor(components: CatalogAnswersComponents) {
    this.#components = components
  }

  async answer(request: CatalogRequest, from: PeerId): Promise<CatalogResponse> {
    this.#components.guard.admit(from, request.push?.update.byteLength ?? request.sync?.stateVector.byteLength ?? 0)
    if (request.push) return this.#pushed(request.push, from)
    if (request.digests) return { digests: { digests: Object.fromEntries(await this.digests()) } }
    if (request.sync) return this.#synced(request.sync)
    throw new InvalidMessageError('a catalog request says one of push, digests and sync')
  }

  /** SHA-256 of every document that is not empty. */
  async digests(): Promise<Map<string, Uint8Array>> {
    const digests = new Map<string, Uint8Array>()
    for (const name of ALL_DOCUMENTS) {
      const digest = await this.#components.documents.digest(name)
      if (digest !== undefined) digests.set(name, digest)
    }
    return digests
  }

  async #pushed({ document, update }: CatalogUpdate, from: PeerId): Promise<CatalogResponse> {
    const { documents, log, onIncomplete } = this.#components
    try {
      const { incomplete } = await documents.receive(parseDocumentName(document), update, received('sync', from))
      if (incomplete) onIncomplete(from)
    } catch (err) {
      log.error('refused an update of %s - %s', from, err)
      throw err
    }
    return { pushed: {} }
  }

  async #synced({ document, stateVector }: SyncRequest): Promise<CatalogResponse> {
    const { documents, updates } = this.#components
    const name = parseDocumentName(document)
    if (stateVector.byteLength > MAX_STATE_VECTOR_BYTES) throw new InvalidMessageError(`a state vector of ${stateVector.byteLength} bytes exceeds the limit of ${MAX_STATE_VECTOR_BYTES}`)
    checkStateVector(stateVector)
    const sync = await documents.read(name, (doc) => ({ update: Y.encodeStateAsUpdate(doc, stateVector), stateVector: Y.encodeStateVector(doc) }))
    await updates.flushed() // nothing leaves this node that its own disk could still lose
    if (sync.update.byteLength > MAX_CATALOG_UPDATE_BYTES) throw new OverloadedError(`document ${name} has ${sync.update.byteLength} bytes of changes, more than the ${MAX_CATALOG_UPDATE_BYTES} one answer carries`)
    return { sync }
  }
}
