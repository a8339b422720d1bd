import type { CameraList, Ledger, LedgerDays } from '#protocols/http.ts'
import { CommandError, type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { parseFlags, text, UsageError } from './flags.ts'
import { clean, print, table } from './output.ts'

/** `thatdam ledger CAMERA [--from T] [--to T] [--days]`: exit code 1 when something is lost. */
export async function runLedger(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('ledger', argv, { ...NODE_FLAGS, from: { type: 'string' }, to: { type: 'string' }, days: { type: 'boolean' } })
  if (positionals.length !== 1) throw new UsageError('say which camera: thatdam ledger CAMERA (thatdam cameras lists them)')
  const api = nodeApi(values)
  const id = await cameraNamed(api, positionals[0] ?? '')
  const [from, to] = [text(values, 'from'), text(values, 'to')]
  const query = new URLSearchParams({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })
  const isJson = values['json'] === true
  return values['days'] === true ? days(await api.get<LedgerDays>(`cameras/${id}/ledger/days?${query}`), isJson) : ranges(await api.get<Ledger>(`cameras/${id}/ledger?${query}`), isJson)
}

/** The id of the camera somebody named. @throws CommandError */
export async function cameraNamed(api: Pick<NodeApi, 'get'>, name: string): Promise<string> {
  const { cameras } = await api.get<CameraList>('cameras')
  const found = cameras.find(({ id }) => id === name) ?? cameras.find((camera) => camera.name.toLowerCase() === name.toLowerCase())
  if (found === undefined) throw new CommandError(`there is no camera ${JSON.stringify(clean(name).slice(0, 100))}: thatdam cameras lists them`)
  return encodeURIComponent(found.id)
}

function ranges(ledger: Ledger, isJson: boolean): number {
  print(isJson ? JSON.stringify(ledger) : table(['FROM', 'LENGTH', 'STATE', 'REASON', 'NODE', 'DETAIL'], ledger.ranges.map(({ startMs, endMs, state, reason, node, detail }) => [
    new Date(startMs).toISOString(), length((endMs - startMs) / 1000), state, reason ?? '', node ?? '', detail ?? ''
  ])))
  if (ledger.truncated && !isJson) print(`there is more: go on with --from ${ledger.toMs}`)
  return ledger.ranges.some(({ state }) => state === 'lost') ? 1 : 0
}

function days({ camera, timeZone, days: all }: LedgerDays, isJson: boolean): number {
  print(isJson ? JSON.stringify({ camera, timeZone, days: all }) : table(['DAY', 'RECORDED', 'LOST', 'NOT EXPECTED', 'REASONS'], all.map((day) => [
    day.day, length(day.recordedSeconds), length(day.lostSeconds), length(day.notExpectedSeconds),
    Object.entries(day.reasons).sort(([, a], [, b]) => b - a).map(([reason, seconds]) => `${reason} ${length(seconds)}`).join(', ')
  ])))
  return all.some(({ lostSeconds }) => lostSeconds > 0) ? 1 : 0
}

/** 3,725.2 s as `1:02:05`, below a minute with tenths. */
function length(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
}
