import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import type { SessionView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Dialog } from '../design/dialog.tsx'
import { Icon } from '../design/icon.tsx'
import { toast } from '../design/toast.tsx'

/** How often it is asked who is signed in, ms. @default 60000 */
const SESSION_POLL_MS = 60_000

/** The node's answer to who is at this page. */
export const useSessionAnswer = (): ReturnType<typeof useResource<SessionView>> => useResource<SessionView>('/session', SESSION_POLL_MS)

/** Who is at this page, as soon as it is known. */
export const useSession = (): SessionView | undefined => useSessionAnswer().data

const leave = (path: string): void => { api.remove(path).then(() => location.assign('/login'), (error: Error) => toast(error.message, 'bad')) }

/** Who is signed in, and the ways out; nothing on a node that asks nobody. */
export function AccountMenu() {
  const session = useSession()
  const [open, setOpen] = useState(false)
  if (session === undefined || !session.accounts) return null
  return (
    <>
      <button type="button" className="button quiet icon account" aria-label={`Account ${session.name}`} title={`${session.name}, ${session.role}`} onClick={() => setOpen(true)}><Icon name="people" /></button>
      {open ? (
        <Dialog title={session.name} onClose={() => setOpen(false)}>
          <p className="dim">{session.kind === 'user' ? `Signed in as ${session.role}.` : 'Signed in with the admin token of this node.'}</p>
          {session.kind === 'user' ? <PasswordForm onDone={() => setOpen(false)} /> : null}
          <div className="row wrap">
            <Link className="button" href="/settings" onClick={() => setOpen(false)}>Settings</Link>
            {session.kind === 'user'
              ? <><button type="button" className="button" onClick={() => leave('/session')}>Sign out</button><button type="button" className="button quiet" onClick={() => leave('/session/all')}>Sign out everywhere</button></>
              : <button type="button" className="button" onClick={() => { void fetch('/logout', { method: 'POST' }).finally(() => location.assign('/login')) }}>Sign out</button>}
          </div>
        </Dialog>
      ) : null}
    </>
  )
}

function PasswordForm({ onDone }: { readonly onDone: () => void }) {
  const [words, setWords] = useState({ current: '', password: '' })
  const [error, setError] = useState('')
  const send = (event: FormEvent): void => {
    event.preventDefault()
    api.put('/session/password', words).then(() => { toast('Your password was changed. All other sessions have ended.'); onDone() }, (error: Error) => setError(error.message))
  }
  return (
    <details>
      <summary>Change the password</summary>
      <form className="stack" onSubmit={send}>
        <label><span className="label">Current password</span><input className="field" type="password" autoComplete="current-password" required value={words.current} onChange={(event) => setWords({ ...words, current: event.target.value })} /></label>
        <label><span className="label">New password, at least 10 characters</span><input className="field" type="password" autoComplete="new-password" minLength={10} required value={words.password} onChange={(event) => setWords({ ...words, password: event.target.value })} /></label>
        {error === '' ? null : <p className="why" role="alert">{error}</p>}
        <div><button className="button primary">Change it</button></div>
      </form>
    </details>
  )
}
