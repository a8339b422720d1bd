import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import type { LinkMade } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { refetch } from '../api/resource.ts'
import { Command } from '../design/command.tsx'
import { Dialog } from '../design/dialog.tsx'
import { Icon } from '../design/icon.tsx'
import { useSession } from '../shell/account-menu.tsx'
import { Ends, endsAt } from './ends.tsx'
import './settings.css'

interface ShareProps {
  /** Its id; or assets. */
  readonly album?: string
  readonly assets?: readonly string[]
  readonly title: string
  readonly onClose: () => void
}

/** Makes an address by which people without an account see an album or assets. */
export function ShareDialog({ album, assets, title: begin, onClose }: ShareProps) {
  const [title, setTitle] = useState(begin)
  const [days, setDays] = useState(30)
  const [password, setPassword] = useState('')
  const [watermark, setWatermark] = useState('')
  const [download, setDownload] = useState(false)
  const [made, setMade] = useState<LinkMade>()
  const [error, setError] = useState('')
  const make = (event: FormEvent): void => {
    event.preventDefault()
    const what = album === undefined ? { assets: assets ?? [] } : { album }
    api.post<LinkMade>('/links', { ...what, title, expiresMs: endsAt(days), password, watermark, download }).then((link) => { setMade(link); refetch('/links') }, (error: Error) => setError(error.message))
  }
  return (
    <Dialog title="Share with a link" onClose={onClose}>
      {made === undefined ? (
        <form className="stack" onSubmit={make}>
          <label><span className="label">What visitors read above it</span><input className="field" value={title} maxLength={120} onChange={(event) => setTitle(event.target.value)} /></label>
          <label><span className="label">Password; empty for none</span><input className="field" value={password} maxLength={200} minLength={4} autoComplete="off" onChange={(event) => setPassword(event.target.value)} /></label>
          <label><span className="label">Watermark drawn into every picture that is shown; empty for none</span><input className="field" value={watermark} maxLength={120} onChange={(event) => setWatermark(event.target.value)} /></label>
          <div className="checks"><label><input type="checkbox" checked={download} onChange={(event) => setDownload(event.target.checked)} />Originals may be downloaded</label></div>
          {error === '' ? null : <p className="why" role="alert">{error}</p>}
          <div className="row wrap"><Ends days={days} onChange={setDays} /><button className="button primary">Make the link</button></div>
        </form>
      ) : (
        <>
          <p className="dim">Whoever has this address sees it{made.link.hasPassword ? ', with the password' : ''}. It is shown this once; the link can be closed among your <Link href="/settings/links" onClick={onClose}>shared links</Link>.</p>
          <Command text={`${location.origin}${made.path}`} />
        </>
      )}
    </Dialog>
  )
}

/** A button that shares; there for those who may. */
export function ShareButton({ album, assets, title }: Omit<ShareProps, 'onClose'>) {
  const [open, setOpen] = useState(false)
  const session = useSession()
  if (session === undefined || session.role === 'viewer') return null
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}><Icon name="link" />Share</button>
      {open ? <ShareDialog {...(album !== undefined && { album })} {...(assets !== undefined && { assets })} title={title} onClose={() => setOpen(false)} /> : null}
    </>
  )
}
