import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { JobList, RollFiles, RollView } from '#protocols/http.ts'
import { API, api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { Dialog } from '../design/dialog.tsx'
import { formatBytes, formatMoment, plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { jobOfRoll, Phases } from './phases.tsx'
import { JOBS_POLL_MS } from './rolls-page.tsx'
import { SafeNodes, SafeState } from './safe-state.tsx'
import { SAFE_POLL_MS, useSafe } from './use-safe.ts'
import './rolls.css'

/** Files shown at once. @default 500 */
const SHOWN = 500

function Facts({ roll }: { readonly roll: RollView }) {
  const twice = roll.sourceReads.direct + roll.sourceReads.cached
  const facts: readonly (readonly [string, string])[] = [
    ['Files', `${plural(roll.files, 'file')}, ${formatBytes(roll.bytes)}, ${plural(roll.clips, 'clip')}`], ['Card', roll.card], ['Read by', `${roll.node}${roll.zone === '' || roll.zone === roll.node ? '' : `, ${roll.zone}`}`], ['When', `${formatMoment(roll.startedMs)}${roll.endedMs > 0 ? ` to ${formatMoment(roll.endedMs)}` : ''}`],
    ['Operator', roll.operator], ['Where', roll.location], ['Comment', roll.comment], ['Copies in folders', roll.to.join(', ')], ['Card read twice', twice === 0 ? '' : `${plural(twice, 'file')}, ${roll.sourceReads.direct} past the page cache`], ['Hashes', roll.hashes.join(', ')]
  ]
  return <dl className="roll-facts">{facts.filter(([, value]) => value !== '').map(([label, value]) => <div key={label}><dt>{label}</dt><dd>{value}</dd></div>)}</dl>
}

function Downloads({ base, files }: { readonly base: string; readonly files: RollFiles | undefined }) {
  return (
    <div className="row wrap roll-downloads" role="group" aria-label="Downloads">
      <a className="button" href={`${API}${base}/report.pdf`} download><Icon name="download" />Report (PDF)</a>
      <a className="button" href={`${API}${base}/report.html`} download><Icon name="download" />Report (HTML)</a>
      {files?.mhl.map(({ path }) => <a key={path} className="button quiet" href={`${API}${base}/mhl?path=${encodeURIComponent(path)}`} download><Icon name="download" /><span className="cut">{path}</span></a>)}
    </div>
  )
}

function Files({ base, files }: { readonly base: string; readonly files: RollFiles }) {
  return (
    <section aria-label="Files">
      <table className="roll-files">
        <thead><tr><th scope="col">File</th><th scope="col">Size</th><th scope="col">Hash</th></tr></thead>
        <tbody>
          {files.files.map(({ path, size, hashes, asset, sha256 }) => (
            <tr key={path}>
              <td>{asset ? <Link href={`/library/${sha256}`}>{path}</Link> : <a href={`${API}${base}/file?path=${encodeURIComponent(path)}`} download>{path}</a>}</td>
              <td className="num">{formatBytes(size)}</td><td><code title={Object.entries(hashes).map(([format, hash]) => `${format} ${hash}`).join('\n')}>{Object.values(hashes).at(-1)}</code></td>
            </tr>
          ))}
        </tbody>
      </table>
      {files.total > files.files.length ? <p className="small dim">{plural(files.total - files.files.length, 'more file')}: all of them are in the report.</p> : null}
    </section>
  )
}

/** One card: whether it is safe to format, why not, and all that is known of its files. */
export function RollPage({ id }: { readonly id: string }) {
  const base = `/rolls/${encodeURIComponent(id)}`
  const { data: roll, error, refresh } = useResource<RollView>(base, SAFE_POLL_MS)
  const state = useSafe(id)
  const files = useResource<RollFiles>(`${base}/files?limit=${SHOWN}`)
  const jobs = useResource<JobList>('/jobs', JOBS_POLL_MS)
  const [, navigate] = useLocation()
  const [removing, setRemoving] = useState(false)
  const { administer, edit } = useMay()
  useTitle(roll?.name ?? 'Card')
  const act = async (work: () => Promise<unknown>, done: () => void): Promise<void> => {
    try {
      await work()
      done()
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), 'bad')
    }
  }
  const job = jobOfRoll(jobs.data?.jobs, id)
  if (roll === undefined) {
    if (error === undefined) return <div className="page"><div className="skeleton roll-skeleton" aria-busy="true" /></div>
    return <div className="page">{error.status === 404 ? <Notice isWhole icon="card" title="This card is not known" actions={<Link className="button" href="/rolls">All cards</Link>}>Somebody made the ring forget it, or this node has not heard of it yet.</Notice> : <Failure isWhole title="This card cannot be shown" error={error} retry={refresh} />}</div>
  }
  return (
    <div className="page">
      <div className="page-head">
        <div className="row"><Back href="/rolls" to="All cards" /><h1 className="cut">{roll.name}</h1></div>
        <div className="row wrap">
          {edit ? <button type="button" className="button" disabled={roll.jobId !== ''} onClick={() => void act(() => api.post(`${base}/verify`, {}), jobs.refresh)}>Read back again</button> : null}
          {administer ? <button type="button" className="button danger" disabled={roll.jobId !== ''} onClick={() => setRemoving(true)}>Forget</button> : null}
        </div>
      </div>
      <SafeState state={state} />
      {job === undefined || job.state === 'done' ? null : <Phases job={job} onOrder={() => { jobs.refresh(); refresh() }} />}
      {state.safe === undefined ? null : <SafeNodes safe={state.safe} />}
      {roll.failures.length === 0 ? null : <section aria-label="Not copied or not verified"><h2>Not copied or not verified</h2><ul>{roll.failures.map(({ path, reason }) => <li key={path}><code>{path}</code>: <span className="why">{reason}</span></li>)}</ul></section>}
      <Downloads base={base} files={files.data} />
      <Facts roll={roll} />
      {files.data === undefined ? null : <Files base={base} files={files.data} />}
      {removing ? (
        <Dialog title="Forget this card?" onClose={() => setRemoving(false)}>
          <p>Its list, its history and those of its files that are not in the library are given up. Its clips stay in the library.</p>
          <div className="row end">
            <button type="button" className="button" autoFocus onClick={() => setRemoving(false)}>Keep</button>
            <button type="button" className="button danger" onClick={() => void act(() => api.remove(base), () => navigate('/rolls'))}>Forget</button>
          </div>
        </Dialog>
      ) : null}
    </div>
  )
}
