import type { AlarmList } from '#protocols/http.ts'
import { nodeApi, NODE_FLAGS } from './api.ts'
import { parseFlags, UsageError } from './flags.ts'
import { clean, print } from './output.ts'

/** `thatdam alarms`: what a person should know of. Exit code 1 when an alarm is critical, so that a script can ask. */
export async function runAlarms(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('alarms', argv, NODE_FLAGS)
  if (positionals.length > 0) throw new UsageError(`thatdam alarms takes no argument "${positionals[0]}" (thatdam help alarms)`)
  const list = await nodeApi(values).get<AlarmList>('alarms')
  if (values['json'] === true) print(JSON.stringify(list))
  else if (list.alarms.length === 0) print('No alarms.')
  else for (const { severity, message, sinceMs, nodes } of list.alarms) print(clean(`${severity.toUpperCase().padEnd(8)}  ${age(list.nowMs - sinceMs).padEnd(6)}  ${message} (says ${nodes.join(', ')})`))
  return list.alarms.some(({ severity }) => severity === 'critical') ? 1 : 0
}

function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 120) return `${seconds} s`
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`
}
