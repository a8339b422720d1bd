import { type FormEvent, useState } from 'react'
import type { CardList, JobView, OffloadRequest } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Dialog } from '../design/dialog.tsx'
import { formatBytes } from '../design/format.ts'
import { safeWords } from './safe-state.tsx'

/** How often it is looked for cards while the dialog is open, ms. @default 3000 */
const CARDS_POLL_MS = 3_000

/** Cards that are plugged in now, to be chosen. */
function Cards({ chosen, choose }: { readonly chosen: string; readonly choose: (path: string, name: string) => void }) {
  const { data, error } = useResource<CardList>('/cards', CARDS_POLL_MS)
  if (data === undefined && error !== undefined) return <p className="small why" role="alert">{error.message}</p>
  if (data === undefined) return <p className="small dim">Looking for cards…</p>
  if (data.cards.length === 0) return <p className="small dim">No card is mounted on the node's machine. Plug one in, or name its folder.</p>
  return (
    <ul className="stack" aria-label="Cards found on the node">
      {data.cards.map(({ path, name, kind, bytes, roll }) => (
        <li key={path}>
          <button type="button" className="button card-choice" aria-pressed={chosen === path} onClick={() => choose(path, name)}>
            <strong className="cut">{name}</strong><span className="small dim">{[kind, bytes === 0 ? '' : formatBytes(bytes), path].filter((part) => part !== '').join(' · ')}</span>
            {roll === null ? <span className="small dim">Not offloaded yet</span> : <span className={`badge safe-badge ${roll.safe ? 'safe' : 'unsafe'}`} data-safe={String(roll.safe)}>{safeWords({ safe: roll })}</span>}
            {roll?.reasons[0] === undefined ? null : <span className="small why">{roll.reasons[0]}</span>}
          </button>
        </li>
      ))}
    </ul>
  )
}

/** Chooses a card of the node's machine and begins. */
export function OffloadDialog({ onClose, onBegun }: { readonly onClose: () => void; readonly onBegun: (job: JobView) => void }) {
  const [card, setCard] = useState('')
  const [name, setName] = useState('')
  const [to, setTo] = useState('')
  const [twice, setTwice] = useState(true)
  const [operator, setOperator] = useState('')
  const [location, setLocation] = useState('')
  const [error, setError] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setError('')
    setBusy(true)
    const folders = to.split('\n').map((line) => line.trim()).filter((line) => line !== '')
    const request: OffloadRequest = {
      card: card.trim(), verify: twice ? 'source+copy' : 'copy', ...(name.trim() === '' ? {} : { name: name.trim() }), ...(folders.length === 0 ? {} : { to: folders }),
      ...(operator.trim() === '' ? {} : { operator: operator.trim() }), ...(location.trim() === '' ? {} : { location: location.trim() })
    }
    try {
      onBegun(await api.post<JobView>('/offload', request))
    } catch (error) {
      setError(error instanceof Error ? error.message : String(error))
      setBusy(false)
    }
  }
  return (
    <Dialog title="Offload a card" onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <Cards chosen={card} choose={(path, name) => { setCard(path); setName(name) }} />
        <label><span className="label">Folder that the card is mounted at, on the node's machine</span><input className="field mono" name="card" value={card} required maxLength={4096} placeholder="/media/cards/A001" onChange={(event) => setCard(event.target.value)} /></label>
        <label><span className="label">Name of the roll</span><input className="field" name="name" value={name} maxLength={100} placeholder="the folder's name" onChange={(event) => setName(event.target.value)} /></label>
        <label><span className="label">Also copy to these folders of the machine, one a line</span><textarea className="field mono" name="to" rows={2} value={to} onChange={(event) => setTo(event.target.value)} /></label>
        <div className="row wrap roll-who">
          <label><span className="label">Operator</span><input className="field" name="operator" value={operator} maxLength={200} onChange={(event) => setOperator(event.target.value)} /></label>
          <label><span className="label">Where</span><input className="field" name="location" value={location} maxLength={200} onChange={(event) => setLocation(event.target.value)} /></label>
        </div>
        <label className="row"><input type="checkbox" checked={twice} onChange={(event) => setTwice(event.target.checked)} /><span>Read the card twice and compare</span></label>
        {error === '' ? null : <p className="why" role="alert">{error}</p>}
        <div className="row spread"><span className="small dim">The card itself is only read.</span><button type="submit" className="button primary" disabled={busy || card.trim() === ''}>Offload</button></div>
      </form>
    </Dialog>
  )
}
