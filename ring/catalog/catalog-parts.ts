import { join } from 'node:path'
import type { PeerId, RingId } from '#protocols/ids.ts'
import type { Alarms } from '../base/alarms.ts'
import { type Emitter, emitter } from '../base/emitter.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { LayoutEntry } from '../network/layout.ts'
import type { Network } from '../network/network.ts'
import { AssetIndex } from './asset-index.ts'
import type { RecordingSession } from './catalog.ts'
import { CatalogAnswers } from './catalog-answers.ts'
import { CatalogPush } from './catalog-push.ts'
import { CatalogSync, type CatalogSyncInit } from './catalog-sync.ts'
import { catalogClient } from './catalog-wire.ts'
import { ChangeFeed } from './change-feed.ts'
import { DamageReport } from './damage-report.ts'
import { createDocumentCheck, type DocumentCheckInit } from './document-check.ts'
import { DocumentLog } from './document-log.ts'
import { ROOT_DOCUMENT } from './document-name.ts'
import { Documents, type DocumentsInit } from './documents.ts'
import { ASIDE_FOLDER } from './open-database.ts'
import { createIndexing } from './indexing.ts'
import { PeerGuard } from './peer-guard.ts'
import { RootDocument } from './root-document.ts'
import { SearchThread } from './search/search-thread.ts'
import { titlesOf } from './search/titles.ts'

export interface CatalogComponents {
  network: Pick<Network, 'self' | 'serve' | 'request' | 'publish' | 'subscribe'>
  /** Nodes that answer now, without this one. Asked anew each time, so membership may come to life after the catalog it reads the layout from. */
  liveNodes(): readonly PeerId[]
  log: Logger
  alarms?: Pick<Alarms, 'raise' | 'clear'>
  metrics?: Metrics
}

export interface CatalogInit extends CatalogSyncInit, DocumentsInit, DocumentCheckInit {
  /** The catalog's own folder; made when missing. */
  dir: string
  ringId: RingId
  /** Unix ms. @default Date.now */
  clock?: () => number
  /** @default MIN_FREE_BYTES */
  minFreeBytes?: number
}

const CATALOG_REFUSED = 'catalog-refuses-edits'

/** What a catalog is made of, wired together: documents on their log, feeding root and index, spread and compared with other nodes. */
export interface CatalogParts {
  readonly log: Logger
  readonly updates: DocumentLog
  readonly documents: Documents
  /** Recordings that a member deleted, as they were. */
  readonly deleted: Emitter<readonly RecordingSession[]>
  readonly root: RootDocument
  readonly index: AssetIndex
  readonly search: SearchThread
  readonly feed: ChangeFeed
  readonly answers: CatalogAnswers
  readonly push: CatalogPush
  readonly sync: CatalogSync
  readonly guard: PeerGuard
  readonly damage: DamageReport
  readonly check: Startable
  readonly indexing: Startable
}

export function catalogParts({ network, liveNodes, alarms, metrics, ...components }: CatalogComponents, init: CatalogInit, shutdown: AbortSignal): CatalogParts {
  const log = components.log.scope('ring:catalog')
  const client = catalogClient(network)
  const updates = new DocumentLog(join(init.dir, 'log'), log, {
    minFreeBytes: init.minFreeBytes,
    onRefused(failure) {
      alarms?.raise({ key: CATALOG_REFUSED, severity: 'critical', message: `${failure.message}. Free or mend the disk: it goes on by itself.` })
      void backToTheLog().catch((err) => log.error('could not read the catalog - %s', err))
    },
    async onReopened() {
      await backToTheLog()
      await feed.catchUp(documents, updates)
      alarms?.clear(CATALOG_REFUSED)
      for (const peer of liveNodes()) sync.soon(peer)
    }
  })
  const file = join(init.dir, 'index.sqlite')
  const search = new SearchThread({ file, log, titles: titlesOf((kind) => root.records(kind)) })
  const index = new AssetIndex(file, log, (numbers) => search.touched(numbers))
  const feed = new ChangeFeed(index, log)
  const root = new RootDocument(log)
  const deleted = emitter<readonly RecordingSession[]>((err) => log.error('a listener for deleted recordings failed - %s', err))
  const documents = new Documents({
    updates, log,
    onChange: (change) => change.document === ROOT_DOCUMENT ? root.add(change) : feed.add(change),
    onDeleted: (recordings) => deleted.emit(recordings),
    onOffence: (from, { message }) => guard.offence(from, message),
    onDamage(document, reason, broken) {
      damage.damaged(document, reason, broken)
      sync.heal(document)
    },
    onRewritten: (document, reason, broken) => damage.rewritten(document, reason, broken)
  }, init)
  const indexing = createIndexing({ index: () => feed.catchUp(documents, updates), stop: () => feed.stop(), unindexed: () => feed.unindexed, alarms, log })
  const guard = new PeerGuard({ log, alarms, clock: () => performance.now() })
  const damage = new DamageReport({ log, alarms }, join(init.dir, ASIDE_FOLDER))
  const check = createDocumentCheck({ documents, updates, log }, init)
  const answers = new CatalogAnswers({ documents, updates, guard, log, onIncomplete: (from) => sync.soon(from) })
  const push = new CatalogPush({ client, network, liveNodes, ringId: init.ringId, shutdown, log })
  const sync = new CatalogSync({ documents, updates, guard, answers, client, liveNodes, members: () => documents.isDamaged(ROOT_DOCUMENT) ? undefined : othersIn(root.now.layout, network.self), shutdown, log, onWhole: (document, lost) => damage.whole(document, lost) }, init)
  /** What memory had beyond the log was not acknowledged, and is not there any more. */
  const backToTheLog = async (): Promise<void> => {
    documents.forget()
    feed.forget()
    await documents.read(ROOT_DOCUMENT, (doc) => root.load(doc))
  }
  metrics?.gauge('catalog_documents_loaded', 'Catalog documents in memory.', () => documents.loaded)
  metrics?.gauge('catalog_documents_unindexed', 'Catalog documents whose assets and recordings are not in the lists yet.', () => feed.unindexed)
  metrics?.gauge('catalog_log_bytes', 'Bytes of changes in the catalog\'s log.', () => updates.bytes)
  return { log, updates, documents, deleted, root, index, search, feed, answers, push, sync, guard, damage, check, indexing }
}

/** All who may hold what this node lacks; undefined when the layout does not even name this node, and so can not be the whole one. */
function othersIn(layout: readonly LayoutEntry[], self: PeerId): PeerId[] | undefined {
  if (!layout.some(({ peerId }) => peerId === self)) return undefined
  return layout.filter(({ peerId, state }) => peerId !== self && state !== 'gone').map(({ peerId }) => peerId)
}
