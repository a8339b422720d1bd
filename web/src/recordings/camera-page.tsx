import { useEffect, useRef, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { api } from '../api/client.ts'
import { formatClock } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { useShortcuts, useTitle } from '../shell/shortcuts.ts'
import { CaptureButton } from './capture-dialog.tsx'
import { CameraSettingsDialog } from './camera-settings-dialog.tsx'
import { DayStepper, dayName } from './day-stepper.tsx'
import { KeptRanges, MarkBar } from './mark-bar.tsx'
import { MastersOfDay } from './masters-list.tsx'
import { chosenRange, type Marks, marked, NO_MARKS } from './marks.ts'
import { Timeline } from './timeline.tsx'
import { type Range, dayOf, dayToTurnTo, viewAround } from './timeline-math.ts'
import { type Playback, playUrl, usePlayback } from './use-playback.ts'
import { useCameras, useCameraSettings, useKept, useLedger, useRecordings } from './use-recordings.ts'
import './recordings.css'

/** How far the arrow keys go, ms. @default 5000 */
const STEP_MS = 5000
const ZOOMS = [{ name: '10 min', ms: 600_000 }, { name: '1 hour', ms: 3_600_000 }, { name: '4 hours', ms: 14_400_000 }] as const

function overlayOf({ state, atMs }: Playback, hasSpans: boolean): string | null {
  switch (state) {
    case 'empty': return hasSpans ? 'Click the timeline to play from there.' : null
    case 'edge': return 'This is the newest there is. It goes on as soon as more is safe.'
    case 'failed': return `The recording at ${atMs === null ? 'this moment' : formatClock(atMs)} cannot be played now: the nodes that hold it may be away. Press space to try again.`
    default: return null
  }
}

/** Starts and stops a camera that is recorded by hand; leads to its settings. */
function RecordControls({ camera }: { readonly camera: string }) {
  const { settings, refresh } = useCameraSettings(camera)
  const [isOpen, setOpen] = useState(false)
  if (settings === undefined) return null
  const { mode, on } = settings.record
  const turn = (): void => { api.post(`/cameras/${encodeURIComponent(camera)}/record`, { on: !on }).then(refresh, (error: Error) => toast(`Not changed: ${error.message}`, 'bad')) }
  return (
    <>
      {mode === 'manual' ? <button type="button" className={`button ${on ? 'danger' : 'primary'}`} aria-pressed={on} onClick={turn}>{on ? 'Stop recording' : 'Start recording'}</button> : null}
      {mode !== 'manual' && settings.reason !== null ? <span className="small dim">{settings.reason}</span> : null}
      <button type="button" className="button" onClick={() => setOpen(true)}>Settings</button>
      {isOpen ? <CameraSettingsDialog settings={settings} onClose={() => setOpen(false)} onSaved={refresh} /> : null}
    </>
  )
}

function Transport({ playback }: { readonly playback: Playback }) {
  const { state, atMs, step, toggle } = playback
  const idle = atMs === null
  return (
    <div className="row">
      <button type="button" className="button icon" aria-label="Five seconds back" disabled={idle} onClick={() => step(-STEP_MS)}><Icon name="back5" /></button>
      <button type="button" className="button icon primary" aria-label={state === 'playing' ? 'Pause' : 'Play'} disabled={idle} onClick={toggle}><Icon name={state === 'playing' ? 'pause' : 'play'} /></button>
      <button type="button" className="button icon" aria-label="Five seconds ahead" disabled={idle} onClick={() => step(STEP_MS)}><Icon name="ahead5" /></button>
      <span className="clock num" data-playhead={atMs === null ? '' : Math.round(atMs)}>{atMs === null ? '--:--:--' : formatClock(atMs)}</span>
      {state === 'loading' ? <span className="small dim">loading…</span> : null}
    </div>
  )
}

/** What the colours of a timeline mean. */
function Legend() {
  return (
    <ul className="row wrap legend small dim" aria-label="Colours of the timeline">
      <li><i className="recorded" />recorded</li><li><i className="lost" />lost</li><li><i className="quiet" />not expected</li><li><i className="kept" />kept for good</li>
    </ul>
  )
}

/** One camera's recordings: a player, the hour around what plays, and the whole day. */
export function CameraRecordingsPage({ camera: id }: { readonly camera: string }) {
  const search = useSearch()
  const [, navigate] = useLocation()
  const { nowMs, cameras, error: camerasError } = useCameras()
  const wanted = useRef(Number(new URLSearchParams(search).get('t')) || null)
  const [day, setDay] = useState(() => dayOf(wanted.current ?? (Number(new URLSearchParams(search).get('day')) || Date.now())))
  const [zoomMs, setZoomMs] = useState<number>(ZOOMS[1].ms)
  const [centre, setCentre] = useState<number | null>(wanted.current)
  const { list, shown, error, refresh } = useRecordings(id, day, nowMs)
  const { ledger } = useLedger(id, day, nowMs)
  const { kept, refresh: refreshKept } = useKept(id)
  const [marks, setMarks] = useState<Marks>(NO_MARKS)
  const video = useRef<HTMLVideoElement>(null)
  const playback = usePlayback(id, shown.spans, video)
  const camera = cameras?.find((each) => each.id === id)
  const name = camera?.name ?? (cameras === undefined ? '' : id)
  useTitle(name === '' ? 'Recordings' : `${name}, recordings`)

  const pick = (ms: number): void => {
    setCentre(ms)
    playback.play(ms)
    history.replaceState(history.state, '', `${location.pathname}?t=${Math.round(ms)}`)
  }
  useEffect(() => {
    if (wanted.current === null || list === undefined) return
    const ms = wanted.current
    wanted.current = null
    playback.play(ms)
  }, [list, playback])
  const { atMs } = playback
  const mark = (end: 'in' | 'out'): void => { if (atMs !== null) setMarks(marked(marks, end, atMs)) }
  useShortcuts({
    ArrowLeft: () => playback.step(-STEP_MS),
    ArrowRight: () => playback.step(STEP_MS),
    ' ': playback.toggle,
    i: () => mark('in'),
    o: () => mark('out'),
    Escape: () => navigate('/recordings')
  })

  const before = useRef<number | null>(null)
  useEffect(() => {
    const next = atMs === null ? undefined : dayToTurnTo(day, shown.hours, { beforeMs: before.current, atMs, isOver: playback.state === 'edge' })
    before.current = atMs
    if (next === undefined || atMs === null) return
    setDay(next)
    setCentre(Math.max(atMs, next.fromMs))
  }, [day, shown.hours, atMs, playback.state])
  // With nothing chosen, the newest is at the right end of the close view.
  const middle = centre ?? (shown.spans.at(-1)?.endMs ?? nowMs) - zoomMs * 0.42
  const fixed = viewAround(middle, zoomMs, day)
  // The close view turns the page when the playhead runs out of it.
  const view = atMs !== null && (atMs < fixed.fromMs || atMs > fixed.toMs) && atMs >= day.fromMs && atMs < day.toMs ? viewAround(atMs + zoomMs * 0.4, zoomMs, day) : fixed
  const exported: Range = { fromMs: view.fromMs, toMs: Math.min(view.toMs, nowMs) }
  const canExport = shown.spans.some(({ startMs, endMs }) => endMs > exported.fromMs && startMs < exported.toMs)
  const overlay = overlayOf(playback, shown.spans.length > 0)
  const changeDay = (next: Range): void => {
    setDay(next)
    setCentre(null)
  }
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap">
          <Link className="button quiet icon" href="/recordings" aria-label="All cameras"><Icon name="left" /></Link>
          <h1 className="cut">{name || 'Recordings'}</h1><span className="dim">{dayName(day.fromMs)}</span>
        </div>
        <div className="row wrap"><RecordControls camera={id} />{camera === undefined ? null : <CaptureButton camera={camera} />}<DayStepper day={day} hours={shown.hours} nowMs={nowMs} change={changeDay} /></div>
      </div>
      <div className="screen playback-screen">
        <video ref={video} playsInline onClick={playback.toggle} data-recording={id} />
        {overlay === null ? null : <div className="overlay" aria-live="polite"><p>{overlay}</p>{playback.state === 'edge' ? <Link href="/">Watch live</Link> : null}</div>}
        {list !== undefined && shown.spans.length === 0 && playback.state === 'empty' ? <div className="overlay"><strong>Nothing was recorded on this day</strong><span>{shown.hours.length === 0 ? 'Recording begins when the camera is attached.' : 'The arrows beside the date lead to the days that have recordings.'}</span></div> : null}
      </div>
      <div className="row spread wrap transport">
        <Transport playback={playback} />
        <div className="row wrap">
          <div className="row zooms" role="group" aria-label="Length of the close view">{ZOOMS.map((zoom) => <button key={zoom.ms} type="button" className="button" aria-pressed={zoom.ms === zoomMs} onClick={() => { setCentre(atMs ?? centre); setZoomMs(zoom.ms) }}>{zoom.name}</button>)}</div>
          {canExport ? <a className="button" href={playUrl(id, exported)} download={`${name} ${new Date(exported.fromMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z.mp4`}><Icon name="download" />Export {formatClock(exported.fromMs).slice(0, 5)}–{formatClock(exported.toMs).slice(0, 5)}</a> : null}
        </div>
      </div>
      {list === undefined && error !== undefined ? <Failure title="The recordings cannot be shown" error={error.status === 0 && camerasError !== undefined ? camerasError : error} retry={refresh} /> : null}
      {list === undefined && error === undefined ? <div className="skeleton day-skeleton" aria-busy="true" /> : null}
      {list === undefined ? null : (
        <div className="stack timelines">
          <MarkBar camera={id} name={name} marks={marks} atMs={atMs} mark={mark} clear={() => setMarks(NO_MARKS)} onKept={refreshKept} />
          <Timeline tall label={`${name}, ${formatClock(view.fromMs)} to ${formatClock(view.toMs)}`} range={view} ledger={ledger} kept={kept} chosen={chosenRange(marks)} nowMs={nowMs} playheadMs={atMs} pick={pick} />
          <span className="label">Whole day</span>
          <Timeline label={`${name}, ${dayName(day.fromMs)}`} range={day} ledger={ledger} kept={kept} chosen={chosenRange(marks)} nowMs={nowMs} playheadMs={atMs} marked={view} pick={pick} />
          <Legend />
          <KeptRanges camera={id} kept={kept} pick={(ms) => { setDay(dayOf(ms)); pick(ms) }} changed={refreshKept} />
          <MastersOfDay camera={id} day={day} pick={pick} />
        </div>
      )}
      {cameras !== undefined && list === undefined && error?.status === 404 ? <Notice icon="live" title="There is no such camera">It may have been removed, or this node has not heard of it yet.</Notice> : null}
    </div>
  )
}
