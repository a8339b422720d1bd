import { setTimeout as sleep } from 'node:timers/promises'
import type { Alarms } from '../base/alarms.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import { ALL_DOCUMENTS } from './document-name.ts'

/** A start waits for the lists of assets and recordings no longer than this, in milliseconds. @default 2000 */
export const INDEX_WAIT_MS = 2000
/** How often the progress of what takes longer is told, in milliseconds. @default 1000 */
export const INDEX_PROGRESS_MS = 1000

const INDEXING = 'catalog-indexing'

export interface IndexingComponents {
  /** Index what is not; ends early after `stop`. */
  index(): Promise<void>
  stop(): void
  /** Documents that are not in the index yet. */
  unindexed(): number
  readonly alarms?: Pick<Alarms, 'raise' | 'clear'>
  readonly log: Logger
}

/** Brings the index up to date at the start: a moment is waited for it, and what takes longer goes on while the node serves, with word of it. */
export function createIndexing({ index, stop, unindexed, alarms, log }: IndexingComponents): Startable {
  let running = Promise.resolve()
  let progress: NodeJS.Timeout | undefined

  function tell(): void {
    const done = ALL_DOCUMENTS.length - unindexed()
    alarms?.raise({ key: INDEXING, severity: 'warning', message: `The lists and the search of this node are being built: ${done} of ${ALL_DOCUMENTS.length} parts. Until then they do not show everything.` })
  }

  function ended(): void {
    clearInterval(progress)
    alarms?.clear(INDEXING)
  }

  return {
    async start() {
      running = index().catch((err) => log.error('could not build the index - %s', err)).finally(ended)
      const isDone = await Promise.race([running.then(() => true), sleep(INDEX_WAIT_MS, false, { ref: false })])
      if (isDone || unindexed() === 0) return
      tell()
      progress = setInterval(tell, INDEX_PROGRESS_MS).unref()
    },
    async stop() {
      stop()
      await running
    }
  }
}
