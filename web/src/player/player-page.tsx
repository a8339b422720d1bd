import { useEffect, useState } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import { Back } from '../design/back.tsx'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { CaptureButton } from '../recordings/capture-dialog.tsx'
import { DayStepper, dayName } from '../recordings/day-stepper.tsx'
import { LedgerTrouble } from '../recordings/ledger-trouble.tsx'
import { KeptRanges, MarkBar } from '../recordings/mark-bar.tsx'
import { MastersOfDay } from '../recordings/masters-list.tsx'
import { SaidLines } from '../recordings/said-lines.tsx'
import { SecondTakes } from '../recordings/second-takes.tsx'
import { chosenRange, type Marks, marked, NO_MARKS } from '../recordings/marks.ts'
import { Timeline } from '../recordings/timeline.tsx'
import { dayOf, type Range } from '../recordings/timeline-math.ts'
import { useCameras, useKept, useLedger, useRecordings } from '../recordings/use-recordings.ts'
import { useTitle } from '../shell/shortcuts.ts'
import { CameraScreen } from './camera-screen.tsx'
import { ChooseCameras, MOST_CAMERAS } from './choose-cameras.tsx'
import { DvrTimeline } from './dvr-timeline.tsx'
import { RecordControls } from './record-controls.tsx'
import { Transport } from './transport.tsx'
import { frameMsOf } from './transport-keys.ts'
import { useConductor } from './use-conductor.ts'
import { layoutOf } from './screens.ts'
import { usePlayerKeys } from './use-player-keys.ts'
import { useView } from './use-view.ts'
import { panned, viewOf, ZOOM_STEP, ZOOMS, zoomed } from './zoom.ts'
import '../live/live.css'
import '../recordings/recordings.css'
import './player.css'

/** What the timeline shows at first, ms. @default 3600000 */
const FIRST_VIEW_MS = 3_600_000

/** What an address asks for: `?t=` a moment, `?day=` a day, `?with=` more cameras. */
function wishesOf(search: string): { readonly atMs: number | null; readonly dayMs: number | null; readonly others: readonly string[] } {
  const query = new URLSearchParams(search)
  return { atMs: Number(query.get('t')) || null, dayMs: Number(query.get('day')) || null, others: (query.get('with') ?? '').split(',').filter((id) => id !== '').slice(0, MOST_CAMERAS - 1) }
}

/** What the colours of a timeline mean. */
function Legend() {
  return (
    <ul className="row wrap timeline-legend small dim" aria-label="Colours of the timeline">
      <li><i className="recorded" />recorded</li><li><i className="lost" />lost</li><li><i className="quiet" />not expected</li><li><i className="motion" />motion</li><li><i className="kept" />kept for good</li>
    </ul>
  )
}

function ZoomButtons({ view, nowMs, middleMs, look }: { readonly view: Range; readonly nowMs: number; readonly middleMs: number; readonly look: (view: Range) => void }) {
  const length = view.toMs - view.fromMs
  return (
    <div className="row zooms" role="group" aria-label="Length of the timeline">
      <button type="button" className="button icon" aria-label="Earlier" title="Page up" onClick={() => look(panned(view, -0.5, nowMs))}><Icon name="left" /></button>
      {ZOOMS.map(({ name, ms }) => <button key={ms} type="button" className="button" aria-pressed={Math.abs(ms - length) < 1000} onClick={() => look(viewOf(middleMs, ms, nowMs))}>{name}</button>)}
      <button type="button" className="button icon finer" aria-label="Show less" title="+" onClick={() => look(zoomed(view, 1 / ZOOM_STEP, middleMs, nowMs))}><Icon name="plus" /></button>
      <button type="button" className="button icon finer" aria-label="Show more" title="-" onClick={() => look(zoomed(view, ZOOM_STEP, middleMs, nowMs))}><Icon name="minus" /></button>
      <button type="button" className="button icon" aria-label="Later" title="Page down" onClick={() => look(panned(view, 0.5, nowMs))}><Icon name="right" /></button>
    </div>
  )
}

