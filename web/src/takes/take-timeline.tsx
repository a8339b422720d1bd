import { type PointerEvent, useRef } from 'react'
import type { TakeAngleView, WaveformView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import type { Conductor } from '../player/conductor.ts'
import { keyOf, wavePath, wordsOfPlace, wordsOfTrust } from './angle-words.ts'

/** Columns of a waveform on screen. */
const WIDTH = 2_000

interface TimelineProps {
  readonly angles: readonly TakeAngleView[]
  readonly durationMs: number
  readonly atMs: number
  readonly conductor: Conductor
  readonly chosen: string
  readonly choose: (recording: string) => void
}

function AngleRow({ angle, at, durationMs, isChosen, choose }: { readonly angle: TakeAngleView; readonly at: number; readonly durationMs: number; readonly isChosen: boolean; readonly choose: () => void }) {
  const { data } = useResource<WaveformView>(angle.hasSound && angle.footage === null ? `/assets/${encodeURIComponent(angle.recording)}/waveform` : null)
  const share = (ms: number): string => `${(ms / Math.max(1, durationMs) * 100).toFixed(4)}%`
  return (
    <li className={`angle-row ${isChosen ? 'chosen' : ''}`} data-row={angle.recording} data-offset={angle.offsetMs}>
      <button type="button" className="angle-name" aria-pressed={isChosen} onClick={choose}><span className="kbd">{keyOf(at)}</span><span className="cut">{angle.title}</span><span className="small dim num">{wordsOfPlace(angle)}</span><span className="small dim">{wordsOfTrust(angle)}</span></button>
      <div className="angle-track">
        <svg style={{ left: share(angle.offsetMs), width: share(angle.durationMs * (1 + angle.driftPpm / 1e6)) }} viewBox={`0 0 ${WIDTH} 2`} preserveAspectRatio="none" aria-hidden="true"><rect width={WIDTH} height="2" />{data === undefined ? null : <path d={wavePath(data.peaks, WIDTH)} />}</svg>
      </div>
    </li>
  )
}

/** All recordings under each other, each with its waveform where it lies; the pointer moves them all. */
export function TakeTimeline({ angles, durationMs, atMs, conductor, chosen, choose }: TimelineProps) {
  const wasPlaying = useRef(false)
  const track = useRef<HTMLDivElement>(null)
  const momentOf = ({ clientX }: PointerEvent): number => {
    const { left, width } = track.current!.getBoundingClientRect()
    return Math.max(0, Math.min(durationMs - 1, (clientX - left) / width * durationMs))
  }
  const scrub = (event: PointerEvent): void => conductor.frame(momentOf(event) - (conductor.atMs ?? 0))
  const begin = (event: PointerEvent<HTMLDivElement>): void => {
    wasPlaying.current = conductor.view.get().playing
    event.currentTarget.setPointerCapture(event.pointerId)
    scrub(event)
  }
  return (
    <div className="take-timeline">
      <ul>{angles.map((angle, at) => <AngleRow key={angle.recording} angle={angle} at={at} durationMs={durationMs} isChosen={angle.recording === chosen} choose={() => choose(angle.recording)} />)}</ul>
      <div ref={track} className="take-track" role="slider" tabIndex={0} aria-label="Time in the take" aria-valuemin={0} aria-valuemax={Math.round(durationMs / 1000)} aria-valuenow={Math.round(atMs / 1000)}
        onPointerDown={begin} onPointerMove={(event) => { if (event.buttons === 1) scrub(event) }} onPointerUp={(event) => { if (wasPlaying.current) conductor.play(momentOf(event)) }}>
        <i className="hair" style={{ left: `${atMs / Math.max(1, durationMs) * 100}%` }} />
      </div>
    </div>
  )
}
