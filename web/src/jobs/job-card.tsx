import { useState } from 'react'
import type { JobView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { formatAge, formatMoment, plural } from '../design/format.ts'
import { toast } from '../design/toast.tsx'
import { useMay } from '../shell/use-may.ts'
import { amountOf, kindOf, ordersOf, outcomeOf, paceWords, shareOf } from './job-words.ts'
import type { Pace } from './pace.ts'
import { Steps } from './steps.tsx'

const ORDER_WORDS = { pause: 'Pause', resume: 'Go on', cancel: 'Cancel', retry: 'Try again' } as const

/** One job: where it runs, how far it is, how fast, what to do about it, and why files are not in. */
export function JobCard({ job, pace, onChange }: { readonly job: JobView; readonly pace: Pace | undefined; readonly onChange: () => void }) {
  const [busy, setBusy] = useState(false)
  const share = shareOf(job)
  const orders = useMay().edit ? ordersOf(job) : []
  const isRunning = job.state === 'running'
  const order = async (word: keyof typeof ORDER_WORDS): Promise<void> => {
    setBusy(true)
    try {
      await api.post(`/jobs/${encodeURIComponent(job.id)}/${word}`, {})
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), 'bad')
    }
    setBusy(false)
    onChange()
  }
  const facts = [amountOf(job), paceWords(pace, isRunning), outcomeOf(job)].filter((part) => part !== '')
  return (
    <li className="card job-card" data-job={job.id}>
      <div className="row spread wrap">
        <div className="row job-name"><span className="badge">{kindOf(job.kind)}</span><strong className="cut" title={job.title}>{job.title}</strong></div>
        <span className={`badge state-${job.state}`}>{job.state}</span>
      </div>
      <div className={`bar ${job.state === 'failed' ? 'bad' : job.state === 'paused' || job.state === 'interrupted' ? 'warn' : ''}`} role="progressbar" aria-label={job.title} aria-valuenow={Math.round(share * 100)}><i style={{ width: `${share * 100}%` }} /></div>
      {job.step === undefined || job.endedMs !== null ? null : <p className="small">{job.step}</p>}
      {facts.length === 0 ? null : <p className="small dim num">{facts.join(' · ')}</p>}
      <p className="small dim num">on {job.node}, {formatMoment(job.startedMs)}{job.endedMs === null ? '' : `, took ${formatAge(Math.max(1000, job.endedMs - job.startedMs))}`}</p>
      {job.error === null ? null : <p className="small why" role="note">{job.error}</p>}
      <Steps report={job.report} />
      <Refused job={job} />
      {orders.length === 0 ? null : (
        <div className="row wrap">{orders.map((word) => <button key={word} type="button" className={`button ${word === 'cancel' ? 'quiet' : ''}`} disabled={busy} onClick={() => void order(word)}>{ORDER_WORDS[word]}</button>)}</div>
      )}
    </li>
  )
}

/** Files that are not in, and why. */
function Refused({ job }: { readonly job: JobView }) {
  const refused = job.results.filter(({ outcome }) => outcome === 'refused')
  if (refused.length === 0) return null
  return (
    <details className="small">
      <summary>Why {plural(job.refused, 'file')} {job.refused === 1 ? 'was' : 'were'} refused</summary>
      <ul className="stack">{refused.map(({ path, reason }) => <li key={path}><code className="path">{path}</code><br /><span className="why">{reason ?? 'no reason given'}</span></li>)}</ul>
      {job.refused > refused.length ? <p className="dim">and {(job.refused - refused.length).toLocaleString('en')} more</p> : null}
    </details>
  )
}
