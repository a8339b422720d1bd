import type { JobView } from '#protocols/http.ts'
import { formatBytes, formatMoment, plural } from '../design/format.ts'

/** What else a scan found, in words. */
function found({ report = {} }: JobView): string {
  const count = (name: string, words: string): string[] => Number(report[name] ?? 0) > 0 ? [`${report[name]} ${words}`] : []
  return [...count('unchanged', 'as they were'), ...count('moved', 'moved'), ...count('changed', 'changed'), ...count('missing', 'missing'), ...count('unreadable', 'could not be read')].join(', ')
}

/** One scan: how far it is, and what became of the files. */
export function ScanJob({ job }: { readonly job: JobView }) {
  const share = job.bytesTotal > 0 ? job.bytesDone / job.bytesTotal : job.state === 'running' ? 0 : 1
  const refused = job.results.filter(({ outcome }) => outcome === 'refused')
  const more = found(job)
  return (
    <li className="card job">
      <div className="row spread"><strong className="cut" title={job.title}>{job.title}</strong><span className={`badge ${job.state}`}>{job.state}</span></div>
      <div className={`bar ${job.state === 'failed' ? 'bad' : ''}`} role="progressbar" aria-label={job.title} aria-valuenow={Math.round(share * 100)}><i style={{ width: `${share * 100}%` }} /></div>
      <p className="small dim num">{job.filesDone} of {plural(job.filesTotal, 'file')} · {formatBytes(job.bytesDone)} · {job.imported} added, {job.known} already there, {job.refused} refused{more === '' ? '' : ` · ${more}`} · on {job.node}, {formatMoment(job.startedMs)}</p>
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
