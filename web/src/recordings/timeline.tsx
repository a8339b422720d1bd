import { type MouseEvent, type PointerEvent, useId, useState } from 'react'
import type { KeptView, LedgerEntry } from '#protocols/http.ts'
import { formatAge, formatClock } from '../design/format.ts'
import { type Range, rangeAt, shareOf, ticksOf } from './timeline-math.ts'

interface TimelineProps {
  readonly label: string
  readonly range: Range
  readonly ledger: readonly LedgerEntry[]
  readonly kept?: readonly KeptView[]
  /** When something moved. */
  readonly motions?: readonly Range[]
  /** The node's clock. */
  readonly nowMs: number
  readonly playheadMs?: number | null
  /** A part to mark, such as what the closer timeline shows. */
  readonly marked?: Range
  /** What a person marked to be kept or exported. */
  readonly chosen?: Range | undefined
  readonly tall?: boolean
  /** False on all but the last of several that lie under each other. @default true */
  readonly hasTicks?: boolean
  /** Without it whoever is around it deals with the pointer. */
  readonly pick?: (ms: number) => void
}

/** Most labels on a timeline. @default 13 */
const TICKS = 13
/** How near a pointer must come to what is lost, as a share of the width. @default 0.004 */
export const SLACK = 0.004

const percent = (share: number): string => `${(share * 100).toFixed(4)}%`

/** A label at either end stays inside. */
const edgeOf = (share: number): string => share < 0.02 ? 'first' : share > 0.98 ? 'last' : ''

/** What became of a moment, in words. */
export function words(ledger: readonly LedgerEntry[], atMs: number, slackMs: number): string {
  const entry = rangeAt(ledger, atMs, slackMs)
  switch (entry?.state) {
    case 'recorded': return `${formatClock(atMs)}, recorded on ${entry.node ?? 'a node'}`
    case 'lost': return wordsOfLoss(entry)
    case 'not-expected': return `${formatClock(atMs)}, not expected: ${entry.reason ?? ''}`
    default: return formatClock(atMs)
  }
}

const wordsOfLoss = ({ startMs, endMs, reason }: LedgerEntry): string => `${formatClock(startMs)}, lost ${formatAge(endMs - startMs)}: ${reason ?? ''}`

