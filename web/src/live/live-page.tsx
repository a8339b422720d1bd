import { useCallback, useMemo, useState } from 'react'
import { Link } from 'wouter'
import type { CameraList } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { AddDialog } from '../ring/add-dialog.tsx'
import { moveInGrid } from '../shell/grid-keys.ts'
import { useTitle } from '../shell/shortcuts.ts'
import { CameraTile } from './camera-tile.tsx'
import { serverNow } from './server-clock.ts'
import './live.css'

/** How often the cameras' state is asked for: the age of the last safe second is on screen, ms. @default 1500 */
const CAMERA_POLL_MS = 1500

/** The wall of live cameras. */
export function LivePage() {
  useTitle('Live')
  const { data, error, receivedAt, refresh } = useResource<CameraList>('/cameras', CAMERA_POLL_MS)
  const [adding, setAdding] = useState(false)
  const nowMs = data?.nowMs ?? 0
  const clock = useCallback(() => serverNow(nowMs, receivedAt), [nowMs, receivedAt])
  const cameras = useMemo(() => [...data?.cameras ?? []].sort((a, b) => Number(b.live) - Number(a.live) || a.name.localeCompare(b.name, 'en', { numeric: true })), [data])
  const live = cameras.filter((camera) => camera.live).length
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap"><h1>Live</h1>{cameras.length === 0 ? null : <span className="dim">{live} of {plural(cameras.length, 'camera')} live</span>}</div>
        <button type="button" className="button" onClick={() => setAdding(true)}><Icon name="plus" />Add a camera</button>
      </div>
      {data === undefined && error !== undefined ? <Failure title="The cameras cannot be shown" error={error} retry={refresh} /> : null}
      {data === undefined && error === undefined ? <div className="wall wall-2" aria-busy="true"><div className="skeleton tile-skeleton" /><div className="skeleton tile-skeleton" /></div> : null}
      {data !== undefined && cameras.length === 0 ? (
        <Notice icon="live" title="No camera yet" actions={<><button type="button" className="button primary" onClick={() => setAdding(true)}><Icon name="plus" />Add a camera</button><Link className="button" href="/camera"><Icon name="video" />Use this device</Link></>}>
          Attach one on any machine: a webcam, an RTSP camera, a screen, or a test picture. Or use the device you are looking at. It appears here, live and recorded, a moment after its command is started.
        </Notice>
      ) : null}
      <div className={`wall wall-${Math.min(3, Math.ceil(Math.sqrt(cameras.length)))} ${cameras.length > 2 && cameras.length < 5 ? 'two-rows' : ''}`} role="group" aria-label="Cameras" onKeyDown={moveInGrid}>
        {cameras.map((camera) => <CameraTile key={camera.id} camera={camera} clock={clock} />)}
      </div>
      {adding ? <AddDialog role="peer" onClose={() => setAdding(false)} /> : null}
    </div>
  )
}
