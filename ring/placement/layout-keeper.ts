import type { PeerId } from '#protocols/ids.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import type { LayoutStore } from '../network/layout.ts'
import type { Membership } from '../network/membership.ts'
import type { LayoutHistoryStore } from './layout-version.ts'
import type { Placement } from './placement.ts'

/** Every node could do the keeper's work; each waits this long for every live one before it in the order of ids, in ms. @default 1500 */
export const KEEPER_TURN_MS = 1_500

export interface LayoutKeeperComponents {
  readonly self: PeerId
  readonly layout: Pick<LayoutStore, 'layoutChanged'> & Pick<LayoutHistoryStore, 'recordLayout' | 'retireLayouts' | 'historyChanged'>
  readonly membership: Pick<Membership, 'alive' | 'changed'>
  readonly placement: Pick<Placement, 'layouts'>
  readonly log: Logger
}

/** Writes down a layout that came about by merging, and forgets the older ones when nothing needs them any more. Any node may; all of them look. */
export function createLayoutKeeper({ self, layout, membership, placement, log }: LayoutKeeperComponents, { turnMs = KEEPER_TURN_MS }: { turnMs?: number } = {}): Startable {
  const leave: Array<() => void> = []
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> = Promise.resolve()

  function task(): (() => Promise<void>) | undefined {
    const { transition: { current, isRecorded, older }, progress } = placement.layouts()
    if (!membership.alive().includes(self) || current.nodes.length === 0) return undefined
    if (!isRecorded) return () => layout.recordLayout(current)
    if (older.length === 0 || !progress.isComplete) return undefined
    return async () => {
      await layout.retireLayouts(current)
      log('layout %d holds everything: forgot %d older ones', current.version, older.length)
    }
  }

  function look(): void {
    if (task() === undefined || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      const run = task() // somebody else may have done it meanwhile
      if (run !== undefined) working = working.then(run).catch((err) => log.error('could not tidy the layouts up - %s', err)).then(look)
    }, 50 + membership.alive().sort().indexOf(self) * turnMs).unref()
  }

  return {
    start() {
      leave.push(layout.layoutChanged.on(look), layout.historyChanged.on(look), membership.changed.on(look))
      look()
    },
    async stop() {
      for (const off of leave.splice(0)) off()
      clearTimeout(timer)
      await working
      clearTimeout(timer)
    }
  }
}
