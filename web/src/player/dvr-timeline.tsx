import { type PointerEvent, useCallback, useEffect, useRef, useState } from 'react'
import type { LedgerEntry } from '#protocols/http.ts'
import { formatClock } from '../design/format.ts'
import { SLACK, Timeline, words } from '../recordings/timeline.tsx'
import { type Range, rangeAt, shareOf } from '../recordings/timeline-math.ts'
import { useKept, useLedger, useMotions } from '../recordings/use-recordings.ts'
import { usePinch } from './use-pinch.ts'
import { useThumbnail } from './use-thumbnail.ts'
import { daysAround, panned, thumbnailStep, zoomed } from './zoom.ts'

interface Named { readonly id: string; readonly name: string }

interface RowProps {
  readonly camera: Named
  readonly view: Range
  readonly nowMs: number
  readonly headMs: number | null
  readonly chosen: Range | undefined
  readonly tall: boolean
  readonly isLast: boolean
  readonly tell: (camera: string, ledger: readonly LedgerEntry[]) => void
}

function Row({ camera: { id, name }, view, nowMs, headMs, chosen, tall, isLast, tell }: RowProps) {
  const { ledger } = useLedger(id, daysAround(view), nowMs)
  const { kept } = useKept(id)
  const motions = useMotions(id, daysAround(view), nowMs)
  // Old days stay on screen while new ones are asked for.
  const shown = useRef(ledger)
  if (ledger.length > 0) shown.current = ledger
  useEffect(() => tell(id, shown.current), [id, ledger, tell])
  return (
    <div className="dvr-row" data-row={id}>
      {tall ? null : <span className="row-name small cut">{name}</span>}
      <Timeline tall={tall} hasTicks={isLast} label={`${name}, ${formatClock(view.fromMs)} to ${formatClock(view.toMs)}`} range={view} ledger={shown.current} kept={kept} motions={motions} chosen={chosen} nowMs={nowMs} playheadMs={headMs} />
    </div>
  )
}

interface DvrTimelineProps {
  readonly cameras: readonly Named[]
  readonly view: Range
  readonly nowMs: number
  readonly headMs: number | null
  readonly chosen: Range | undefined
  readonly look: (view: Range) => void
  /** While the pointer is down; then `pick` with the moment it ends at. */
  readonly scrub: (ms: number) => void
  readonly pick: (ms: number) => void
}

/** One stretch of time of one camera or of several: drag to look for a moment, wheel or pinch to zoom, and see what was recorded under the pointer. */
export function DvrTimeline({ cameras, view, nowMs, headMs, chosen, look, scrub, pick }: DvrTimelineProps) {
  const area = useRef<HTMLDivElement>(null)
  const ledgers = useRef(new Map<string, readonly LedgerEntry[]>())
  const [hover, setHover] = useState<{ readonly ms: number; readonly camera: string } | null>(null)
  const [scrubbing, setScrubbing] = useState(false)
  const tell = useCallback((camera: string, ledger: readonly LedgerEntry[]) => { ledgers.current.set(camera, ledger) }, [])
  const latest = useRef({ view, nowMs, look })
  useEffect(() => { latest.current = { view, nowMs, look } })
  const timeAt = (clientX: number): number => {
    const box = area.current?.getBoundingClientRect() ?? { left: 0, width: 1 }
    return view.fromMs + Math.min(1, Math.max(0, (clientX - box.left) / box.width)) * (view.toMs - view.fromMs)
  }
  const pinch = usePinch(area, latest)
  // React listens to wheels passively, and the page must not scroll under this one.
  useEffect(() => {
    const element = area.current
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault()
      const { view: now, nowMs: nodeMs, look: show } = latest.current
      const box = element!.getBoundingClientRect()
      const at = now.fromMs + (event.clientX - box.left) / box.width * (now.toMs - now.fromMs)
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : 0
      show(sideways === 0 ? zoomed(now, 2 ** (Math.max(-200, Math.min(200, event.deltaY)) / 200), at, nodeMs) : panned(now, sideways / box.width, nodeMs))
    }
    element?.addEventListener('wheel', onWheel, { passive: false })
    return () => element?.removeEventListener('wheel', onWheel)
  }, [])

  const rowAt = (event: PointerEvent): string => (event.target as Element).closest<HTMLElement>('[data-row]')?.dataset['row'] ?? hover?.camera ?? cameras[0]?.id ?? ''
  const onDown = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return
    pinch.down(event)
    if (pinch.isPinching()) return setScrubbing(false)
    setHover({ ms: timeAt(event.clientX), camera: rowAt(event) })
    event.currentTarget.setPointerCapture(event.pointerId)
    setScrubbing(true)
    scrub(Math.min(nowMs, timeAt(event.clientX)))
  }
  const onMove = (event: PointerEvent<HTMLDivElement>): void => {
    if (pinch.move(event)) return setHover(null)
    const ms = timeAt(event.clientX)
    setHover({ ms, camera: rowAt(event) })
    if (scrubbing) scrub(Math.min(nowMs, ms))
  }
  const onUp = (event: PointerEvent<HTMLDivElement>): void => {
    const wasPinch = pinch.isPinching()
    pinch.up(event)
    if (!scrubbing) return
    setScrubbing(false)
    if (!wasPinch) pick(Math.min(nowMs, timeAt(event.clientX)))
  }
  const ledger = hover === null ? [] : ledgers.current.get(hover.camera) ?? []
  const isRecorded = (ms: number): boolean => ledger.some(({ state, startMs, endMs }) => state === 'recorded' && ms >= startMs && ms < endMs)
  const thumbnail = useThumbnail(hover?.camera ?? null, hover?.ms ?? 0, thumbnailStep(view), isRecorded)
  const share = hover === null ? 0 : shareOf(hover.ms, view)
  const isTall = cameras.length === 1
  return (
    <div className={`dvr-timeline ${scrubbing ? 'scrubbing' : ''}`} ref={area} data-view={`${Math.round(view.fromMs)} ${Math.round(view.toMs)}`} onPointerDown={onDown} onPointerMove={onMove} onPointerUp={onUp} onPointerCancel={(event) => { pinch.up(event); setScrubbing(false); setHover(null) }} onPointerLeave={() => { if (!scrubbing) setHover(null) }}>
      {cameras.map((camera, at) => <Row key={camera.id} camera={camera} view={view} nowMs={nowMs} headMs={headMs} chosen={chosen} tall={isTall} isLast={at === cameras.length - 1} tell={tell} />)}
      {hover === null ? null : (
        <>
          <i className="hair" style={{ left: `${share * 100}%` }} />
          <div className="peek" role="tooltip" style={{ left: `clamp(120px, ${share * 100}%, calc(100% - 120px))` }}>
            {thumbnail === undefined ? null : <img src={thumbnail} alt="" draggable={false} data-thumbnail />}
            <span className="num">{peekWords(ledger, hover.ms, (view.toMs - view.fromMs) * SLACK)}</span>
          </div>
        </>
      )}
    </div>
  )
}

/** The time alone where a picture says the rest. */
function peekWords(ledger: readonly LedgerEntry[], ms: number, slackMs: number): string {
  return rangeAt(ledger, ms, slackMs)?.state === 'recorded' ? formatClock(ms) : words(ledger, ms, slackMs)
}
