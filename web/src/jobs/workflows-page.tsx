import { useState } from 'react'
import type { JobList, WorkflowList, WorkflowView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { Dialog } from '../design/dialog.tsx'
import { formatMoment } from '../design/format.ts'
import { Notice, Unanswered } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { JobCard } from './job-card.tsx'
import { WorkflowForm } from './workflow-form.tsx'
import './jobs.css'

/** How often runs are asked for, ms. @default 2500 */
const RUNS_POLL_MS = 2_500
/** Runs shown. @default 30 */
const RUNS_SHOWN = 30

const said = (error: unknown): void => toast(error instanceof Error ? error.message : String(error), 'bad')

/** What begins it, in words. */
function beginsBy({ definition, nextMs, runsOn }: WorkflowView): string {
  if (definition.enabled === false) return 'switched off: begun by hand only'
  const event = typeof definition.on === 'string' ? definition.on : definition.on?.event
  const parts = [definition.schedule === undefined ? '' : `${definition.schedule}${nextMs === null ? '' : `, next ${formatMoment(nextMs)}`}${runsOn === null ? '' : ` on ${runsOn}`}`, event === undefined ? '' : `when ${event}`]
  return parts.filter((part) => part !== '').join('; ') || 'begun by hand'
}

function Card({ workflow, onEdit, onForget, onRun }: { readonly workflow: WorkflowView; readonly onEdit: () => void; readonly onForget: () => void; readonly onRun: () => void }) {
  const { id, definition, problems } = workflow
  const { administer, edit } = useMay()
  const run = (dryRun: boolean): void => void api.post(`/workflows/${encodeURIComponent(id)}/run`, dryRun ? { dry_run: true } : {}).then(onRun, said)
  return (
    <li className="card job-card" data-workflow={id}>
      <div className="row spread wrap"><strong className="cut">{definition.name ?? id}</strong><code className="dim">{id}</code></div>
      <p>{definition.workflow.map(({ action }) => action).join(', then ')}</p>
      <p className="small dim">{beginsBy(workflow)}</p>
      {problems.map(({ step, message }) => <p key={message} className="small why">{step === null ? '' : `Step ${step}: `}{message}</p>)}
      <div className="row wrap">
        {edit ? <><button type="button" className="button" onClick={() => run(false)}>Run now</button><button type="button" className="button" onClick={() => run(true)}>Dry run</button></> : null}
        {administer ? <><button type="button" className="button quiet" onClick={onEdit}>Edit</button><button type="button" className="button quiet" onClick={onForget}>Forget</button></> : null}
      </div>
    </li>
  )
}

/** Workflows: written, checked, kept on every node, run now, on a schedule or by an event; and what became of their runs. */
export function WorkflowsPage() {
  useTitle('Workflows')
  const { data, error, refresh } = useResource<WorkflowList>('/workflows')
  const runs = useResource<JobList>('/workflows/history', RUNS_POLL_MS)
  const [edited, setEdited] = useState<WorkflowView | 'new'>()
  const [asked, setAsked] = useState<WorkflowView>()
  const forget = async (): Promise<void> => {
    await api.remove(`/workflows/${encodeURIComponent(asked?.id ?? '')}`).catch(said)
    setAsked(undefined)
    refresh()
  }
  const add = useMay().administer ? <button type="button" className="button primary" onClick={() => setEdited('new')}>New workflow</button> : null
  return (
    <div className="page">
      <div className="page-head"><div className="row"><Back href="/jobs" to="Back to the jobs" /><h1>Workflows</h1></div>{data === undefined || data.workflows.length === 0 ? null : add}</div>
      {data === undefined ? <Unanswered title="The workflows cannot be shown" error={error} retry={refresh} /> : null}
      {data?.workflows.length === 0 ? <Notice icon="statistics" title="No workflow is kept" actions={add}>A workflow does one thing after the other: scan a folder, back up, verify, export… when you say so, at a time of the day, or when a card is inserted or a recording ends.</Notice> : null}
      <ul className="stack" aria-label="Workflows">{data?.workflows.map((workflow) => <Card key={workflow.id} workflow={workflow} onEdit={() => setEdited(workflow)} onForget={() => setAsked(workflow)} onRun={runs.refresh} />)}</ul>
      {runs.data === undefined || runs.data.jobs.length === 0 ? null : <>
        <h2 className="runs-head">Runs</h2>
        <ul className="stack" aria-label="Runs">{runs.data.jobs.slice(0, RUNS_SHOWN).map((job) => <JobCard key={job.id} job={job} pace={undefined} onChange={runs.refresh} />)}</ul>
      </>}
      {edited === undefined ? null : <WorkflowForm workflow={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} onKept={() => { setEdited(undefined); refresh() }} />}
      {asked === undefined ? null : (
        <Dialog title="Forget this workflow?" onClose={() => setAsked(undefined)}>
          <p><strong>{asked.definition.name ?? asked.id}</strong> is begun no more, on no node. What became of its runs stays in the list.</p>
          <div className="row end"><button type="button" className="button" autoFocus onClick={() => setAsked(undefined)}>Keep it</button><button type="button" className="button danger" onClick={() => void forget()}>Forget it</button></div>
        </Dialog>
      )}
    </div>
  )
}
