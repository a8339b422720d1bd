import { catalogTopic, catalogUpdateCodec, MAX_CATALOG_GOSSIP_BYTES } from '#protocols/catalog.ts'
import type { PeerId, RingId } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'
import type { Network } from '../network/network.ts'
import type { CatalogClient } from './catalog-wire.ts'
import type { DocumentName } from './document-name.ts'
import { shuffled } from './shuffled.ts'

/** Nodes a change is pushed to at once; the others hear of it by gossip. @default 3 */
export const PUSH_FANOUT = 3
/** How long an edit waits for one other node to have it on disk, in milliseconds. @default 2000 */
export const PUSH_WAIT_MS = 2000
/** How long one push may take in the background, in milliseconds. @default 10000 */
export const PUSH_DEADLINE_MS = 10_000

export interface CatalogPushComponents {
  client: CatalogClient
  network: Pick<Network, 'publish'>
  liveNodes(): readonly PeerId[]
  ringId: RingId
  shutdown: AbortSignal
  log: Logger
}

/** Brings changes made here to other nodes. */
export class CatalogPush {
  readonly #components: CatalogPushComponents
  readonly #running = new Set<Promise<unknown>>()

  constructor(components: CatalogPushComponents) {
    this.#components = components
  }

  /** On how many nodes the change is on disk, this one included, as soon as another one confirms it; 1 when none does in time. */
  async spread(document: DocumentName, update: Uint8Array): Promise<number> {
    const gossiped = this.#gossip(document, update)
    const nodes = shuffled(this.#components.liveNodes())
    if (nodes.length === 0 || this.#components.shutdown.aborted) return 1
    const lanes = gossiped ? Math.min(PUSH_FANOUT, nodes.length) : nodes.length
    const rest = nodes.slice()
    const pushes = Array.from({ length: lanes }, () => this.#pushToNext(rest, document, update))
    for (const push of pushes) this.#track(push)
    return 1 + await withinMs(PUSH_WAIT_MS, Promise.any(pushes).then(() => 1, () => 0))
  }

  /** Waits for the pushes under way; they end soon after the shutdown signal. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running)
  }

  // A lane goes on to the next node until one has taken the change.
  async #pushToNext(rest: PeerId[], document: DocumentName, update: Uint8Array): Promise<void> {
    const { client, shutdown, log } = this.#components
    let failure: unknown = new Error('no node left')
    for (let peer = rest.shift(); peer !== undefined && !shutdown.aborted; peer = rest.shift()) {
      try {
        return await client.push(peer, document, update, { signal: AbortSignal.any([shutdown, AbortSignal.timeout(PUSH_DEADLINE_MS)]) })
      } catch (err) {
        failure = err
        if (!shutdown.aborted) log('could not push %s to %s - %s', document, peer, err)
      }
    }
    throw failure
  }

  #gossip(document: DocumentName, update: Uint8Array): boolean {
    const { network, ringId, log } = this.#components
    const message = catalogUpdateCodec.encode({ document, update })
    if (message.byteLength > MAX_CATALOG_GOSSIP_BYTES) return false
    this.#track(network.publish(catalogTopic(ringId), message).catch((err) => log('could not gossip %s - %s', document, err)))
    return true
  }

  #track(work: Promise<unknown>): void {
    const done = work.catch(() => {}).finally(() => this.#running.delete(done))
    this.#running.add(done)
  }
}

async function withinMs(ms: number, confirmed: Promise<number>): Promise<number> {
  const late = Promise.withResolvers<number>()
  const timer = setTimeout(() => late.resolve(0), ms)
  try {
    return await Promise.race([confirmed, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
