import type { PeerId } from '#protocols/ids.ts'
import type { Alarms } from '../base/alarms.ts'
import type { AbortOptions, Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import { repeating } from '../base/tasks.ts'
import type { Member } from '../network/membership.ts'

/** How often the other nodes are asked for the time, in ms. @default 30000 */
export const CLOCK_LOOK_MS = 30_000
/** Clocks that differ by more are told, in ms: by so much recordings of two nodes lie beside each other. @default 30000 */
export const CLOCK_TOLERANCE_MS = 30_000
const ASK_TIMEOUT_MS = 5_000
const ALARM = 'clock'

/** Another node's clock. */
export interface OtherClock {
  readonly name: string
  /** How far it is ahead of this node's, in ms; negative: behind. */
  readonly aheadMs: number
}

export interface ClockWatchComponents {
  readonly name: string
  readonly alarms: Pick<Alarms, 'raise' | 'clear'>
  readonly membership: { members(): readonly Pick<Member, 'peerId' | 'name' | 'self' | 'alive'>[] }
  /** Another node's clock, Unix ms. */
  readonly ask: (peer: PeerId, options: AbortOptions) => Promise<number>
  readonly log: Logger
  /** Unix ms. @default Date.now */
  readonly nowMs?: () => number
}

/** Asks the other nodes for the time, and raises an alarm when this node's clock is not theirs. */
export interface ClockWatch extends Startable {
  look(): Promise<void>
}

export function createClockWatch({ name, alarms, membership, ask, log, nowMs = Date.now }: ClockWatchComponents): ClockWatch {
  async function look(): Promise<void> {
    const others = membership.members().filter(({ self, alive }) => !self && alive)
    const clocks = await Promise.all(others.map(async (other) => {
      const [askedMs, sinceMs] = [nowMs(), performance.now()]
      const theirMs = await ask(other.peerId, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) }).catch(() => undefined)
      return theirMs === undefined ? [] : [{ name: other.name, aheadMs: theirMs - askedMs - (performance.now() - sinceMs) / 2 }]
    }))
    const message = clockTrouble(name, clocks.flat())
    if (message === undefined) alarms.clear(ALARM)
    else alarms.raise({ key: ALARM, severity: 'warning', message })
  }

  const looking = repeating(look, CLOCK_LOOK_MS, log)
  return { look, start: () => looking.start(), stop: () => looking.stop() }
}

/** What is wrong with this node's clock, by those of the others; undefined while at least half of them say the same, or nobody answers. */
export function clockTrouble(name: string, others: readonly OtherClock[]): string | undefined {
  const agree = others.filter(({ aheadMs }) => Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS).length
  if (others.length === 0 || agree >= others.length / 2) return undefined
  const { name: other, aheadMs } = [...others].sort((a, b) => a.aheadMs - b.aheadMs)[others.length >> 1]!
  const whose = others.length === 1 ? `that of ${other}` : 'those of the other nodes'
  return `The clock of ${name} is ${spanOf(Math.abs(aheadMs))} ${aheadMs < 0 ? 'ahead of' : 'behind'} ${whose}: set whichever is wrong. Until then recordings lie at different times, and nothing is given up that is not old by every clock of the ring.`
}

/** Rough, so that the words stay the same while the clocks do. */
function spanOf(ms: number): string {
  const [divisor, unit] = ms >= 2 * 86_400_000 ? [86_400_000, 'days'] : ms >= 2 * 3_600_000 ? [3_600_000, 'hours'] : ms >= 120_000 ? [60_000, 'minutes'] : [1_000, 's']
  return `${Math.round(ms / divisor)} ${unit}`
}
