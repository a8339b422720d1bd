import type { Alarm, Alarms } from '../base/alarms.ts'

/** What became of an alarm. A change of its words or its severity is told as `raised` again. */
export interface AlarmEvent {
  readonly type: 'raised' | 'cleared'
  readonly alarm: Alarm
}

/** Tell every alarm that is raised or cleared from now on, those that stand already first. Answers the way to leave. */
export function followAlarms(alarms: Pick<Alarms, 'active' | 'changed'>, tell: (event: AlarmEvent) => void): () => void {
  let before = new Map<string, Alarm>()
  const look = (): void => {
    const now = new Map(alarms.active().map((alarm) => [alarm.key, alarm]))
    const gone = [...before.values()].filter(({ key }) => !now.has(key))
    const news = [...now.values()].filter(({ key, severity, message }) => before.get(key)?.severity !== severity || before.get(key)?.message !== message)
    before = now
    for (const alarm of gone) tell({ type: 'cleared', alarm })
    for (const alarm of news) tell({ type: 'raised', alarm })
  }
  look()
  return alarms.changed.on(look)
}
