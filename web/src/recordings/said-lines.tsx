import type { CameraTranscript } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { formatClock } from '../design/format.ts'
import type { Range } from './timeline-math.ts'

/** How often it is asked what was said, ms. @default 30000 */
const SAID_POLL_MS = 30_000
/** It is asked for in steps of so long, so that a timeline that moves asks seldom, ms. @default 600000 */
const STEP_MS = 600_000
/** Lines that are shown at once. @default 300 */
const MOST_LINES = 300

/** What was said before a camera in what the timeline shows, line by line, each of them a place to play from. */
export function SaidLines({ camera, range, headMs, pick }: { readonly camera: string; readonly range: Range; readonly headMs: number | null; readonly pick: (ms: number) => void }) {
  const [from, to] = [Math.floor(range.fromMs / STEP_MS) * STEP_MS, Math.ceil(range.toMs / STEP_MS) * STEP_MS]
  const { data } = useResource<CameraTranscript>(from < to ? `/cameras/${encodeURIComponent(camera)}/transcript?from=${from}&to=${to}` : null, SAID_POLL_MS)
  const lines = data?.lines.filter(({ fromMs, toMs }) => fromMs < range.toMs && toMs > range.fromMs) ?? []
  if (lines.length === 0) return null
  return (
    <section aria-label="What was said">
      <span className="label">What was said</span>
      <ul className="stack kept-list said-lines">{lines.slice(0, MOST_LINES).map((line) => {
        const isNow = headMs !== null && headMs >= line.fromMs && headMs < line.toMs
        return <li key={`${line.fromMs} ${line.text}`} className="row" aria-current={isNow ? 'true' : undefined}><button type="button" className="link num" onClick={() => pick(line.fromMs)}>{formatClock(line.fromMs)}</button><span>{line.text}</span></li>
      })}</ul>
      {lines.length > MOST_LINES ? <p className="small dim">{(lines.length - MOST_LINES).toLocaleString('en')} more lines: let the timeline show less.</p> : null}
    </section>
  )
}
