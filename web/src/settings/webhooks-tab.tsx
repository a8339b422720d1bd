import { useState } from 'react'
import type { WebhookList, WebhookView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Command } from '../design/command.tsx'
import { Dialog } from '../design/dialog.tsx'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { type Made, WebhookForm } from './webhook-form.tsx'
import { WebhookLog } from './webhook-log.tsx'
import './webhooks.css'

interface LineProps {
  readonly webhook: WebhookView
  readonly act: (work: Promise<unknown>, said: string) => void
  readonly edit: () => void
  readonly remove: () => void
}

/** One address: what it is told, whether it is told now, and what became of the last calls. */
function WebhookLine({ webhook: { id, name, url, events, enabled }, act, edit, remove }: LineProps) {
  const [logged, setLogged] = useState(false)
  const path = `/webhooks/${encodeURIComponent(id)}`
  const test = (): void => {
    setLogged(true)
    act(api.post(`${path}/test`, {}), 'A test is on its way; the deliveries say what became of it.')
  }
  return (
    <li className="card webhook" data-webhook={id}>
      <div className="row spread wrap"><strong className="cut">{name || url}</strong><span className="badge">{enabled ? 'called' : 'switched off'}</span></div>
      <p className="small dim"><code className="path">{url}</code></p>
      <p className="small">{events.includes('*') ? 'Everything but what comes every second' : events.join(', ')}</p>
      <div className="row wrap">
        <button type="button" className="button" disabled={!enabled} onClick={test}>Send a test</button>
        <button type="button" className="button" aria-expanded={logged} onClick={() => setLogged(!logged)}>Deliveries</button>
        <button type="button" className="button quiet" aria-label={`Change ${name || url}`} onClick={edit}>Change…</button>
        <button type="button" className="button quiet" aria-label={`Remove ${name || url}`} onClick={remove}><Icon name="trash" />Remove</button>
      </div>
      {logged ? <WebhookLog path={path} /> : null}
    </li>
  )
}

/** Addresses that are called when something happens. */
export function WebhooksTab() {
  const { data, error, refresh } = useResource<WebhookList>('/webhooks')
  const [editing, setEditing] = useState<WebhookView | 'new'>()
  const [removing, setRemoving] = useState<WebhookView>()
  const [secret, setSecret] = useState<string>()
  const act = (work: Promise<unknown>, said: string): void => { work.then(() => { toast(said); refresh() }, (reason: Error) => toast(reason.message, 'bad')) }
  const kept = (made: Made): void => { setEditing(undefined); setSecret(made.secret); refresh() }
  const add = <button type="button" className="button primary" onClick={() => setEditing('new')}><Icon name="plus" />Add a webhook</button>
  if (error !== undefined && data === undefined) return <Failure title="The webhooks cannot be shown" error={error} retry={refresh} />
  return (
    <section className="stack" aria-label="Webhooks">
      {data === undefined ? <div className="skeleton webhook-skeleton" aria-busy="true" /> : null}
      {data?.webhooks.length === 0 ? <Notice icon="link" title="No address is called yet" actions={add}>When something happens (a recording ends, a card is plugged in, an alarm rises) the node that tells of it calls an address of yours. Calls are signed, and tried again for two days.</Notice> : null}
      {data === undefined || data.webhooks.length === 0 ? null : <div className="row wrap">{add}</div>}
      <ul className="stack" aria-label="Webhooks">{data?.webhooks.map((webhook) => <WebhookLine key={webhook.id} webhook={webhook} act={act} edit={() => setEditing(webhook)} remove={() => setRemoving(webhook)} />)}</ul>
      {editing === undefined ? null : <WebhookForm webhook={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} onKept={kept} />}
      {secret === undefined ? null : (
        <Dialog title="The secret its calls are signed with" onClose={() => setSecret(undefined)}>
          <p className="dim">Shown this once. The receiver checks each call’s signature with it, and takes no other.</p>
          <Command text={secret} />
        </Dialog>
      )}
      {removing === undefined ? null : (
        <Dialog title="Call it no more?" onClose={() => setRemoving(undefined)}>
          <p><code className="path">{removing.url}</code> hears of nothing any more; calls that wait are dropped.</p>
          <div className="row end"><button type="button" className="button" autoFocus onClick={() => setRemoving(undefined)}>Keep it</button><button type="button" className="button danger" onClick={() => { setRemoving(undefined); act(api.remove(`/webhooks/${encodeURIComponent(removing.id)}`), 'It is called no more.') }}>Remove</button></div>
        </Dialog>
      )}
    </section>
  )
}
