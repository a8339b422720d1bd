import { useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { TakeAngleView, TakeView } from '#protocols/http.ts'
import { API, api } from '../api/client.ts'
import { useResource } from '../api/resource.ts'
import { Back } from '../design/back.tsx'
import { Dialog } from '../design/dialog.tsx'
import { formatDuration } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { toast } from '../design/toast.tsx'
import { wayBack } from '../organise/undo.ts'
import type { Conductor, PlayerView } from '../player/conductor.ts'
import { exportUrl } from '../player/range-file.ts'
import { frameMsOf, STEP_MS, transportKeys } from '../player/transport-keys.ts'
import { useConductor } from '../player/use-conductor.ts'
import { useShortcuts, useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { AngleScreen } from './angle-screen.tsx'
import { TakeTimeline } from './take-timeline.tsx'
import { useNudges } from './use-nudges.ts'
import '../live/live.css'
import '../player/player.css'
import { layoutOf } from '../player/screens.ts'
import './takes.css'

/** Recordings that play at once, at most. @default 9 */
export const MOST_ANGLES = 9

interface HeadProps {
  readonly take: TakeView
  readonly path: string
  readonly refresh: () => void
}

function Head({ take, path, refresh }: HeadProps) {
  const [, navigate] = useLocation()
  const { edit } = useMay()
  const [dissolving, setDissolving] = useState(false)
  const failed = (error: Error): void => toast(error.message, 'bad')
  const rename = (name: string): void => { if (name.trim() !== '' && name.trim() !== take.name) api.patch(path, { name: name.trim() }).then(refresh, failed) }
  return (
    <div className="page-head">
      <div className="row wrap">
        <Back href="/takes" to="All takes" />
        <h1 className="take-name">{!edit ? take.name : <input key={take.name} className="field title-field" aria-label="Name of the take" defaultValue={take.name} maxLength={200} onBlur={({ target }) => rename(target.value)} onKeyDown={(event) => { if (event.key === 'Enter') event.currentTarget.blur() }} />}</h1>
      </div>
      <div className="row wrap">
        <a className="button" href={`${API}${path}/take.fcpxml`} download={`${take.name}.fcpxml`}><Icon name="download" />Multicam clip</a>
        <a className="button" href={`${API}${path}/take.csv`} download={`${take.name}.csv`}><Icon name="download" />Offsets</a>
        {edit ? <button type="button" className="button danger" onClick={() => setDissolving(true)}>Dissolve</button> : null}
      </div>
      {dissolving ? (
        <Dialog title="Dissolve this take?" onClose={() => setDissolving(false)}>
          <p>Its recordings stay in the library. They are not put together again by themselves.</p>
          <button type="button" className="button danger" onClick={() => { api.remove(path).then(({ undo }) => { navigate('/takes'); toast('The take is dissolved; its recordings stay.', 'plain', wayBack(undo)) }, failed) }}>Dissolve it</button>
        </Dialog>
      ) : null}
    </div>
  )
}

function Controls({ conductor, player, durationMs }: { readonly conductor: Conductor; readonly player: PlayerView; readonly durationMs: number }) {
  const clock = (ms: number): string => `${formatDuration(ms)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`
  return (
    <div className="row wrap transport-keys">
      <button type="button" className="button icon" aria-label="Five seconds back" onClick={() => conductor.step(-STEP_MS)}><Icon name="back5" /></button>
      <button type="button" className="button icon primary" aria-label={player.playing ? 'Pause' : 'Play'} onClick={() => conductor.toggle()}><Icon name={player.playing ? 'pause' : 'play'} /></button>
      <button type="button" className="button icon" aria-label="Five seconds ahead" onClick={() => conductor.step(STEP_MS)}><Icon name="ahead5" /></button>
      <span className="clock num" data-playhead={Math.round(player.atMs ?? 0)}>{clock(player.atMs ?? 0)}</span><span className="small dim num">of {formatDuration(durationMs)}</span>
      {player.waiting ? <span className="small dim" role="status">loading…</span> : null}
    </div>
  )
}

interface ChosenProps {
  readonly angle: TakeAngleView
  readonly frameMs: number
  readonly isSaving: boolean
  readonly nudge: (byMs: number) => void
  readonly takeOut: () => void
}

/** What may be done with the recording that is chosen. */
function Chosen({ angle: { recording, footage, title, name }, frameMs, isSaving, nudge, takeOut }: ChosenProps) {
  return (
    <div className="row wrap chosen-angle" role="group" aria-label={`Where ${title} lies`}>
      <Link className="cut" href={footage === null ? `/library/${encodeURIComponent(recording)}` : `/recordings/${encodeURIComponent(footage.camera)}?t=${footage.fromMs}`}>{title}</Link>
      {footage === null ? null : <a className="button" href={exportUrl(footage.camera, footage, 'parts', name.replace(/\.mp4$/, ''))} download={name}><Icon name="download" />Its file</a>}
      <button type="button" className="button" title="[" onClick={() => nudge(-frameMs)}>A frame earlier</button>
      <button type="button" className="button" title="{" onClick={() => nudge(-1)}>1 ms earlier</button>
      <button type="button" className="button" title="}" onClick={() => nudge(1)}>1 ms later</button>
      <button type="button" className="button" title="]" onClick={() => nudge(frameMs)}>A frame later</button>
      <button type="button" className="button quiet" onClick={takeOut}>Take it out</button>
      {isSaving ? <span className="small dim" role="status">saving…</span> : null}
    </div>
  )
}

function Whole({ take, path, refresh }: HeadProps) {
  useTitle(take.name)
  const { conductor, view: player } = useConductor(Date.now, 'past')
  const { angles, isSaving, nudge } = useNudges(path, take)
  const shown = angles.slice(0, MOST_ANGLES)
  const [sound, setSound] = useState('')
  const [muted, setMuted] = useState(() => !navigator.userActivation.hasBeenActive)
  const [chosenId, choose] = useState('')
  const heard = shown.find(({ recording }) => recording === sound) ?? shown.find(({ hasSound }) => hasSound)
  const chosen = shown.find(({ recording }) => recording === chosenId)
  useEffect(() => {
    conductor.play(0)
    conductor.pause()
  }, [conductor])
  const { edit } = useMay()
  const frameMs = frameMsOf(shown.find(({ framesPerSecond }) => framesPerSecond !== null)?.framesPerSecond)
  const listen = (angle: TakeAngleView | undefined): void => {
    if (angle?.hasSound !== true) return
    setSound(angle.recording)
    setMuted(false)
  }
  const move = (byMs: number): void => { if (edit && chosen !== undefined) nudge(chosen.recording, byMs) }
  const takeOut = (recording: string): void => { api.patch(path, { remove: [recording] }).then(refresh, (error: Error) => toast(error.message, 'bad')) }
  useShortcuts({
    ...transportKeys(conductor, frameMs), m: () => setMuted((now) => !now), Home: () => conductor.frame(-(conductor.atMs ?? 0)),
    '[': () => move(-frameMs), ']': () => move(frameMs), '{': () => move(-1), '}': () => move(1),
    ...Object.fromEntries(shown.map((angle, at) => [String(at + 1), () => listen(angle)]))
  })
  return (
    <>
      <Head take={take} path={path} refresh={refresh} />
      <div className={`screens ${layoutOf(shown.length)}`}>
        {shown.map((angle, at) => <AngleScreen key={angle.recording} angle={angle} at={at} conductor={conductor} hasSound={angle === heard} muted={muted} listen={() => listen(angle)} />)}
      </div>
      {angles.length > MOST_ANGLES ? <p className="small dim">The first {MOST_ANGLES} of {angles.length} recordings are shown.</p> : null}
      {take.missing > 0 ? <p className="small dim">{take.missing} more {take.missing === 1 ? 'was' : 'were'} deleted, or {take.missing === 1 ? 'is' : 'are'} not known on this node yet.</p> : null}
      <Controls conductor={conductor} player={player} durationMs={take.durationMs} />
      <TakeTimeline angles={shown} durationMs={take.durationMs} atMs={player.atMs ?? 0} conductor={conductor} chosen={chosen?.recording ?? ''} choose={(recording) => choose(recording === chosenId ? '' : recording)} />
      {!edit ? <p className="small dim">1 to 9 choose whose sound is heard.</p> : chosen === undefined ? <p className="small dim">Choose a recording to move it: [ and ] by a frame, {'{'} and {'}'} by a millisecond. 1 to 9 choose whose sound is heard.</p> : <Chosen angle={chosen} frameMs={frameMsOf(chosen.framesPerSecond)} isSaving={isSaving} nudge={move} takeOut={() => takeOut(chosen.recording)} />}
      {take.notes.length === 0 ? null : <ul className="small notes-of-take">{take.notes.map((note) => <li key={note}><Icon name="alert" />{note}</li>)}</ul>}
    </>
  )
}

/** Several recordings of one moment, in step. */
export function TakePage({ id }: { readonly id: string }) {
  useTitle('Take')
  const path = `/takes/${encodeURIComponent(id)}`
  const { data, error, refresh } = useResource<TakeView>(path)
  const back = <Link className="button" href="/takes">All takes</Link>
  return (
    <div className="page take-page">
      {data === undefined && error?.status === 404 ? <Notice isWhole icon="video" title="There is no such take" actions={back}>It was dissolved, or became part of another one.</Notice> : null}
      {data === undefined && error !== undefined && error.status !== 404 ? <Failure isWhole title="The take cannot be shown" error={error} retry={refresh} /> : null}
      {data === undefined && error === undefined ? <div className="skeleton stage-skeleton" aria-busy="true" /> : null}
      {data === undefined ? null : data.angles.length === 0 ? <Notice isWhole icon="video" title="Nothing is left of this take" actions={back}>All of its recordings were deleted.</Notice> : <Whole take={data} path={path} refresh={refresh} />}
    </div>
  )
}
