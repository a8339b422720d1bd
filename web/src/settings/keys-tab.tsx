import { type FormEvent, useState } from 'react'
import type { ApiKeyList, ApiKeyMade, ScopeName } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Command } from '../design/command.tsx'
import { formatMoment } from '../design/format.ts'
import { Unanswered } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { Ends, endsAt } from './ends.tsx'

const SCOPES: readonly { readonly scope: ScopeName; readonly what: string }[] = [
  { scope: 'read', what: 'look at everything' }, { scope: 'edit', what: 'change the library' }, { scope: 'admin', what: 'everything' },
  { scope: 'ingest', what: 'bring files in' }, { scope: 'live', what: 'watch cameras' }, { scope: 'publish', what: 'be a camera' }
]

/** Keys for programs. */
export function KeysTab() {
  const { data, error, refresh } = useResource<ApiKeyList>('/keys')
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly ScopeName[]>(['read'])
  const [days, setDays] = useState(0)
  const [made, setMade] = useState<ApiKeyMade>()
  const make = (event: FormEvent): void => {
    event.preventDefault()
    api.post<ApiKeyMade>('/keys', { name, scopes, expiresMs: endsAt(days) }).then((one) => { setMade(one); setName(''); refresh() }, (error: Error) => toast(error.message, 'bad'))
  }
  const remove = (id: string, name: string): void => { api.remove(`/keys/${id}`).then(() => { toast(`${name} opens nothing any more.`); refresh() }, (error: Error) => toast(error.message, 'bad')) }
  if (data === undefined) return <Unanswered title="The keys cannot be shown" error={error} retry={refresh} />
  return (
    <section className="stack" aria-label="Keys">
      <form className="stack" onSubmit={make}>
        <label><span className="label">What the key is for</span><input className="field" value={name} maxLength={100} required onChange={(event) => setName(event.target.value)} /></label>
        <div className="checks" role="group" aria-label="What it may">{SCOPES.map(({ scope, what }) => (
          <label key={scope}><input type="checkbox" checked={scopes.includes(scope)} onChange={(event) => setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))} /><span><strong>{scope}</strong> <span className="dim">{what}</span></span></label>
        ))}</div>
        <div className="row wrap"><Ends days={days} onChange={setDays} /><button className="button primary" disabled={scopes.length === 0}>Make a key</button></div>
        {made === undefined ? null : <><p className="dim">The key {made.key.name}, shown this once. Programs send it as Authorization: Bearer.</p><Command text={made.token} /></>}
      </form>
      {data.keys.length === 0 ? <p className="dim">No key was made yet. Programs that are to do something here need one: say what it is for, and make it.</p> : (
        <div className="scroll">
          <table className="people-table">
            <thead><tr><th>Key</th><th>May</th><th>Until</th><th>Made by</th><th><span className="hidden">Revoke</span></th></tr></thead>
            <tbody>{data.keys.map((key) => (
              <tr key={key.id}><td>{key.name}</td><td>{key.scopes.join(', ')}</td><td>{key.expiresMs === 0 ? 'it is revoked' : formatMoment(key.expiresMs)}</td><td>{key.by}</td>
                <td><button type="button" className="button quiet" aria-label={`Revoke ${key.name}`} onClick={() => remove(key.id, key.name)}>Revoke</button></td></tr>
            ))}</tbody>
          </table>
        </div>
      )}
    </section>
  )
}
