import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import type { JobList, JobView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Notice, Unanswered } from '../design/notice.tsx'
import { useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { JobCard } from './job-card.tsx'
import { kindOf } from './job-words.ts'
import { Paces } from './pace.ts'
import './jobs.css'

/** How often the jobs of all nodes are asked for, ms. @default 2000 */
const JOBS_POLL_MS = 2_000
/** Where the jobs of all nodes are. */
export const ALL_JOBS = '/jobs?all=true'

type Show = 'all' | 'going' | 'trouble'
const SHOWS: readonly (readonly [Show, string])[] = [['all', 'All'], ['going', 'Under way'], ['trouble', 'Not done']]

const belongs = (show: Show, { state, refused }: JobView): boolean =>
  show === 'all' || (show === 'going' ? state === 'running' || state === 'paused' : state === 'failed' || state === 'interrupted' || state === 'cancelled' || refused > 0)

/** What stands where there is no job to show. */
function Nothing({ isNarrowed, showAll }: { readonly isNarrowed: boolean; readonly showAll: () => void }) {
  const { administer } = useMay()
  if (isNarrowed) return <Notice icon="statistics" title="No such job" actions={<button type="button" className="button" onClick={showAll}>Show every job</button>}>There are others.</Notice>
  return (
    <Notice icon="statistics" title="No job was started yet" actions={administer ? <><Link className="button" href="/folders">Scan a folder</Link><Link className="button" href="/rolls">Offload a card</Link></> : null}>
      Scans, verifications, workflows and everything else that takes a while is shown here, from every node, also after a restart.
    </Notice>
  )
}

/** What runs where, how far it is, and why something is not done. */
export function JobsPage() {
  useTitle('Jobs')
  const { data, error, receivedAt, refresh } = useResource<JobList>(ALL_JOBS, JOBS_POLL_MS)
  const { edit } = useMay()
  const [show, setShow] = useState<Show>('all')
  const [kind, setKind] = useState('')
  const [paces] = useState(() => new Paces())
  const jobs = data?.jobs ?? []
  useMemo(() => paces.look(data?.jobs ?? [], receivedAt), [paces, data, receivedAt])
  const kinds = [...new Set(jobs.map((job) => job.kind))].sort()
  const shown = jobs.filter((job) => belongs(show, job) && (kind === '' || job.kind === kind))
  const going = jobs.filter((job) => belongs('going', job)).length
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap"><h1>Jobs</h1><span className="dim num" aria-live="polite">{data === undefined ? '' : going === 0 ? 'Nothing runs' : `${plural(going, 'job')} under way`}</span></div>
        <div className="row wrap">
          <div className="row" role="group" aria-label="Which jobs">{SHOWS.map(([value, words]) => <button key={value} type="button" className="button" aria-pressed={show === value} onClick={() => setShow(value)}>{words}</button>)}</div>
          {kinds.length < 2 ? null : <select className="field" aria-label="Kind of job" value={kind} onChange={(event) => setKind(event.target.value)}><option value="">Every kind</option>{kinds.map((each) => <option key={each} value={each}>{kindOf(each)}</option>)}</select>}
          {edit ? <Link className="button quiet" href="/workflows">Workflows<Icon name="right" /></Link> : null}
        </div>
      </div>
      {data?.silent === undefined || data.silent.length === 0 ? null : <p className="why" role="status">{data.silent.join(' and ')} {data.silent.length === 1 ? 'does' : 'do'} not answer: what runs there is missing here.</p>}
      {data === undefined ? <Unanswered title="The jobs cannot be shown" error={error} retry={refresh} /> : null}
      {data !== undefined && shown.length === 0 ? <Nothing isNarrowed={jobs.length > 0} showAll={() => { setShow('all'); setKind('') }} /> : null}
      <ul className="stack" aria-label="Jobs">{shown.map((job) => <JobCard key={job.id} job={job} pace={paces.of(job)} onChange={refresh} />)}</ul>
    </div>
  )
}
