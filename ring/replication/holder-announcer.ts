import { PARTITIONS, type Partition } from '#protocols/ids.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import type { FileChunkStore } from '../chunks/file-chunk-store.ts'
import type { Network } from '../network/network.ts'

/** How often all held partitions are announced again, in ms; provider records expire after a day. @default 3600000 */
export const ANNOUNCE_EVERY_MS = 3_600_000
/** How long one announcement may take, in ms. @default 120000 */
export const ANNOUNCE_TIMEOUT_MS = 120_000

export interface HolderAnnouncerComponents {
  network: Pick<Network, 'provide'>
  local: Pick<FileChunkStore, 'summary'>
  log: Logger
}

/** Tells the DHT which partitions this node holds: new ones at once, all of them every hour. */
export interface HolderAnnouncer extends Startable {
  /** See whether there is something new to tell; returns at once, and an announcement that failed is tried again at the next look. */
  look(): void
}

export function createHolderAnnouncer({ network, local, log }: HolderAnnouncerComponents): HolderAnnouncer {
  const announced = new Set<number>()
  const stopping = new AbortController()
  let announcing: Promise<void> | undefined
  let allAtMs = Number.NEGATIVE_INFINITY

  async function announce(partitions: number[]): Promise<void> {
    try {
      await network.provide(partitions, { signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(ANNOUNCE_TIMEOUT_MS)]) })
      for (const partition of partitions) announced.add(partition)
    } catch (err) {
      if (!stopping.signal.aborted) log('could not announce %d partitions - %s', partitions.length, err)
    }
  }

  return {
    start() {},
    look() {
      if (announcing !== undefined || stopping.signal.aborted) return
      if (performance.now() - allAtMs > ANNOUNCE_EVERY_MS) {
        announced.clear()
        allAtMs = performance.now()
      }
      const held = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter((partition) => local.summary(partition as Partition).chunks > 0)
      for (const partition of announced) if (!held.includes(partition)) announced.delete(partition)
      const news = held.filter((partition) => !announced.has(partition))
      if (news.length > 0) announcing = announce(news).finally(() => { announcing = undefined })
    },
    async stop() {
      stopping.abort()
      await announcing
    }
  }
}
