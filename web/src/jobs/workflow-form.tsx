import { useState } from 'react'
import type { VerbList, WorkflowCheck, WorkflowView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Dialog } from '../design/dialog.tsx'

const EXAMPLE = {
  name: 'Every night', schedule: '0 3 * * *', on_error: 'continue',
  workflow: [{ action: 'scan', root: '/media/incoming' }, { action: 'backup', backup_root: '/media/archive' }, { action: 'stats' }]
}

interface FormProps {
  /** The one to change; undefined: a new one. */
  readonly workflow: WorkflowView | undefined
  readonly onClose: () => void
  readonly onKept: () => void
}

/** A workflow as JSON, checked by the node before it is kept. */
export function WorkflowForm({ workflow, onClose, onKept }: FormProps) {
  const [text, setText] = useState(() => JSON.stringify(workflow?.definition ?? EXAMPLE, null, 2))
  const [said, setSaid] = useState<readonly string[]>([])
  const [isGood, setGood] = useState(false)
  const { data } = useResource<VerbList>('/workflows/verbs')
  const attempt = async (work: (definition: unknown) => Promise<void>): Promise<void> => {
    setGood(false)
    try {
      await work(parse(text))
    } catch (error) {
      setSaid([error instanceof Error ? error.message : String(error)])
    }
  }
  const check = (): Promise<void> => attempt(async (definition) => {
    const { ok, problems } = await api.post<WorkflowCheck>('/workflows/check', definition)
    setSaid(problems.map(({ step, message }) => `${step === null ? '' : `Step ${step}: `}${message}`))
    setGood(ok)
  })
  const keep = (): Promise<void> => attempt(async (definition) => {
    if (workflow === undefined) await api.post('/workflows', definition)
    else await api.put(`/workflows/${encodeURIComponent(workflow.id)}`, definition)
    onKept()
  })
  return (
    <Dialog title={workflow === undefined ? 'New workflow' : `Change ${workflow.definition.name ?? workflow.id}`} onClose={onClose}>
      <form className="stack workflow-form" onSubmit={(event) => { event.preventDefault(); void keep() }}>
        <label><span className="label">Workflow as JSON</span><textarea className="field" value={text} spellCheck={false} maxLength={16_000} autoFocus onChange={(event) => setText(event.target.value)} /></label>
        {said.length === 0 ? null : <ul className="stack why" role="alert">{said.map((line) => <li key={line}>{line}</li>)}</ul>}
        {isGood ? <p role="status">It can be run.</p> : null}
        <details className="small">
          <summary>Actions and events</summary>
          <ul className="stack">{data?.verbs.map(({ action, summary, params, known }) => <li key={action}><code>{action}</code> {summary}{known ? '' : ' (this node does not know it)'}<br /><span className="dim">{Object.keys((params as { properties?: object }).properties ?? {}).join(', ')}</span></li>)}</ul>
          <p className="dim">Events: {data?.events.join(', ')}. In a step, {'{event.path}'} stands for a value of the event.</p>
        </details>
        <div className="row spread"><button type="button" className="button" onClick={() => void check()}>Check</button><button type="submit" className="button primary">Keep</button></div>
      </form>
    </Dialog>
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`This is no JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
