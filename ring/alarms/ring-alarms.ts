import type { PeerId } from '#protocols/ids.ts'
import { type AlarmNote, MAX_ALARM_NOTES } from '#protocols/presence.ts'
import { type Alarm, type Alarms, MAX_ALARM_CHARACTERS } from '../base/alarms.ts'
import { type Signal, emitter } from '../base/emitter.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { Member, Membership } from '../network/membership.ts'

/** An alarm, and the nodes that raise it. */
export interface RingAlarm extends Alarm {
  /** Names, sorted. */
  readonly nodes: readonly string[]
}

/** The alarms of all nodes that answer, as they come with their heartbeats. */
export interface RingAlarms extends Startable {
  /** The gravest first, then the oldest. Nodes that say the same say it once. */
  all(): RingAlarm[]
  /** An alarm of any node was raised, changed or cleared. */
  readonly changed: Signal<void>
  /** This node's, for its heartbeat. */
  notes(): AlarmNote[]
}

export interface RingAlarmsComponents {
  readonly alarms: Pick<Alarms, 'active' | 'changed'>
  readonly membership: Pick<Membership, 'members' | 'changed' | 'presenceChanged' | 'announce'>
  readonly self: PeerId
}

const byGravity = (one: Alarm, other: Alarm): number => Number(one.severity !== 'critical') - Number(other.severity !== 'critical') || one.sinceMs - other.sinceMs

export function createRingAlarms({ alarms, membership, self }: RingAlarmsComponents): RingAlarms {
  const changed = emitter<void>()
  const leave: Array<() => void> = []
  let told = ''

  function all(): RingAlarm[] {
    const found = new Map<string, RingAlarm>()
    for (const member of membership.members()) {
      const standing = member.peerId === self ? alarms.active() : member.alive ? noted(member) : []
      for (const alarm of standing) {
        const id = `${alarm.key}\n${alarm.message}`
        const known = found.get(id)
        found.set(id, { ...alarm, sinceMs: Math.min(alarm.sinceMs, known?.sinceMs ?? Infinity), nodes: [...known?.nodes ?? [], member.name].sort() })
      }
    }
    return [...found.values()].sort(byGravity)
  }

  /** Heartbeats come every second: only another set of alarms is news. */
  function look(): void {
    const now = JSON.stringify(all())
    if (now === told) return
    told = now
    changed.emit()
  }

  return {
    all, changed,
    notes: () => [...alarms.active()].sort(byGravity).slice(0, MAX_ALARM_NOTES).map(({ key, severity, message, sinceMs }) => ({ key, critical: severity === 'critical', message, sinceMs })),
    start() {
      told = JSON.stringify(all())
      leave.push(
        alarms.changed.on(() => {
          membership.announce()
          look()
        }),
        membership.changed.on(look), membership.presenceChanged.on(look)
      )
    },
    stop() { for (const off of leave.splice(0)) off() }
  }
}

/** Another node's word, cut to what it may be. */
function noted({ presence }: Member): Alarm[] {
  return (presence?.alarms ?? []).slice(0, MAX_ALARM_NOTES).map(({ key, critical, message, sinceMs }) => (
    { key: key.slice(0, 200), severity: critical ? 'critical' : 'warning', message: message.slice(0, MAX_ALARM_CHARACTERS), sinceMs }
  ))
}
