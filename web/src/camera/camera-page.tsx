import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { CameraList, CameraView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { formatBitRate } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Notice } from '../design/notice.tsx'
import { recordingLight } from '../live/recording-light.ts'
import { serverNow, useTick } from '../live/server-clock.ts'
import { useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { cameraIdOf } from './camera-id.ts'
import type { PublisherStats } from './publisher-stats.ts'
import { type Capture, useCapture } from './use-capture.ts'
import { usePublisher } from './use-publisher.ts'
import type { PublisherState } from './whip-publisher.ts'
import '../live/live.css'
import './camera.css'

/** How often the node is asked how the recording stands, ms. @default 2000 */
const CAMERA_POLL_MS = 2000
const NAME_KEY = 'thatdam.camera-name'

/** The name this device had last, else one by its kind. */
function firstName(): string {
  try {
    const kept = localStorage.getItem(NAME_KEY)
    if (kept !== null && cameraIdOf(kept) !== '') return kept
  } catch {} // storage may be forbidden
  return /Android|iPhone|iPad|Mobile/.test(navigator.userAgent) ? 'Phone' : 'Webcam'
}

function keepName(name: string): void {
  try {
    localStorage.setItem(NAME_KEY, name)
  } catch {}
}

function words(state: PublisherState): { readonly title: string; readonly detail: string } | null {
  switch (state.type) {
    case 'off':
    case 'live': return null
    case 'connecting': return { title: 'Going live', detail: '' }
    case 'taken': return { title: 'This name is in use', detail: `${state.reason}. It is tried again by itself.` }
    case 'retrying': return { title: 'Reconnecting', detail: `${state.reason}; try ${state.attempt}` }
  }
}

/** This device as a camera of the ring: what it sees, what it is called, and whether that arrives. */
export function CameraPage() {
  useTitle('Camera')
  if (useMay().edit) return <Studio />
  return <div className="page"><Notice isWhole icon="video" title="You may not send pictures" actions={<Link className="button" href="/">Go to the live cameras</Link>}>Your account looks at cameras. An administrator can make it that of an editor.</Notice></div>
}

function Studio() {
  const capture = useCapture()
  const { state, stats, goLive, stop } = usePublisher(capture.stream)
  const [name, setName] = useState(firstName)
  const isOff = state.type === 'off'
  const id = cameraIdOf(name)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isOff) return stop()
    keepName(name)
    goLive(name)
  }
  return (
    <div className="page">
      <div className="page-head">
        <div className="row"><Back href="/" to="All cameras" /><h1>This device as a camera</h1></div>
      </div>
      <div className="studio">
        <Finder capture={capture} state={state} stats={stats} />
        <form className="card stack studio-form" onSubmit={submit}>
          <label>
            <span className="label">Name</span>
            <input className="field" value={name} maxLength={100} disabled={!isOff} required onChange={(event) => setName(event.target.value)} />
          </label>
          {id === '' ? <p className="small why" role="alert">A name needs at least one letter or digit of the Latin alphabet.</p> : null}
          <Devices capture={capture} />
          <button type="submit" className={`button big ${isOff ? 'primary' : 'danger'}`} disabled={isOff && (capture.stream === null || id === '')}>
            <Icon name={isOff ? 'video' : 'close'} />{isOff ? 'Go live' : 'Stop'}
          </button>
          {isOff ? <p className="small dim">Everyone who may open this ring’s pages sees it, and it is recorded like every other camera.</p> : null}
          {state.type === 'live' ? <Safety id={id} codec={stats.codec} /> : null}
        </form>
      </div>
    </div>
  )
}

