import { type FormEvent, useState } from 'react'
import type { CameraView, CaptureChange, RingView } from '#protocols/http.ts'
import { api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Dialog } from '../design/dialog.tsx'
import { formatBitRate } from '../design/format.ts'
import { toast } from '../design/toast.tsx'
import { useMay } from '../shell/use-may.ts'
import { DeviceSettingsForm } from './device-settings.tsx'

/** What the API calls a picture as the machine of the camera chooses. */
const AUTO = 'auto'
const SIZES = ['640x360', '960x540', '1280x720', '1920x1080', '2560x1440', '3840x2160'] as const
const RING_POLL_MS = 10_000

/** Waits for what was ordered, and answers whether it was done; says in the dialog why it was refused. */
function useOrder(): { readonly busy: boolean; readonly error: string; readonly order: (work: () => Promise<unknown>, words: string) => Promise<boolean> } {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState('')
  const order = async (work: () => Promise<unknown>, words: string): Promise<boolean> => {
    setBusy(true)
    setError('')
    try {
      await work()
      toast(words)
      return true
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
      return false
    } finally {
      setBusy(false)
    }
  }
  return { busy, error, order }
}

function Picture({ camera, busy, change }: { readonly camera: CameraView; readonly busy: boolean; readonly change: (video: NonNullable<CaptureChange['video']>) => void }) {
  const [size, setSize] = useState('')
  const [fps, setFps] = useState('')
  const [megabits, setMegabits] = useState('')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (size === AUTO) return change(AUTO)
    const [width, height] = size.split('x').map(Number)
    change({ ...(size === '' ? {} : { width, height }), ...(fps === '' ? {} : { fps: Number(fps) }), ...(megabits === '' ? {} : { bitrate: Math.round(Number(megabits) * 1_000_000) }) })
  }
  if (!camera.live && !camera.adjustable) return <p className="small dim">Size, rate and bit rate can be set while it is live, where its machine makes them.</p>
  if (!camera.adjustable) return <p className="small dim">Its picture is passed on as the camera sends it ({camera.width}×{camera.height}, {formatBitRate(camera.bitsPerSecond)}): size, rate and bit rate are set in the camera itself.</p>
  return (
    <form className="stack" onSubmit={submit}>
      <div className="row limits">
        <label><span className="label">Size</span><select className="field" value={size} onChange={({ target }) => setSize(target.value)}><option value="">{camera.width > 0 ? `${camera.width}x${camera.height} now` : 'as it is'}</option>{SIZES.map((each) => <option key={each}>{each}</option>)}<option value={AUTO}>as its machine chooses</option></select></label>
        <label><span className="label">Pictures a second</span><input type="number" className="field num" min="1" max="60" step="any" placeholder={camera.framesPerSecond > 0 ? String(Math.round(camera.framesPerSecond)) : ''} value={fps} onChange={({ target }) => setFps(target.value)} /></label>
        <label><span className="label">Mbit/s</span><input type="number" className="field num" min="0.05" max="50" step="any" placeholder={camera.bitsPerSecond > 0 ? (camera.bitsPerSecond / 1e6).toFixed(1) : ''} value={megabits} onChange={({ target }) => setMegabits(target.value)} /></label>
      </div>
      <div className="row spread"><span className="small dim">{size === AUTO ? 'Rate and bit rate as its machine chooses, too.' : 'Remembered, also when its machine starts anew.'}</span><button type="submit" className="button" disabled={busy || (size === '' && fps === '' && megabits === '')}>Change picture</button></div>
    </form>
  )
}

/** What the machine of a camera does: from any node, with the reason when it is refused. */
export function CaptureDialog({ camera, onClose }: { readonly camera: CameraView; readonly onClose: () => void }) {
  const { data: ring } = useResource<RingView>('/ring', RING_POLL_MS)
  const { busy, error, order } = useOrder()
  const [node, setNode] = useState('')
  const path = `/cameras/${encodeURIComponent(camera.id)}`
  const nodes = ring?.members.filter(({ alive, state, peerId }) => alive && state === 'active' && peerId !== camera.node?.peerId) ?? []
  return (
    <Dialog title={`Camera ${camera.name}`} onClose={onClose}>
      <div className="stack camera-settings">
        <div className="row spread wrap">
          <span>{camera.live ? `Live on ${camera.node?.name}, ${camera.source}` : camera.reason ?? 'Not live now'}</span>
          <button type="button" className={`button ${camera.enabled ? '' : 'primary'}`} disabled={busy} onClick={() => void order(() => api.post(`${path}/${camera.enabled ? 'stop' : 'start'}`, {}), camera.enabled ? 'Stopped.' : 'Started.')}>{camera.enabled ? 'Stop the camera' : 'Start the camera'}</button>
        </div>
        {camera.note === null ? null : <p className="small dim">{camera.note}</p>}
        <Picture camera={camera} busy={busy} change={(video) => void order(() => api.patch(`${path}/capture`, { video }), 'Changed.')} />
        {camera.settable ? <DeviceSettingsForm path={path} busy={busy} set={(device) => order(() => api.patch(`${path}/capture`, { device }), 'Set.')} /> : null}
        {camera.live && nodes.length > 0 ? (
          <div className="row spread">
            <label className="grow"><span className="label">Send it to another node</span><select className="field" value={node} onChange={({ target }) => setNode(target.value)}><option value="">stays on {camera.node?.name}</option>{nodes.map(({ peerId, name }) => <option key={peerId} value={peerId}>{name}</option>)}</select></label>
            <button type="button" className="button" disabled={busy || node === ''} onClick={() => void order(() => api.post(`${path}/move`, { node }).then(() => setNode('')), 'Moved.')}>Move</button>
          </div>
        ) : null}
        {error === '' ? null : <p className="why" role="alert">{error}</p>}
      </div>
    </Dialog>
  )
}

/** Opens it, for whoever may order something of a camera. */
export function CaptureButton({ camera }: { readonly camera: CameraView }) {
  const [isOpen, setOpen] = useState(false)
  if (!useMay().edit) return null
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>Camera</button>
      {isOpen ? <CaptureDialog camera={camera} onClose={() => setOpen(false)} /> : null}
    </>
  )
}
