import { useCallback, useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { InviteView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { Command } from '../design/command.tsx'
import { Dialog } from '../design/dialog.tsx'
import { formatMoment } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { useMay } from '../shell/use-may.ts'
import { nodeCommand, peerCommand } from './join-command.ts'
import { type Chosen, SeenDevices } from './seen-devices.tsx'
import './ring.css'

/** `kind` as devices that are seen have it. */
const SOURCES = [
  { kind: 'test', name: 'A test picture with a running clock', value: 'test', hint: '' },
  { kind: 'v4l2', name: 'A webcam or capture card', value: 'v4l2:/dev/video0', hint: 'On its machine, npx thatdam peer devices lists what is there.' },
  { kind: 'rtsp', name: 'A network camera (RTSP)', value: 'rtsp://user:password@192.168.1.20/stream1', hint: 'The address is in the camera’s manual. In user and password @ / ? # % are written %40 %2F %3F %23 %25.' },
  { kind: 'onvif', name: 'A network camera (ONVIF)', value: 'onvif://user:password@192.168.1.20', hint: 'It is asked for its stream, as the ONVIF user that is set in it.' },
  { kind: 'rtmp', name: 'OBS or another encoder (RTMP)', value: 'rtmp://:1935/live/SECRET-KEY', hint: 'It sends to rtmp://THAT-MACHINE:1935/live with the stream key SECRET-KEY: choose a key of your own.' },
  { kind: 'srt', name: 'An encoder (SRT)', value: 'srt://:9000?mode=listener&passphrase=SECRET-PASSPHRASE', hint: 'Encrypted: choose a passphrase of your own, 10 to 79 characters.' },
  { kind: 'screen', name: 'The machine’s screen', value: 'screen', hint: 'screen:1 takes the second display.' },
  { kind: 'file', name: 'A file, over and over', value: 'file:/path/to/clip.mp4', hint: '' }
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

interface AddProps { readonly role: 'node' | 'peer'; readonly onClose: () => void }

/** The camera that needs no invite. */
function OwnCamera({ onClose }: { readonly onClose: () => void }) {
  return <p className="row wrap"><Link className="button" href="/camera" onClick={onClose}><Icon name="video" />Use this device’s camera</Link><span className="small dim">From the browser, nothing to install</span></p>
}

/** Adds a machine (`node`) or a camera (`peer`); only administrators make the invites that others need. */
export function AddDialog(props: AddProps) {
  return useMay().administer ? <InviteDialog {...props} /> : <Dialog title="Add a camera" onClose={props.onClose}><OwnCamera onClose={props.onClose} /><p className="dim">An administrator can add others.</p></Dialog>
}

/** Shows the one command that adds it, with a fresh invite in it. */
function InviteDialog({ role, onClose }: AddProps) {
  const { invite, error, ask } = useInvite(role)
  const [camera, setCamera] = useState('porch')
  const [source, setSource] = useState<string>(SOURCES[0].value)
  const [kind, setKind] = useState(0)
  const [data, setData] = useState('./thatdam-data')
  const [machine, setMachine] = useState('')
  const take = (at: number, value: string, where: string): void => {
    setKind(at)
    setSource(value)
    setMachine(where)
  }
  const choose = ({ kind: wanted, source: value, machine: where }: Chosen): void => take(Math.max(0, SOURCES.findIndex((each) => each.kind === wanted)), wanted === 'onvif' ? value.replace('://', '://user:password@') : value, where)
  const isCamera = role === 'peer'
  const hint = SOURCES[kind]?.hint ?? ''
  return (
    <Dialog title={isCamera ? 'Add a camera' : 'Add a machine'} onClose={onClose}>
      {isCamera ? <OwnCamera onClose={onClose} /> : null}
      <p className="dim">{isCamera
        ? `For any other camera, run this on ${machine === '' ? 'the machine it is attached to' : machine}. It needs no disk; it sends to this ring and finds another node when its node goes.`
        : 'Run this on the new machine. It joins the ring, takes its share of the copies, and serves this same page.'}</p>
      {isCamera ? (
        <>
          <label><span className="label">Name of the camera</span><input className="field" value={camera} maxLength={100} onChange={(event) => setCamera(event.target.value)} /></label>
          <label><span className="label">What it shows</span>
            <select className="field full" value={kind} onChange={(event) => { const at = Number(event.target.value); take(at, SOURCES[at]?.value ?? 'test', '') }}>{SOURCES.map(({ name }, at) => <option key={name} value={at}>{name}</option>)}</select>
          </label>
          {kind === 0 ? null : <label><span className="label">Source{hint === '' ? '' : `. ${hint}`}</span><input className="field mono" value={source} onChange={(event) => setSource(event.target.value)} /></label>}
          <SeenDevices choose={choose} />
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