/** What became of a stretch of time; a click picks a moment, hovering or focusing what is lost tells its reason. */
export function Timeline({ label, range, ledger, kept = [], motions = [], nowMs, playheadMs = null, marked, chosen, tall = false, hasTicks = true, pick }: TimelineProps) {
  const id = CSS.escape(useId())
  const [hover, setHover] = useState<{ readonly share: number; readonly text: string } | null>(null)
  const length = range.toMs - range.fromMs
  const timeOf = (event: MouseEvent<Element>): { readonly share: number; readonly ms: number } => {
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
  const seen = ledger.filter(({ startMs, endMs }) => isSeen(startMs, endMs))
  const focus = (fromMs: number, text: string) => ({ tabIndex: 0, role: 'img', 'aria-label': text, onFocus: () => setHover({ share: Math.min(1, Math.max(0, shareOf(fromMs, range))), text }), onBlur: () => setHover(null) })
  const line = (ms: number, name: string) => <line className={name} x1={percent(shareOf(ms, range))} x2={percent(shareOf(ms, range))} y1="0" y2="100%" />
  const pointing = pick === undefined ? {} : {
    onPointerMove: (event: PointerEvent<Element>) => { const { share, ms } = timeOf(event); setHover({ share, text: words(ledger, ms, length * SLACK) }) },
    onPointerLeave: () => setHover(null), onClick: (event: MouseEvent<Element>) => pick(timeOf(event).ms)
  }
  return (
    <div className={`timeline ${tall ? 'tall' : ''}`}>
      <svg role="group" aria-label={label} {...pointing}>
        <defs>
          <pattern id={`lost${id}`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" className="gap-ground" /><rect width="2.5" height="6" className="gap-line" /></pattern>
          <pattern id={`quiet${id}`} width="8" height="8" patternUnits="userSpaceOnUse"><circle cx="4" cy="4" r="0.9" className="quiet-dot" /></pattern>
        </defs>
        <rect className="ground" width="100%" height="100%" />
        {marked === undefined ? null : <rect className="marked" {...rect(marked)} height="100%" />}
        {ticksOf(range, TICKS).map((ms) => <g key={ms}>{line(ms, 'tick')}</g>)}
        {isNowSeen ? <rect className="future" {...rect({ fromMs: nowMs, toMs: range.toMs })} height="100%" /> : null}
        {seen.filter(({ state, reason }) => state === 'not-expected' && reason !== 'not yet').map(({ startMs, endMs }) => <rect key={startMs} className="quiet" {...rect({ fromMs: startMs, toMs: endMs })} y="22%" height="56%" fill={`url(#quiet${id})`} />)}
        {seen.filter(({ state }) => state === 'recorded').map(({ startMs, endMs }) => {
          const isGrowing = endMs > nowMs - GROWING_MS
          return <rect key={startMs} className={`span ${isGrowing ? 'growing' : ''}`} {...rect({ fromMs: startMs, toMs: isGrowing ? Math.max(endMs, Math.min(nowMs, endMs + 4000)) : endMs })} y="22%" height="56%" rx="2" />
        })}
        {seen.filter(({ state }) => state === 'lost').map((entry) => <rect key={entry.startMs} className="gap" {...rect({ fromMs: entry.startMs, toMs: entry.endMs })} y="22%" height="56%" fill={`url(#lost${id})`} {...focus(entry.startMs, wordsOfLoss(entry))} />)}
        {motions.filter(({ fromMs, toMs }) => isSeen(fromMs, toMs)).map(({ fromMs, toMs }) => <rect key={fromMs} className="motion" {...rect({ fromMs, toMs: Math.max(toMs, fromMs + length * LEAST_MOTION) })} y="6%" height="12%" rx="1" />)}
        {kept.filter(({ fromMs, toMs }) => isSeen(fromMs, toMs)).map(({ id: key, fromMs, toMs, name }) => <rect key={key} className="kept" {...rect({ fromMs, toMs })} y="80%" height="14%" rx="2" {...focus(fromMs, `Kept for good: ${name === '' ? formatClock(fromMs) : name}`)} />)}
        {chosen === undefined ? null : <rect className="chosen" {...rect(chosen)} y="4%" height="92%" />}
        {isNowSeen ? line(nowMs, 'now') : null}
        {hover === null ? null : <line className="hover" x1={percent(hover.share)} x2={percent(hover.share)} y1="0" y2="100%" />}
        {playheadMs === null || playheadMs < range.fromMs || playheadMs > range.toMs ? null : line(playheadMs, 'playhead')}
      </svg>
      {hasTicks ? <div className="ticks num" aria-hidden="true">
        {ticksOf(range, TICKS).map((ms) => <span key={ms} className={edgeOf(shareOf(ms, range))} style={{ left: percent(shareOf(ms, range)) }}>{tickName(ms, length)}</span>)}
      </div> : null}
      {hover === null ? null : <div className="tip num" role="tooltip" style={{ left: percent(Math.min(0.86, Math.max(0.14, hover.share))) }}>{hover.text}</div>}
    </div>
  )
}

/** A tick's time of day, or its day where days are told apart. */
function tickName(ms: number, lengthMs: number): string {
  if (lengthMs <= 1.5 * 86_400_000) return formatClock(ms).slice(0, lengthMs < 1_200_000 ? 8 : 5)
  const date = new Date(ms)
  return date.getHours() === 0 ? date.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric' }) : formatClock(ms).slice(0, 5)
}

/** A motion is drawn at least so wide, as a share of the width. @default 0.002 */
const LEAST_MOTION = 0.002
/** A recording that reaches this close to now goes on, ms. @default 15000 */
const GROWING_MS = 15_000