/** What stands where a camera's page would be; it goes on by itself when the camera is heard of. */
function Unknown() {
  return (
    <div className="page">
      <Notice isWhole icon="live" title="There is no such camera" actions={<Link className="button" href="/recordings">All cameras</Link>}>It may have been removed, or this node has not heard of it yet.</Notice>
    </div>
  )
}

/** A camera's page, or that of several in step: one player for live and past, and the timeline of what was recorded. */
export function PlayerPage({ camera: id }: { readonly camera: string }) {
  const [, navigate] = useLocation()
  const search = useSearch()
  const [wishes] = useState(() => wishesOf(search))
  const { nowMs, clock, cameras, error: camerasError } = useCameras()
  const [others, setOthers] = useState(() => wishes.others.filter((other) => other !== id))
  const [choosing, setChoosing] = useState(false)
  // A browser lets a page make sound after the first click or key.
  const [muted, setMuted] = useState(() => !navigator.userActivation.hasBeenActive)
  const [marks, setMarks] = useState<Marks>(NO_MARKS)
  const isPastDay = wishes.dayMs !== null && dayOf(wishes.dayMs).toMs < Date.now()
  const { conductor, view: player } = useConductor(clock, wishes.atMs === null && !isPastDay ? 'live' : 'past')
  useEffect(() => { if (wishes.atMs !== null) conductor.play(wishes.atMs) }, [conductor, wishes])

  const headMs = player.mode === 'live' ? nowMs : player.atMs
  const { view, look, lookAt } = useView(() => isPastDay ? dayOf(wishes.dayMs ?? nowMs) : viewOf(wishes.atMs ?? nowMs, FIRST_VIEW_MS, Date.now()), headMs, nowMs)
  const ids = [id, ...others]
  const chosen = ids.map((each) => ({ id: each, name: cameras?.find((camera) => camera.id === each)?.name ?? each, camera: cameras?.find((camera) => camera.id === each) }))
  const [first] = chosen
  const name = cameras === undefined ? '' : first?.name ?? id
  useTitle(name === '' ? 'Recordings' : name)
  const canLive = chosen.some(({ camera }) => camera?.live === true)
  const middle = (view.fromMs + view.toMs) / 2
  const seesHead = headMs !== null && headMs >= view.fromMs && headMs <= view.toMs
  const day = dayOf(Math.min(seesHead ? headMs : middle, nowMs))
  const { list, shown, error, refresh } = useRecordings(id, day, nowMs)
  const { ledger, isKnown, error: ledgerError, refresh: refreshLedger } = useLedger(id, day, nowMs)
  const { kept } = useKept(id)

  const remember = (ms: number | null, more: readonly string[]): void => {
    const query = [...ms === null ? [] : [`t=${Math.round(ms)}`], ...more.length === 0 ? [] : [`with=${more.map(encodeURIComponent).join(',')}`]].join('&')
    history.replaceState(history.state, '', `${location.pathname}${query === '' ? '' : `?${query}`}`)
  }
  const pick = (ms: number): void => {
    if (nowMs - ms < 1500 && canLive) conductor.live()
    else conductor.play(ms)
    lookAt(ms)
    remember(ms, others)
  }
  const mark = (end: 'in' | 'out'): void => {
    const at = player.mode === 'live' ? clock() : conductor.atMs
    if (at !== null) setMarks(marked(marks, end, at))
  }
  const around = seesHead ? headMs : middle
  // Until the end is marked, the range reaches to the playhead.
  const range = chosenRange(marks) ?? (marks.inMs !== null && headMs !== null ? chosenRange(marked(marks, 'out', headMs)) : undefined)
  const toggleSound = (): void => setMuted((now) => !now)
  usePlayerKeys(conductor, {
    frameMs: frameMsOf(first?.camera?.framesPerSecond), canLive, mark, toggleSound,
    zoom: (steps) => look(zoomed(view, ZOOM_STEP ** steps, around, nowMs)), pan: (share) => look(panned(view, share, nowMs)), leave: () => navigate('/recordings')
  })
  const changeDay = (next: Range): void => {
    look(nowMs >= next.fromMs && nowMs < next.toMs ? viewOf(nowMs, FIRST_VIEW_MS, nowMs) : next)
    if (player.mode === 'live') conductor.rest()
  }
  const choose = (all: readonly string[]): void => {
    const more = all.filter((each) => each !== id)
    setOthers(more)
    remember(conductor.atMs, more)
  }
  // The ledger knows every camera that ever was; who was never heard of has no recordings either, and no error of them.
  if (ledgerError?.status === 404 && first?.camera === undefined) return <Unknown />
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap">
          <div className="row"><Back href="/recordings" to="All cameras" /><h1 className="cut">{name || 'Recordings'}{others.length === 0 ? '' : ` and ${others.length} more`}</h1></div><span className="dim">{dayName(Math.min(headMs ?? middle, nowMs))}</span>
        </div>
        <div className="row wrap">
          {(cameras?.length ?? 0) > 1 ? <button type="button" className="button" onClick={() => setChoosing(true)}><Icon name="choose" />Several in step</button> : null}
          <RecordControls camera={id} />{first?.camera === undefined ? null : <CaptureButton camera={first.camera} />}<DayStepper day={day} hours={shown.hours} nowMs={nowMs} change={changeDay} />
        </div>
      </div>
      <div className={`screens ${layoutOf(ids.length)}`}>
        {chosen.map(({ id: each, camera }, at) => <CameraScreen key={each} id={each} camera={camera} conductor={conductor} player={player} nowMs={nowMs} clock={clock} muted={muted || at > 0} isOne={ids.length > 1} />)}
      </div>
      {player.edge ? <p className="small dim edge" role="status">This is the newest there is of {ids.length === 1 ? 'this camera' : 'these cameras'}. {canLive ? 'Live goes on.' : 'It goes on when a camera is back.'}</p> : null}
      <div className="row spread wrap transport">
        <Transport conductor={conductor} player={player} nowMs={nowMs} canLive={canLive} muted={muted} toggleSound={toggleSound} />
        <ZoomButtons view={view} nowMs={nowMs} middleMs={around} look={look} />
      </div>
      {list === undefined && error !== undefined ? <Failure title="The recordings cannot be shown" error={error.status === 0 && camerasError !== undefined ? camerasError : error} retry={refresh} /> : null}
      <div className="stack">
        <DvrTimeline cameras={chosen} view={view} nowMs={nowMs} headMs={headMs} chosen={range} look={look} scrub={(ms) => conductor.scrub(ms)} pick={pick} />
        {list !== undefined && shown.hours.length === 0 ? <p className="small dim">Nothing was recorded of {name} yet. Start its machine, or choose in Settings when it is recorded: from then on this timeline fills up.</p> : null}
        <MarkBar cameras={chosen} marks={marks} atMs={headMs} mark={mark} clear={() => setMarks(NO_MARKS)} />
        <span className="label">{ids.length === 1 ? 'Whole day' : `Whole day of ${name}`}</span>
        <Timeline label={`${name}, ${dayName(day.fromMs)}`} range={day} ledger={ledger} kept={kept} chosen={range} nowMs={nowMs} playheadMs={headMs} marked={view} pick={pick} />
        {isKnown || ledgerError === undefined || list === undefined ? null : <LedgerTrouble error={ledgerError} retry={refreshLedger} />}
        <Legend />
        <SaidLines camera={id} range={{ fromMs: Math.max(view.fromMs, day.fromMs), toMs: Math.min(view.toMs, day.toMs) }} headMs={headMs} pick={pick} />
        {chosen.map(({ id: each, name: of }) => <KeptRanges key={each} camera={each} name={of} isOne={ids.length > 1} pick={pick} />)}
        <SecondTakes camera={id} name={chosen[0]?.name ?? id} spans={shown.spans} />
        <MastersOfDay camera={id} day={day} pick={pick} />
      </div>
      {choosing && cameras !== undefined ? <ChooseCameras cameras={cameras} chosen={ids} choose={choose} onClose={() => setChoosing(false)} /> : null}
    </div>
  )
}

