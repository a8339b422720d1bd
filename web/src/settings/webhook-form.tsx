import { type FormEvent, useState } from 'react'
import type { VerbList, WebhookChange, WebhookView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Dialog } from '../design/dialog.tsx'
import { useAct } from '../organise/use-act.ts'

const ALL = '*'

/** A webhook as the node answers it; with its secret, once, when the node made that. */
export type Made = WebhookView & { readonly secret?: string }

interface FormProps {
  /** The one to change; undefined: a new one. */
  readonly webhook: WebhookView | undefined
  readonly onClose: () => void
  readonly onKept: (made: Made) => void
}

/** An address to call, and the events it is told of. */
export function WebhookForm({ webhook, onClose, onKept }: FormProps) {
  const [url, setUrl] = useState(webhook?.url ?? '')
  const [name, setName] = useState(webhook?.name ?? '')
  const [events, setEvents] = useState<readonly string[]>(webhook?.events ?? [])
  const [allowPrivate, setAllowPrivate] = useState(webhook?.allowPrivate ?? false)
  const [enabled, setEnabled] = useState(webhook?.enabled ?? true)
  const { data, error } = useResource<VerbList>('/workflows/verbs')
  const { busy, why, act } = useAct(() => undefined)
  const topics = [...new Set([...data?.events ?? [], ...events])].filter((topic) => topic !== ALL)
  const turn = (topic: string, on: boolean): void => setEvents(on ? [...events, topic] : events.filter((one) => one !== topic))
  const save = (event: FormEvent): void => {
    event.preventDefault()
    const change: WebhookChange = { url: url.trim(), name: name.trim(), events: [...events], allowPrivate, enabled }
    void act(async () => onKept(await (webhook === undefined ? api.post<Made>('/webhooks', change) : api.patch<Made>(`/webhooks/${encodeURIComponent(webhook.id)}`, change))))
  }
  return (
    <Dialog title={webhook === undefined ? 'Add a webhook' : 'Change the webhook'} onClose={onClose}>
      <form className="stack" onSubmit={save}>
        <label><span className="label">Address that is called</span><input className="field mono" name="url" type="url" required autoFocus minLength={8} maxLength={2048} placeholder="https://example.org/hook" value={url} onChange={(event) => setUrl(event.target.value)} /></label>
        <label><span className="label">Name; empty: its address</span><input className="field" name="name" maxLength={200} value={name} onChange={(event) => setName(event.target.value)} /></label>
        <fieldset className="topics">
          <legend className="label">Told of</legend>
          <label><input type="checkbox" checked={events.includes(ALL)} onChange={(event) => setEvents(event.target.checked ? [ALL] : [])} />everything but what comes every second</label>
          {topics.map((topic) => <label key={topic}><input type="checkbox" disabled={events.includes(ALL)} checked={events.includes(topic)} onChange={(event) => turn(topic, event.target.checked)} /><code>{topic}</code></label>)}
          {error === undefined ? null : <p className="why">{error.message}</p>}
        </fieldset>
        <label className="row"><input type="checkbox" checked={allowPrivate} onChange={(event) => setAllowPrivate(event.target.checked)} /><span>The address is meant to be of this machine or its network</span></label>
        {webhook === undefined ? null : <label className="row"><input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.target.checked)} /><span>It is called</span></label>}
        {why === '' ? null : <p className="why" role="alert">{why}</p>}
        <div className="row end"><button type="submit" className="button primary" disabled={busy || events.length === 0}>{webhook === undefined ? 'Add' : 'Save'}</button></div>
      </form>
    </Dialog>
  )
}
