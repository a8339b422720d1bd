import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { CameraView } from '#protocols/http.ts'
import { formatAge } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { Failure, Notice } from '../design/notice.tsx'
import { recordingLight } from '../live/recording-light.ts'
import { AddDialog } from '../ring/add-dialog.tsx'
import { useTitle } from '../shell/shortcuts.ts'
import { useMay } from '../shell/use-may.ts'
import { DayStepper, dayName } from './day-stepper.tsx'
import { LedgerTrouble } from './ledger-trouble.tsx'
import { Timeline } from './timeline.tsx'
import { type Range, dayOf, timeIn } from './timeline-math.ts'
import { useCameras, useKept, useLedger } from './use-recordings.ts'
import './recordings.css'

function CameraDay({ camera, day, nowMs }: { readonly camera: CameraView; readonly day: Range; readonly nowMs: number }) {
  const [, navigate] = useLocation()
  const { ledger, isKnown, error, refresh } = useLedger(camera.id, day, nowMs)
  const { kept } = useKept(camera.id)
  const light = recordingLight(camera, nowMs)
  const href = `/recordings/${encodeURIComponent(camera.id)}`
  const [recorded, lost] = [timeIn(ledger, 'recorded', day), timeIn(ledger, 'lost', day)]
  return (
    <li className="card camera-day">
      <div className="row spread wrap">
        <div className="row"><Link className="camera-name" href={`${href}?day=${day.fromMs}`}>{camera.name}</Link><span className={`rec small ${light.tone}`}><i />{light.text}</span></div>
        <span className="small dim num">{!isKnown ? ' ' : `${recorded === 0 ? 'nothing recorded' : `${formatAge(recorded)} recorded`}${lost > 0 ? `, ${formatAge(lost)} lost` : ''}`}</span>
      </div>
      <Timeline label={`${camera.name}, ${dayName(day.fromMs)}`} range={day} ledger={ledger} kept={kept} nowMs={nowMs} pick={(ms) => navigate(`${href}?t=${Math.round(ms)}`)} />
      {camera.live || camera.reason === null ? null : <p className="small dim">{camera.reason}</p>}
      {error === undefined || isKnown ? null : <LedgerTrouble error={error} retry={refresh} />}
    </li>
  )
}

/** Every camera's day, one under the other. */
export function RecordingsPage() {
  useTitle('Recordings')
  const { nowMs, cameras, error, refresh } = useCameras()
  const [chosen, setDay] = useState<Range | null>(null)
  const [adding, setAdding] = useState(false)
  const { edit } = useMay()
  const day = chosen ?? dayOf(nowMs)
  return (
    <div className="page">
      <div className="page-head">
        <div className="row wrap"><h1>Recordings</h1><span className="dim">{dayName(day.fromMs)}</span></div>
        <DayStepper day={day} hours={[]} nowMs={nowMs} change={setDay} />
      </div>
      {cameras === undefined && error !== undefined ? <Failure title="The recordings cannot be shown" error={error} retry={refresh} /> : null}
      {cameras === undefined && error === undefined ? <div className="stack" aria-busy="true"><div className="skeleton day-skeleton" /><div className="skeleton day-skeleton" /></div> : null}
      {cameras?.length === 0 ? (
        <Notice icon="recordings" title="Nothing has been recorded" actions={edit ? <button type="button" className="button primary" onClick={() => setAdding(true)}><Icon name="plus" />Add a camera</button> : null}>
          Every camera is recorded from the moment it is attached, on two nodes at once. Attach one, and its day fills up here.
        </Notice>
      ) : null}
      <ul className="stack">{[...cameras ?? []].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })).map((camera) => <CameraDay key={camera.id} camera={camera} day={day} nowMs={nowMs} />)}</ul>
      {adding ? <AddDialog role="peer" onClose={() => setAdding(false)} /> : null}
    </div>
  )
}
