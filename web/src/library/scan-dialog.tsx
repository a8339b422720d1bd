import { type FormEvent, useState } from 'react'
import type { JobList, JobView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Dialog } from '../design/dialog.tsx'
import { formatBytes, formatMoment, plural } from '../design/format.ts'

/** How often a running scan is looked at, ms. @default 1500 */
const JOB_POLL_MS = 1500

function Job({ job }: { readonly job: JobView }) {
  const share = job.bytesTotal > 0 ? job.bytesDone / job.bytesTotal : job.state === 'running' ? 0 : 1
  const refused = job.results.filter(({ outcome }) => outcome === 'refused')
  return (
    <li className="card job">
      <div className="row spread"><strong className="cut" title={job.title}>{job.title}</strong><span className={`badge ${job.state}`}>{job.state}</span></div>
      <div className={`bar ${job.state === 'failed' ? 'bad' : ''}`} role="progressbar" aria-label={job.title} aria-valuenow={Math.round(share * 100)}><i style={{ width: `${share * 100}%` }} /></div>
      <p className="small dim num">{job.filesDone} of {plural(job.filesTotal, 'file')} · {formatBytes(job.bytesDone)} · {job.imported} added, {job.known} already there, {job.refused} refused · on {job.node}, {formatMoment(job.startedMs)}</p>
      {job.error === null ? null : <p className="small why">{job.error}</p>}
      {refused.length === 0 ? null : (
        <details className="small">
          <summary>{plural(refused.length, 'file')} refused</summary>
          <ul className="stack">{refused.map(({ path, reason }) => <li key={path}><code>{path}</code><br /><span className="why">{reason ?? 'no reason given'}</span></li>)}</ul>
        </details>
      )}
    </li>
  )
}

/** Adds a folder that lies on the node's own machine, without sending it through the browser; shows the scans so far. */
export function ScanDialog({ onClose }: { readonly onClose: () => void }) {
  const [path, setPath] = useState('')
  const [error, setError] = useState('')
  const { data, refresh } = useResource<JobList>('/jobs', JOB_POLL_MS)
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setError('')
    try {
      await api.post('/scan', { path: path.trim() })
      setPath('')
      refresh()
    } catch (error) {
      setError(error instanceof Error ? error.message : String(error))
    }
  }
  const jobs = data?.jobs.filter(({ kind }) => kind === 'scan') ?? []
  return (
    <Dialog title="Add a folder on the node's machine" onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <label><span className="label">Full path of a file or folder there</span><input className="field mono" value={path} placeholder="/mnt/footage/2026-11" required maxLength={4096} autoFocus onChange={(event) => setPath(event.target.value)} /></label>
        {error === '' ? null : <p className="why" role="alert">{error}</p>}
        <div className="row spread"><span className="small dim">The files are copied into the ring and left where they are.</span><button type="submit" className="button primary" disabled={path.trim() === ''}>Scan</button></div>
      </form>
      {jobs.length === 0 ? null : <ul className="stack" aria-label="Scans">{jobs.map((job) => <Job key={job.id} job={job} />)}</ul>}
    </Dialog>
  )
}
