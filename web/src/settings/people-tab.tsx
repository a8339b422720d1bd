import { type FormEvent, useState } from 'react'
import type { AlbumRightView, RoleName, UserEdit, UserList, UserMade, UserView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Command } from '../design/command.tsx'
import { Dialog } from '../design/dialog.tsx'
import { plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Notice, Unanswered } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'

const ROLES: readonly { readonly role: RoleName; readonly what: string }[] = [
  { role: 'viewer', what: 'looks and downloads' }, { role: 'editor', what: 'changes the library, operates cameras, shares' }, { role: 'admin', what: 'decides about the ring and its people' }
]
const PATH = '/users'

/** Accounts: who is in the ring, with which role, and what they see. */
export function PeopleTab() {
  const { data, error, refresh } = useResource<UserList>(PATH)
  const [open, setOpen] = useState<UserView | 'new'>()
  const [made, setMade] = useState<UserMade>()
  if (data === undefined) return <Unanswered title="The accounts cannot be shown" error={error} retry={refresh} />
  const done = (): void => { setOpen(undefined); refresh() }
  return (
    <section className="stack" aria-label="Accounts">
      <div className="row wrap"><button type="button" className="button primary" onClick={() => setOpen('new')}><Icon name="plus" />Add a person</button></div>
      {data.users.length === 0 ? <Notice icon="people" title="Nobody has an account yet">Whoever sits at this machine is the administrator. Accounts are for those who come from elsewhere: they hold on every node.</Notice> : null}
      {data.users.length === 0 ? null : (
        <div className="scroll">
          <table className="people-table">
            <thead><tr><th>Name</th><th>Role</th><th>Sees</th><th>State</th><th><span className="hidden">Change</span></th></tr></thead>
            <tbody>{data.users.map((user) => (
              <tr key={user.id} className={user.disabled ? 'closed' : undefined}>
                <td>{user.name}</td><td>{user.role}</td><td>{user.limited ? plural(user.albums.length, 'album') : 'everything'}</td><td>{user.disabled ? 'disabled' : 'active'}</td>
                <td><button type="button" className="button quiet" aria-label={`Change ${user.name}`} onClick={() => setOpen(user)}>Change</button></td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
      {open === undefined ? null : <PersonDialog user={open === 'new' ? undefined : open} albums={data.albums} onClose={() => setOpen(undefined)} onMade={(one) => { setMade(one); done() }} onDone={done} />}
      {made?.password == null ? null : (
        <Dialog title={`${made.user.name} can sign in`} onClose={() => setMade(undefined)}>
          <p className="dim">Pass the password on; it is shown this once. It can be changed behind the account’s button.</p>
          <Command text={made.password} />
        </Dialog>
      )}
    </section>
  )
}

interface PersonProps { readonly user: UserView | undefined; readonly albums: UserList['albums']; readonly onClose: () => void; readonly onMade: (made: UserMade) => void; readonly onDone: () => void }

function PersonDialog({ user, albums, onClose, onMade, onDone }: PersonProps) {
  const [name, setName] = useState(user?.name ?? '')
  const [role, setRole] = useState<RoleName>(user?.role ?? 'viewer')
  const [limited, setLimited] = useState(user?.limited ?? false)
  const [rights, setRights] = useState<readonly AlbumRightView[]>(user?.albums ?? [])
  const [password, setPassword] = useState('')
  const [error, setError] = useState('')
  const act = (work: Promise<unknown>, said: string): void => { work.then(() => { if (said !== '') toast(said); onDone() }, (error: Error) => setError(error.message)) }
  const change = (edit: UserEdit, said: string): void => act(api.patch(`${PATH}/${user?.id}`, edit), said)
  const save = (event: FormEvent): void => {
    event.preventDefault()
    const wanted = { name, role, limited: role !== 'admin' && limited, albums: [...rights] }
    if (user === undefined) api.post<UserMade>(PATH, { ...wanted, ...(password !== '' && { password }) }).then((made) => { if (made.password === null) toast(`${made.user.name} can sign in.`); onMade(made) }, (error: Error) => setError(error.message))
    else change({ ...wanted, ...(password !== '' && { password }) }, `${name} was changed.`)
  }
  const allow = (album: string, may: AlbumRightView['may'] | ''): void => setRights([...rights.filter((right) => right.album !== album), ...may === '' ? [] : [{ album, may }]])
  return (
    <Dialog title={user === undefined ? 'Add a person' : user.name} onClose={onClose}>
      <form className="stack" onSubmit={save}>
        <label><span className="label">Name</span><input className="field" value={name} maxLength={64} required autoFocus autoComplete="off" onChange={(event) => setName(event.target.value)} /></label>
        <label><span className="label">Role</span><select className="field full" value={role} onChange={(event) => setRole(event.target.value as RoleName)}>{ROLES.map((one) => <option key={one.role} value={one.role}>{one.role}: {one.what}</option>)}</select></label>
        <label><span className="label">{user === undefined ? 'Password; one is made when it is left empty' : 'New password; empty: as it is'}</span><input className="field" type="password" autoComplete="new-password" minLength={10} value={password} onChange={(event) => setPassword(event.target.value)} /></label>
        {role === 'admin' ? null : <div className="checks"><label><input type="checkbox" checked={limited} onChange={(event) => setLimited(event.target.checked)} />Sees single albums only, and nothing else of the ring</label></div>}
        {role === 'admin' || !limited ? null : albums.length === 0 ? <p className="dim">There are no albums yet.</p> : albums.map((album) => (
          <label key={album.id} className="row spread"><span className="cut">{album.name}</span>
            <select className="field" aria-label={`Album ${album.name}`} value={rights.find((right) => right.album === album.id)?.may ?? ''} onChange={(event) => allow(album.id, event.target.value as AlbumRightView['may'] | '')}><option value="">not</option><option value="see">sees it</option>{role === 'editor' ? <option value="edit">edits it</option> : null}</select>
          </label>
        ))}
        {error === '' ? null : <p className="why" role="alert">{error}</p>}
        <div className="row wrap">
          <button className="button primary">{user === undefined ? 'Add' : 'Save'}</button>
          {user === undefined ? null : <>
            <button type="button" className="button" onClick={() => change({ disabled: !user.disabled }, user.disabled ? `${user.name} may sign in again.` : `${user.name} is signed out everywhere and may not sign in.`)}>{user.disabled ? 'Enable' : 'Disable'}</button>
            <button type="button" className="button" onClick={() => act(api.post(`${PATH}/${user.id}/sign-out`, {}), `All sessions of ${user.name} have ended.`)}>Sign out everywhere</button>
            <button type="button" className="button danger" onClick={() => act(api.remove(`${PATH}/${user.id}`), `${user.name} was removed.`)}>Remove</button>
          </>}
        </div>
      </form>
    </Dialog>
  )
}
