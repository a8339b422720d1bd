import type { PeerId } from '#protocols/ids.ts'
import type { Alarm, Alarms } from '../base/alarms.ts'
import type { Signal } from '../base/emitter.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import { repeating } from '../base/tasks.ts'
import type { RepairStatus } from '../chunks/chunk-store.ts'
import type { DiskView } from '../chunks/disk-health.ts'
import type { Member } from '../network/membership.ts'
import type { ScrubStatus } from '../replication/scrub.ts'
import { DISK_ALARM, diskAlarm } from './disk-alarm.ts'

/** How often the ring is looked at for reasons to raise an alarm, in ms. @default 2000 */
export const WATCH_MS = 2_000

type Report = Pick<Alarm, 'severity' | 'message'>

export interface RingWatchComponents {
  readonly alarms: Pick<Alarms, 'raise' | 'clear'>
  readonly name: string
  readonly disk: { view(): DiskView; readonly changed: Signal<DiskView> }
  readonly membership: { members(): readonly Pick<Member, 'peerId' | 'name' | 'self' | 'alive' | 'silentMs'>[] }
  readonly repairStatus: () => Pick<RepairStatus, 'missingCopies'>
  readonly scrubStatus: () => Pick<ScrubStatus, 'lost'>
  readonly log: Logger
  /** Milliseconds that never go back. @default performance.now */
  readonly nowMs?: () => number
}

export interface RingWatchInit {
  /** A silence, or a lack of copies, that lasts longer is told, in ms. */
  readonly patienceMs: number
}

/** Raises and clears the alarms of this node's disk, of silent members, of chunks that stay short of copies, and of what was lost. */
export interface RingWatch extends Startable {
  /** Look now. */
  look(): void
}

export function createRingWatch(components: RingWatchComponents, { patienceMs }: RingWatchInit): RingWatch {
  const { alarms, name, disk, membership, log, nowMs = () => performance.now() } = components
  let startedMs = nowMs()
  let shortSinceMs: number | undefined
  let silent = new Set<PeerId>()
  let leave = (): void => {}

  function report(key: string, what: Report | undefined): void {
    if (what === undefined) alarms.clear(key)
    else alarms.raise({ key, ...what })
  }

  function lookAtMembers(): void {
    const before = silent
    silent = new Set()
    for (const { peerId, name: member, self, alive, silentMs } of membership.members()) {
      if (self || alive || Math.min(silentMs, nowMs() - startedMs) < patienceMs) continue
      silent.add(peerId)
      report(`silent/${peerId}`, { severity: 'warning', message: `${member} has not answered for ${minutes(patienceMs)}: other nodes make the copies it holds. Start it again, or take it out of the ring.` })
    }
    for (const peerId of before) if (!silent.has(peerId)) alarms.clear(`silent/${peerId}`)
  }

  function lookAtCopies(): void {
    const { missingCopies } = components.repairStatus()
    if (missingCopies === 0) shortSinceMs = undefined
    else shortSinceMs ??= nowMs()
    const isLong = shortSinceMs !== undefined && nowMs() - shortSinceMs >= patienceMs
    report('copies-short', isLong ? { severity: 'warning', message: `Some chunks of ${name} have had too few copies for ${minutes(patienceMs)}: see that enough nodes answer and have room.` } : undefined)
    const { lost } = components.scrubStatus()
    report('chunks-lost', lost > 0 ? { severity: 'critical', message: `${lost} ${lost === 1 ? 'chunk' : 'chunks'} of ${name} are damaged, and no node that answers has a good copy: start every node that may hold one, or restore a backup.` } : undefined)
  }

  function look(): void {
    report(DISK_ALARM, diskAlarm(disk.view(), { name, isAlone: membership.members().length < 2 }))
    lookAtMembers()
    lookAtCopies()
  }

  const looking = repeating(look, WATCH_MS, log)
  return {
    look,
    start() {
      startedMs = nowMs()
      leave = disk.changed.on(look)
      look()
      return looking.start()
    },
    async stop() {
      leave()
      await looking.stop()
    }
  }
}

const minutes = (ms: number): string => ms >= 120_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.max(1, Math.round(ms / 1_000))} s`
