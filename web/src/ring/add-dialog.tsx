import { useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { InviteView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { Command } from '../design/command.tsx'
import { Dialog } from '../design/dialog.tsx'
import { formatMoment } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { nodeCommand, peerCommand } from './join-command.ts'

const SOURCES = [
  { name: 'A test picture with a running clock', value: 'test', hint: '' },
  { name: 'A webcam or capture card', value: 'v4l2:/dev/video0', hint: 'List the devices with ls /dev/video*.' },
  { name: 'A network camera (RTSP)', value: 'rtsp://192.168.1.20/stream1', hint: 'The address is in the camera’s manual; user and password go before the host: rtsp://user:password@host/…' },
  { name: 'The machine’s screen', value: 'screen', hint: 'screen:1 takes the second display.' },
  { name: 'A file, over and over', value: 'file:/path/to/clip.mp4', hint: '' }
] as const

/** Asks the node for an invite when the dialog opens. */
function useInvite(role: 'node' | 'peer') {
  const [invite, setInvite] = useState<InviteView | null>(null)
  const [error, setError] = useState('')
  const ask = useCallback(() => {
    setError('')
    api.post<InviteView>('/invites', { role }).then(setInvite, (error: Error) => setError(error.message))
  }, [role])
  useEffect(ask, [ask])
  return { invite, error, ask }
}

/** Shows the one command that adds a machine (`node`) or a camera (`peer`), with a fresh invite in it. */
export function AddDialog({ role, onClose }: { readonly role: 'node' | 'peer'; readonly onClose: () => void }) {
  const { invite, error, ask } = useInvite(role)
  const [camera, setCamera] = useState('porch')
  const [source, setSource] = useState<string>(SOURCES[0].value)
  const [kind, setKind] = useState(0)
  const [data, setData] = useState('./thatdam-data')
  const isCamera = role === 'peer'
  const hint = SOURCES[kind]?.hint ?? ''
  return (
    <Dialog title={isCamera ? 'Add a camera' : 'Add a machine'} onClose={onClose}>
      {isCamera ? <p className="row wrap"><Link className="button" href="/camera" onClick={onClose}><Icon name="video" />Use this device’s camera</Link><span className="small dim">From the browser, nothing to install</span></p> : null}
      <p className="dim">{isCamera
        ? 'For any other camera, run this on the machine it is attached to. It needs no disk; it sends to this ring and finds another node when its node goes.'
        : 'Run this on the new machine. It joins the ring, takes its share of the copies, and serves this same page.'}</p>
      {isCamera ? (
        <>
          <label><span className="label">Name of the camera</span><input className="field" value={camera} maxLength={100} onChange={(event) => setCamera(event.target.value)} /></label>
          <label><span className="label">What it shows</span>
            <select className="field full" value={kind} onChange={(event) => { const at = Number(event.target.value); setKind(at); setSource(SOURCES[at]?.value ?? 'test') }}>{SOURCES.map(({ name }, at) => <option key={name} value={at}>{name}</option>)}</select>
          </label>
          {kind === 0 ? null : <label><span className="label">Source{hint === '' ? '' : `. ${hint}`}</span><input className="field mono" value={source} onChange={(event) => setSource(event.target.value)} /></label>}
        </>
      ) : <label><span className="label">Folder for its data on that machine</span><input className="field mono" value={data} onChange={(event) => setData(event.target.value)} /></label>}
      {error === '' ? null : <p className="why" role="alert">No invite could be made: {error} <button type="button" className="link" onClick={ask}>Try again</button></p>}
      {invite === null
        ? <div className="skeleton command-skeleton" aria-busy={error === ''} />
        : <>
            <Command text={isCamera ? peerCommand(invite.invite, camera, source) : nodeCommand(invite.invite, data)} />
            <p className="small dim">The invite works until {formatMoment(Date.parse(invite.expiresAt))}. Whoever has it can {isCamera ? 'publish cameras here, and nothing else' : 'join as a node: send it only to people you trust'}. Run the command inside the project’s folder.</p>
          </>}
    </Dialog>
  )
}
