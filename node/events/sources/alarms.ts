import { type Alarms, followAlarms } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { EventBus } from '../events.ts'

/** `alarm.raised`, `alarm.cleared` of this node's alarms; a camera that is not recorded is `capture.error` as well. */
export function alarmEvents(alarms: Pick<Alarms, 'active' | 'changed'>, bus: Pick<EventBus, 'emit'>): Startable {
  let leave = (): void => {}
  return {
    start() {
      leave = followAlarms(alarms, ({ type, alarm: { key, severity, message, sinceMs } }) => {
        bus.emit(`alarm.${type}`, { key, severity, message, sinceMs })
        const [about, device] = key.split('/')
        if (type === 'raised' && about === 'not-recorded') bus.emit('capture.error', { device, error: message })
      })
    },
    stop() { leave() }
  }
}
