import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import { repeating } from '../base/tasks.ts'
import type { DocumentLog } from './document-log.ts'
import { ALL_DOCUMENTS, type DocumentName } from './document-name.ts'
import type { Documents } from './documents.ts'

/** How often one document's log is read and its checksums compared, in milliseconds: all of them in three quarters of an hour. @default 10000 */
export const CHECK_EVERY_MS = 10_000

export interface DocumentCheckComponents {
  readonly documents: Pick<Documents, 'check'>
  readonly updates: Pick<DocumentLog, 'damage'>
  readonly log: Logger
}

export interface DocumentCheckInit {
  /** @default CHECK_EVERY_MS */
  checkEveryMs?: number
}

/** Finds damage of documents on disk that nobody happens to read: those known to be damaged at the start, then all in turn. */
export function createDocumentCheck({ documents, updates, log }: DocumentCheckComponents, { checkEveryMs = CHECK_EVERY_MS }: DocumentCheckInit = {}): Startable {
  let next = 0
  let first = Promise.resolve()
  let stopped = false
  const turns = repeating(() => documents.check(ALL_DOCUMENTS[next++ % ALL_DOCUMENTS.length] as DocumentName), checkEveryMs, log)

  async function checkDamaged(): Promise<void> {
    for (const name of Array.from(updates.damage.keys())) {
      if (stopped) return
      await documents.check(name).catch((err) => log.error('could not read document %s - %s', name, err))
    }
  }

  return {
    start() {
      first = checkDamaged()
      void turns.start()
    },
    async stop() {
      stopped = true
      await Promise.all([turns.stop(), first])
    }
  }
}
