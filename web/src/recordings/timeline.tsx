import { type PointerEvent, useId, useState } from 'react'
import type { RecordingList } from '#protocols/http.ts'
import { formatAge, formatClock } from '../design/format.ts'
import { type Range, momentAt, shareOf, ticksOf } from './timeline-math.ts'

interface TimelineProps {
  readonly label: string
  readonly range: Range
  readonly list: Pick<RecordingList, 'spans' | 'gaps'>
  /** The node's clock. */
  readonly nowMs: number
  readonly playheadMs?: number | null
  /** A part to mark, such as what the closer timeline shows. */
  readonly marked?: Range
  readonly tall?: boolean
  readonly pick: (ms: number) => void
}

/** Most labels on a timeline. @default 13 */
const TICKS = 13
/** How near a pointer must come to a gap, as a share of the width. @default 0.004 */
const SLACK = 0.004

const percent = (share: number): string => `${(share * 100).toFixed(4)}%`

/** A label at either end stays inside. */
const edgeOf = (share: number): string => share < 0.02 ? 'first' : share > 0.98 ? 'last' : ''

function words(list: TimelineProps['list'], atMs: number, slackMs: number): string {
  const moment = momentAt(list, atMs, slackMs)
  switch (moment.type) {
    case 'gap': return `${formatClock(moment.startMs)}, gap of ${formatAge(moment.endMs - moment.startMs)}: ${moment.reason}`
    case 'span': return `${formatClock(atMs)}, recorded on ${moment.span.node}`
    default: return `${formatClock(atMs)}, nothing recorded`
  }
}

/** Spans and gaps of a stretch of time; a click picks a moment, hovering or focusing a gap tells its reason. */
export function Timeline({ label, range, list, nowMs, playheadMs = null, marked, tall = false, pick }: TimelineProps) {
  const hatch = useId()
  const [hover, setHover] = useState<{ readonly share: number; readonly text: string } | null>(null)
  const length = range.toMs - range.fromMs
  const timeOf = (event: PointerEvent<Element>): { readonly share: number; readonly ms: number } => {
    const box = event.currentTarget.getBoundingClientRect()
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
    return { share, ms: range.fromMs + share * length }
  }
  const rect = ({ fromMs, toMs }: Range) => {
    const from = Math.max(0, shareOf(fromMs, range))
    return { x: percent(from), width: percent(Math.max(0, Math.min(1, shareOf(toMs, range)) - from)) }
  }
  const isSeen = (fromMs: number, toMs: number): boolean => toMs > range.fromMs && fromMs < range.toMs
  const isNowSeen = nowMs > range.fromMs && nowMs < range.toMs
  return (
    <div className={`timeline ${tall ? 'tall' : ''}`}>
      <svg role="group" aria-label={label} onPointerMove={(event) => { const { share, ms } = timeOf(event); setHover({ share, text: words(list, ms, length * SLACK) }) }} onPointerLeave={() => setHover(null)} onClick={(event) => pick(timeOf(event as unknown as PointerEvent<Element>).ms)}>
        <defs><pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" className="gap-ground" /><rect width="2.5" height="6" className="gap-line" /></pattern></defs>
        <rect className="ground" width="100%" height="100%" />
        {marked === undefined ? null : <rect className="marked" {...rect(marked)} height="100%" />}
        {ticksOf(range, TICKS).map((ms) => <line key={ms} className="tick" x1={percent(shareOf(ms, range))} x2={percent(shareOf(ms, range))} y1="0" y2="100%" />)}
        {isNowSeen ? <rect className="future" {...rect({ fromMs: nowMs, toMs: range.toMs })} height="100%" /> : null}
        {list.spans.filter(({ startMs, endMs }) => isSeen(startMs, endMs)).map(({ session, startMs, endMs, growing }) => (
          <rect key={`${session}-${startMs}`} className={`span ${growing ? 'growing' : ''}`} {...rect({ fromMs: startMs, toMs: growing ? Math.max(endMs, Math.min(nowMs, endMs + 4000)) : endMs })} y="22%" height="56%" rx="2" />
        ))}
        {list.gaps.filter(({ startMs, endMs }) => isSeen(startMs, endMs)).map(({ startMs, endMs, reason }) => {
          const text = `Gap of ${formatAge(endMs - startMs)} at ${formatClock(startMs)}: ${reason}`
          return <rect key={startMs} className="gap" {...rect({ fromMs: startMs, toMs: endMs })} y="22%" height="56%" fill={`url(#${CSS.escape(hatch)})`} tabIndex={0} role="img" aria-label={text} onFocus={() => setHover({ share: Math.min(1, Math.max(0, shareOf(startMs, range))), text })} onBlur={() => setHover(null)} />
        })}
        {isNowSeen ? <line className="now" x1={percent(shareOf(nowMs, range))} x2={percent(shareOf(nowMs, range))} y1="0" y2="100%" /> : null}
        {hover === null ? null : <line className="hover" x1={percent(hover.share)} x2={percent(hover.share)} y1="0" y2="100%" />}
        {playheadMs === null || playheadMs < range.fromMs || playheadMs > range.toMs ? null : <line className="playhead" x1={percent(shareOf(playheadMs, range))} x2={percent(shareOf(playheadMs, range))} y1="0" y2="100%" />}
      </svg>
      <div className="ticks num" aria-hidden="true">
        {ticksOf(range, TICKS).map((ms) => <span key={ms} className={edgeOf(shareOf(ms, range))} style={{ left: percent(shareOf(ms, range)) }}>{formatClock(ms).slice(0, length < 1_200_000 ? 8 : 5)}</span>)}
      </div>
      {hover === null ? null : <div className="tip num" role="tooltip" style={{ left: percent(Math.min(0.86, Math.max(0.14, hover.share))) }}>{hover.text}</div>}
    </div>
  )
}
