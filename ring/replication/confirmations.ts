import { ALL_PARTITIONS, type Partition, type PeerId } from '#protocols/ids.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import type { LayoutHistoryStore } from '../placement/layout-version.ts'
import type { Placement } from '../placement/placement.ts'

/** Confirmed partitions are written down at most this often, in ms. @default 5000 */
export const CONFIRM_EVERY_MS = 5_000

export interface ConfirmationsComponents {
  readonly self: PeerId
  readonly history: Pick<LayoutHistoryStore, 'layoutHistory' | 'confirmPartitions'>
  readonly placement: Pick<Placement, 'layouts' | 'owners'>
  readonly log: Logger
}

/** What this node says of the partitions it owns while layouts change: kept in the root document, so a restart goes on where it was. */
export interface Confirmations extends Startable {
  /** All that the owners by older layouts hold of this partition is on this node's disk. */
  add(layout: string, partition: Partition): void
  /** Partitions of the current layout that this node owns and has not confirmed yet; 0 when the ring is at rest. */
  missing(): number
  /** Write down what was added. */
  flush(): Promise<void>
}

export function createConfirmations({ self, history, placement, log }: ConfirmationsComponents, { everyMs = CONFIRM_EVERY_MS }: { everyMs?: number } = {}): Confirmations {
  let layout = ''
  let fresh = new Set<Partition>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const said = (): ReadonlySet<number> => history.layoutHistory().confirmed.get(placement.layouts().transition.current.id)?.get(self) ?? new Set()

  async function write(): Promise<void> {
    const partitions = fresh
    fresh = new Set()
    // What was found of a layout that is not the current one any more says nothing about this one.
    if (partitions.size === 0 || layout !== placement.layouts().transition.current.id) return
    await history.confirmPartitions(layout, partitions).catch((err) => log.error('could not note that %d partitions have arrived - %s', partitions.size, err))
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(write)
    return writing
  }

  return {
    start() {},
    add(id, partition) {
      const { transition: { current, older } } = placement.layouts()
      if (older.length === 0 || id !== current.id || !placement.owners(partition).includes(self) || said().has(partition)) return
      if (layout !== id) fresh = new Set()
      layout = id
      fresh.add(partition)
      timer ??= setTimeout(() => { void flush() }, everyMs).unref()
    },
    missing() {
      if (placement.layouts().transition.older.length === 0) return 0
      const known = said()
      return ALL_PARTITIONS.filter((partition) => placement.owners(partition).includes(self) && !known.has(partition)).length
    },
    flush,
    async stop() {
      clearTimeout(timer)
      await writing
    }
  }
}
