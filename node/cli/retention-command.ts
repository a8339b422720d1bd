import type { CameraSettings, KeptList, KeptView, RetentionReport } from '#protocols/http.ts'
import { type NodeApi, nodeApi, NODE_FLAGS } from './api.ts'
import { parseFlags, positive, required, text, timeOf, type FlagValues, UsageError } from './flags.ts'
import { cameraNamed } from './ledger-command.ts'
import { bytes, clean, print, table } from './output.ts'

const FLAGS = { ...NODE_FLAGS, 'dry-run': { type: 'boolean' }, days: { type: 'string' }, gigabytes: { type: 'string' }, 'motion-days': { type: 'string' }, 'when-full': { type: 'string' }, 'low-space': { type: 'string' } } as const
const WHY = { age: 'too old', size: 'too much', space: 'no room' } as const

/** `thatdam retention [--dry-run]`, `thatdam retention set CAMERA …`, `thatdam retention --low-space P`. */
export async function runRetention(argv: readonly string[]): Promise<number> {
  const { values, positionals: [verb, camera, ...rest] } = parseFlags('retention', argv, FLAGS)
  const api = nodeApi(values)
  if (verb === 'set' && camera !== undefined && rest.length === 0) return set(api, camera, values)
  if (verb !== undefined) throw new UsageError('say what to do: thatdam retention [--dry-run], or thatdam retention set CAMERA --days N (thatdam help retention)')
  const lowSpace = text(values, 'low-space')
  const report = lowSpace === undefined
    ? await api.post<RetentionReport>('retention', { dryRun: values['dry-run'] === true })
    : await api.patch<RetentionReport>('retention', { lowPercent: Number(lowSpace.replace(/%$/, '')) })
  if (values['json'] === true) print(JSON.stringify(report))
  else say(report)
  return 0
}

function say({ dryRun, expiring, space, waiting }: RetentionReport): void {
  if (expiring.length === 0) print(dryRun ? 'nothing would be given up' : 'nothing was given up')
  else print(table(['CAMERA', dryRun ? 'WOULD GO' : 'GONE', 'SIZE', 'FROM', 'TO', 'WHY'], expiring.map(({ camera, hours, bytes: size, fromMs, toMs, why }) => [
    camera, `${hours} h`, bytes(size), new Date(fromMs).toISOString(), new Date(toMs).toISOString(), WHY[why]
  ])))
  print(`${bytes(space.freeBytes)} free on the ring's disks; less than ${space.lowPercent} % of ${bytes(space.totalBytes)} is too little${space.shortBytes > 0 ? `: ${bytes(space.shortBytes)} of footage would have to go, and may not` : ''}`)
  if (waiting !== null) print(clean(waiting))
}

async function set(api: NodeApi, camera: string, values: FlagValues): Promise<number> {
  const limit = (flag: string, name = flag): object => {
    const value = text(values, flag)
    return value === undefined ? {} : { [name]: value === 'none' ? null : positive(flag, value) }
  }
  const whenFull = text(values, 'when-full')
  if (whenFull !== undefined && whenFull !== 'keep' && whenFull !== 'oldest') throw new UsageError('--when-full is keep or oldest')
  const retention = { ...limit('days'), ...limit('gigabytes'), ...limit('motion-days', 'motionDays'), ...(whenFull === undefined ? {} : { whenFull }) }
  if (Object.keys(retention).length === 0) throw new UsageError('say how long to keep it: --days N, --gigabytes N, --motion-days N for hours with motion, or none for no limit; --when-full keep or oldest')
  const settings = await api.patch<CameraSettings>(`cameras/${await cameraNamed(api, camera)}`, { retention })
  const { days, gigabytes, motionDays } = settings.retention
  print(values['json'] === true ? JSON.stringify(settings) : `${clean(settings.name)} is kept ${days === null && gigabytes === null ? 'without limit' : [days === null ? '' : `for ${days} days`, gigabytes === null ? '' : `up to ${gigabytes} GB`].filter((words) => words !== '').join(' and ')}${motionDays === null ? '' : `, hours with motion for ${motionDays} days`}; when the disks are full, ${settings.retention.whenFull === 'oldest' ? 'the oldest goes' : 'all of it stays'}`)
  return 0
}

/** `thatdam keep CAMERA --from T --to T --name N`, `thatdam keep list CAMERA`, `thatdam keep remove CAMERA ID`. */
export async function runKeep(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseFlags('keep', argv, { ...NODE_FLAGS, from: { type: 'string' }, to: { type: 'string' }, name: { type: 'string' } })
  const api = nodeApi(values)
  const [first = '', second, third] = positionals
  const done = (object: object, words: string): number => {
    print(values['json'] === true ? JSON.stringify(object) : words)
    return 0
  }
  if (first === 'list' && second !== undefined && positionals.length === 2) {
    const list = await api.get<KeptList>(`cameras/${await cameraNamed(api, second)}/kept`)
    return done(list, list.kept.length === 0 ? 'Nothing is kept for good.' : table(['FROM', 'TO', 'NAME', 'ID'], list.kept.map(({ fromMs, toMs, name, id }) => [new Date(fromMs).toISOString(), new Date(toMs).toISOString(), name, id])))
  }
  if (first === 'remove' && second !== undefined && third !== undefined && positionals.length === 3) {
    await api.delete(`cameras/${await cameraNamed(api, second)}/kept/${encodeURIComponent(third)}`)
    return done({ removed: third }, 'it lives as long as the rest of the camera now')
  }
  if (positionals.length !== 1) throw new UsageError('say what to keep: thatdam keep CAMERA --from TIME --to TIME [--name N], thatdam keep list CAMERA, or thatdam keep remove CAMERA ID')
  const body = { fromMs: time(values, 'from'), toMs: time(values, 'to'), name: text(values, 'name') ?? '' }
  const kept = await api.post<KeptView>(`cameras/${await cameraNamed(api, first)}/kept`, body)
  return done(kept, `kept for good: ${kept.id}`)
}

const time = (values: FlagValues, flag: string): number => timeOf(`--${flag}`, required(values, flag, '2026-11-22T17:00:00Z'))
