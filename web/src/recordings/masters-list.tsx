import { Link } from 'wouter'
import type { MasterList, MasterView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { formatBytes, formatClock } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import type { Range } from './timeline-math.ts'

/** How often the masters of a day are asked for, ms. @default 10000 */
const MASTERS_POLL_MS = 10_000
const NAMES = { prores: 'ProRes 422 HQ', ffv1: 'FFV1' } as const

function stateOf({ state, progress, node, reason }: MasterView): string {
  if (state === 'making') return `being made on ${node}, ${Math.round(progress * 100)} %`
  return `failed on ${node}: ${reason ?? 'nobody knows why'}`
}

function Master({ master, pick }: { readonly master: MasterView; readonly pick: (ms: number) => void }) {
  const { fromMs, toMs, format, asset, name, bytes } = master
  return (
    <li className="row spread wrap">
      <button type="button" className="link num" onClick={() => pick(fromMs)}>{formatClock(fromMs)}–{formatClock(toMs)}</button>
      {asset === null ? <span className={master.state === 'failed' ? 'small why' : 'small dim'}>{NAMES[format]} {stateOf(master)}</span> : (
        <span className="row"><Link className="small" href={`/library/${asset}`}>{NAMES[format]}</Link><span className="small dim num">{formatBytes(bytes)}</span>
          <a className="button quiet icon" aria-label={`Download ${name ?? 'the master'}`} href={`/api/v1/assets/${asset}/content?download`} download><Icon name="download" /></a></span>
      )}
    </li>
  )
}

/** What was made of a day's recordings beside them, to look at and to download; and what could not be, and why. */
export function MastersOfDay({ camera, day, pick }: { readonly camera: string; readonly day: Range; readonly pick: (ms: number) => void }) {
  const { data } = useResource<MasterList>(`/cameras/${encodeURIComponent(camera)}/masters?from=${day.fromMs}&to=${day.toMs}`, MASTERS_POLL_MS)
  if (data === undefined || data.masters.length === 0) return null
  return (
    <section aria-label="Masters">
      <span className="label">Masters</span>
      <ul className="stack kept-list">{data.masters.map((master) => <Master key={`${master.fromMs} ${master.format} ${master.node}`} master={master} pick={pick} />)}</ul>
    </section>
  )
}
