import { useState } from 'react'
import { Link } from 'wouter'
import type { JobList, JobView, RollList, RollView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { formatBytes, formatMoment, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Notice, Unanswered } from '../design/notice.tsx'
import { useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { OffloadDialog } from './offload-dialog.tsx'
import { jobOfRoll, Phases } from './phases.tsx'
import { safeWords } from './safe-state.tsx'
import { useSafe } from './use-safe.ts'
import './rolls.css'

/** How often the list is fetched again, ms. @default 3000 */
const POLL_MS = 3_000
/** How often running jobs are asked for, ms. @default 1500 */
export const JOBS_POLL_MS = 1_500

function RollCard({ roll, job, refresh }: { readonly roll: RollView; readonly job: JobView | undefined; readonly refresh: () => void }) {
  const state = useSafe(roll.id)
  const { safe } = state
  const isWorking = job !== undefined && job.endedMs === null
  return (
    <li className="card roll-card" data-roll={roll.id}>
      <div className="row spread wrap">
        <Link href={`/rolls/${roll.id}`} className="roll-name cut">{roll.name}</Link>
        <span className={`badge safe-badge ${safe?.safe === true ? 'safe' : 'unsafe'}`} data-safe={safe === undefined ? 'unknown' : String(safe.safe)}>{safeWords(state)}</span>
      </div>
      <p className="small dim num">{plural(roll.files, 'file')}, {formatBytes(roll.bytes)}, {plural(roll.clips, 'clip')} · {roll.node}, {formatMoment(roll.startedMs)}{roll.operator === '' ? '' : ` · ${roll.operator}`}</p>
      {safe?.reasons[0] === undefined || isWorking ? null : <p className="small why">{safe.reasons[0]}</p>}
      {job !== undefined && job.state !== 'done' ? <Phases job={job} onOrder={refresh} /> : null}
    </li>
  )
}

/** The cards that were offloaded, and which of them are safe to format. */
export function RollsPage() {
  useTitle('Cards')
  const { data, error, refresh } = useResource<RollList>('/rolls', POLL_MS)
  const jobs = useResource<JobList>('/jobs', JOBS_POLL_MS)
  const [asking, setAsking] = useState(false)
  const again = (): void => { refresh(); jobs.refresh() }
  const offload = useMay().administer ? <button type="button" className="button primary" onClick={() => setAsking(true)}><Icon name="plus" />Offload a card</button> : null
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap"><h1>Cards</h1><span className="dim num">{data === undefined || data.rolls.length === 0 ? '' : plural(data.rolls.length, 'card')}</span></div>
        {data === undefined || data.rolls.length === 0 ? null : offload}
      </div>
      {data === undefined ? <Unanswered title="The cards cannot be shown" error={error} retry={refresh} /> : null}
      {data?.rolls.length === 0 ? <Notice icon="card" title="No card was offloaded yet" actions={offload}>Every file of a card is copied, hashed, read back from the disks of the ring, and written down in an ASC MHL history. When enough nodes hold all of it, it is safe to format.</Notice> : null}
      <ul className="rolls" aria-label="Rolls">{data?.rolls.map((roll) => <RollCard key={roll.id} roll={roll} job={jobOfRoll(jobs.data?.jobs, roll.id)} refresh={again} />)}</ul>
      {data === undefined ? null : <p className="small dim">Safe to format: every file of the card is verified on {plural(data.rule.nodes, 'node')} in {plural(data.rule.zones, 'zone')}, looked up whenever it is shown. <code>thatdam rolls rule</code> changes that.</p>}
      {asking ? <OffloadDialog onClose={() => setAsking(false)} onBegun={() => { setAsking(false); again() }} /> : null}
    </div>
  )
}