/** What the camera sees, with what is wrong, or what leaves the device, on it. */
function Finder({ capture, state, stats }: { readonly capture: Capture; readonly state: PublisherState; readonly stats: PublisherStats }) {
  const { stream, obstacle, choice, retry } = capture
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => { if (video.current !== null) video.current.srcObject = stream }, [stream])
  const isMirrored = stream?.getVideoTracks()[0]?.getSettings().facingMode === 'user' || (choice.camera === '' && choice.facing === 'user')
  const overlay = words(state)
  const facts = [stats.width > 0 ? `${stats.width}×${stats.height}` : '', stats.framesPerSecond > 0 ? `${stats.framesPerSecond} fps` : '', stats.bitsPerSecond > 0 ? formatBitRate(stats.bitsPerSecond) : '', stats.codec].filter((fact) => fact !== '')
  return (
    <figure className="card tile finder">
      <div className="screen">
        <video ref={video} className={isMirrored ? 'mirrored' : ''} autoPlay playsInline muted />
        {obstacle !== null ? (
          <div className="overlay" role="alert">
            <Icon name="alert" />
            <strong>{obstacle.title}</strong>
            <span className="small finder-help">{obstacle.help}</span>
            {window.isSecureContext ? <button type="button" className="button" onClick={retry}>Try again</button> : null}
          </div>
        ) : stream === null ? (
          <div className="overlay"><Icon name="video" /><strong>Waiting for the camera</strong><span className="small">The browser asks whether this page may use it.</span></div>
        ) : overlay !== null ? (
          <div className="overlay veil" role="status"><strong>{overlay.title}</strong><span className="small">{overlay.detail}</span></div>
        ) : null}
        {state.type === 'live' ? <span className="on-air">Live</span> : null}
      </div>
      <figcaption className="row spread small">
        <span className="dim">{state.type === 'live' ? 'Sending' : stream === null ? 'Nothing is sent' : 'Only you see this'}</span>
        <span className="dim num">{facts.join(' · ')}</span>
      </figcaption>
    </figure>
  )
}

/** Which lens, which microphone. They can be changed while live. */
function Devices({ capture: { cameras, microphones, choice, choose, stream } }: { readonly capture: Capture }) {
  const used = stream?.getVideoTracks()[0]?.getSettings().deviceId ?? ''
  const heard = stream?.getAudioTracks()[0]?.getSettings().deviceId ?? ''
  const turn = useCallback(() => choose({ camera: '', facing: choice.facing === 'user' ? 'environment' : 'user' }), [choose, choice.facing])
  return (
    <>
      <div>
        <label className="label" htmlFor="lens">Camera</label>
        <div className="row">
          <select id="lens" className="field full" value={choice.camera || used} disabled={cameras.length === 0} onChange={(event) => choose({ camera: event.target.value })}>
            {cameras.length === 0 ? <option value="">No camera yet</option> : cameras.map(({ deviceId, label }, at) => <option key={deviceId} value={deviceId}>{label || `Camera ${at + 1}`}</option>)}
          </select>
          {cameras.length > 1 ? <button type="button" className="button icon" aria-label="Turn to the other side" title="Turn to the other side" onClick={turn}><Icon name="turn" /></button> : null}
        </div>
      </div>
      <label>
        <span className="label">Microphone</span>
        <select className="field full" value={choice.sound ? choice.microphone || heard : 'none'} disabled={stream === null} onChange={(event) => choose(event.target.value === 'none' ? { sound: false } : { sound: true, microphone: event.target.value })}>
          {microphones.length === 0 && choice.sound ? <option value="">No microphone yet</option> : null}
          {microphones.map(({ deviceId, label }, at) => <option key={deviceId} value={deviceId}>{label || `Microphone ${at + 1}`}</option>)}
          <option value="none">No sound</option>
        </select>
      </label>
    </>
  )
}

/** What the node says of this camera: whether what it sends is safe. */
function Safety({ id, codec }: { readonly id: string; readonly codec: string }) {
  const { data, receivedAt } = useResource<CameraList>('/cameras', CAMERA_POLL_MS)
  useTick(1000)
  const camera: CameraView | undefined = data?.cameras.find((each) => each.id === id && each.live)
  if (data === undefined || camera === undefined) return <p className="small dim">Not yet seen by the node.</p>
  const light = recordingLight(camera, serverNow(data.nowMs, receivedAt))
  return (
    <div className="stack safety small">
      <span className={`rec ${light.tone}`}><i />Recorded {light.text}</span>
      {codec === '' || codec === 'H.264' ? null : <span className="why">This browser sends {codec}, not H.264: it is recorded, but browsers without {codec} do not show it live.</span>}
      <span className="dim">Taken in by {camera.node?.name ?? 'a node'}. Keep this page open and the screen on.</span>
      <Link href={`/recordings/${encodeURIComponent(id)}`}>Its recordings</Link>
    </div>
  )
}
