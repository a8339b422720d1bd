import { useCallback, useMemo, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { CameraList } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { plural } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { AddDialog } from '../ring/add-dialog.tsx'
import { useShortcuts, useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { serverNow } from './server-clock.ts'
import { inOrder, pageOf } from './wall/arrange.ts'
import { CameraPicker } from './wall/camera-picker.tsx'
import { toggleFullScreen } from './wall/full-screen.ts'
import { LAYOUTS } from './wall/layouts.ts'
import { Wall } from './wall/wall.tsx'
import { changeWall, useWall } from './wall/wall-settings.ts'
import { WallPager, WallToolbar } from './wall/wall-toolbar.tsx'
import './live.css'

/** How often the cameras' state is asked for: the age of the last safe second is on screen, ms. @default 1500 */
const CAMERA_POLL_MS = 1500

/** The wall of live cameras. */
export function LivePage() {
  useTitle('Live')
  const { data, error, receivedAt, refresh } = useResource<CameraList>('/cameras', CAMERA_POLL_MS)
  const { edit } = useMay()
  const [dialog, setDialog] = useState<'add' | 'pick' | null>(null)
  const [wanted, setWanted] = useState(0)
  const wall = useRef<HTMLDivElement>(null)
  const { layout, order, hidden, statistics, lowDelay } = useWall()
  const nowMs = data?.nowMs ?? 0
  const clock = useCallback(() => serverNow(nowMs, receivedAt), [nowMs, receivedAt])
  const cameras = useMemo(() => inOrder(data?.cameras ?? [], order), [data, order])
  const chosen = cameras.filter(({ id }) => !hidden.includes(id))
  const { shown, page, pages } = pageOf(chosen, LAYOUTS[layout].cells, wanted)
  const live = cameras.filter((camera) => camera.live).length
  const fullScreen = (): void => toggleFullScreen(wall.current)
  const turn = (step: number): void => setWanted(Math.max(0, Math.min(pages - 1, page + step)))
  useShortcuts({ f: fullScreen, i: () => changeWall({ statistics: !statistics }), l: () => changeWall({ lowDelay: !lowDelay }), '[': () => turn(-1), ']': () => turn(1) })
  const pager = <WallPager page={page} pages={pages} go={setWanted} />
  const add = edit ? <button type="button" className="button" onClick={() => setDialog('add')}><Icon name="plus" />Add a camera</button> : null
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap"><h1>Live</h1>{cameras.length === 0 ? null : <span className="dim">{live} of {plural(cameras.length, 'camera')} live</span>}{pager}</div>
        <div className="row wrap wall-tools">{cameras.length === 0 ? null : <><WallToolbar onPick={() => setDialog('pick')} onFullScreen={fullScreen} />{add}</>}</div>
      </div>
      {data === undefined && error !== undefined ? <Failure title="The cameras cannot be shown" error={error} retry={refresh} /> : null}
      {data === undefined && error === undefined ? <div className="wall-waiting" aria-busy="true"><div className="skeleton tile-skeleton" /><div className="skeleton tile-skeleton" /></div> : null}
      {data !== undefined && cameras.length === 0 ? (
        <Notice icon="live" title="No camera yet" actions={edit ? <><button type="button" className="button primary" onClick={() => setDialog('add')}><Icon name="plus" />Add a camera</button><Link className="button" href="/camera"><Icon name="video" />Use this device</Link></> : null}>
          Attach one on any machine: a webcam, an RTSP camera, a screen, or a test picture. Or use the device you are looking at. It appears here, live and recorded, a moment after its command is started.
        </Notice>
      ) : null}
      {cameras.length > 0 && chosen.length === 0 ? (
        <Notice icon="choose" title="Every camera is left out" actions={<button type="button" className="button primary" onClick={() => setDialog('pick')}>Choose cameras</button>}>This browser was told to show none of the cameras. They are recorded all the same.</Notice>
      ) : null}
      {chosen.length === 0 ? null : <Wall element={wall} cameras={cameras} shown={shown} clock={clock} pager={pager} />}
      {dialog === 'add' ? <AddDialog role="peer" onClose={() => setDialog(null)} /> : null}
      {dialog === 'pick' ? <CameraPicker cameras={cameras} onClose={() => setDialog(null)} /> : null}
    </div>
  )
}
