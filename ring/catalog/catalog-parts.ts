import { join } from 'node:path'
import type { PeerId, RingId } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Network } from '../network/network.ts'
import { AssetIndex } from './asset-index.ts'
import { CatalogAnswers } from './catalog-answers.ts'
import { CatalogPush } from './catalog-push.ts'
import { CatalogSync, type CatalogSyncInit } from './catalog-sync.ts'
import { catalogClient } from './catalog-wire.ts'
import { ChangeFeed } from './change-feed.ts'
import { DocumentLog } from './document-log.ts'
import { ROOT_DOCUMENT } from './document-name.ts'
import { Documents, type DocumentsInit } from './documents.ts'
import { RootDocument } from './root-document.ts'

export interface CatalogComponents {
  network: Pick<Network, 'self' | 'serve' | 'request' | 'publish' | 'subscribe'>
  /** Nodes that answer now, without this one. Asked anew each time, so membership may come to life after the catalog it reads the layout from. */
  liveNodes(): readonly PeerId[]
  log: Logger
  metrics?: Metrics
}

export interface CatalogInit extends CatalogSyncInit, DocumentsInit {
  /** The catalog's own folder; made when missing. */
  dir: string
  ringId: RingId
  /** Unix ms. @default Date.now */
  clock?: () => number
}

/** What a catalog is made of, wired together: documents on their log, feeding root and index, spread and compared with other nodes. */
export interface CatalogParts {
  readonly log: Logger
  readonly updates: DocumentLog
  readonly documents: Documents
  readonly root: RootDocument
  readonly index: AssetIndex
  readonly feed: ChangeFeed
  readonly answers: CatalogAnswers
  readonly push: CatalogPush
  readonly sync: CatalogSync
}

export function catalogParts({ network, liveNodes, metrics, ...components }: CatalogComponents, init: CatalogInit, shutdown: AbortSignal): CatalogParts {
  const log = components.log.scope('ring:catalog')
  const client = catalogClient(network)
  const updates = new DocumentLog(join(init.dir, 'log'), log)
  const index = new AssetIndex(join(init.dir, 'index.sqlite'), log)
  const feed = new ChangeFeed(index, log)
  const root = new RootDocument(log)
  const documents = new Documents({
    updates, log,
    onChange: (change) => change.document === ROOT_DOCUMENT ? root.add(change) : feed.add(change),
    onDamage: (document) => sync.heal(document)
  }, init)
  const answers = new CatalogAnswers({ documents, updates, log, onIncomplete: (from) => sync.soon(from) })
  const push = new CatalogPush({ client, network, liveNodes, ringId: init.ringId, shutdown, log })
  const sync = new CatalogSync({ documents, updates, answers, client, liveNodes, shutdown, log }, init)
  metrics?.gauge('catalog_documents_loaded', 'Catalog documents in memory.', () => documents.loaded)
  metrics?.gauge('catalog_log_bytes', 'Bytes of changes in the catalog\'s log.', () => updates.bytes)
  return { log, updates, documents, root, index, feed, answers, push, sync }
}
