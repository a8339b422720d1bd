import type { RecordingList } from '#protocols/http.ts'
import { formatBytes, formatClock } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { exportUrl, playUrl } from '../player/range-file.ts'

type Span = RecordingList['spans'][number]

/** A recording that begins so much before others of its time end is a second one of that time, ms: less is a camera that moved to another node. @default 60000 */
const MIN_OVERLAP_MS = 60_000

/** Recordings of a time that others are played of, as after a clock was set back. */
export function secondTakes(spans: readonly Span[]): Span[] {
  let reachedMs = Number.NEGATIVE_INFINITY
  return [...spans].sort((a, b) => a.startMs - b.startMs).filter(({ startMs, endMs }) => {
    const isSecond = Math.min(reachedMs, endMs) - startMs >= MIN_OVERLAP_MS
    reachedMs = Math.max(reachedMs, endMs)
    return isSecond
  })
}

/** What the timeline does not play: to look at, and to download. */
export function SecondTakes({ camera, name, spans }: { readonly camera: string; readonly name: string; readonly spans: readonly Span[] }) {
  const takes = secondTakes(spans)
  if (takes.length === 0) return null
  return (
    <section aria-label="Recorded twice">
      <span className="label">Recorded twice, as after a clock was set back: the timeline plays what began first</span>
      <ul className="stack kept-list">{takes.map((take) => {
        const range = { fromMs: Math.floor(take.startMs), toMs: take.endMs }
        const file = `${name} ${formatClock(take.startMs)} second take`
        return (
          <li className="row spread wrap" key={take.session}>
            <a className="link num" href={playUrl(camera, range, take.session)} target="_blank" rel="noreferrer">{formatClock(take.startMs)}–{formatClock(take.endMs)}</a>
            <span className="row"><span className="small dim num">{take.node}, {formatBytes(take.bytes)}</span>
              <a className="button quiet icon" aria-label={`Download the second take of ${formatClock(take.startMs)}`} href={exportUrl(camera, range, 'parts', file, take.session)} download={`${file}.mp4`}><Icon name="download" /></a></span>
          </li>
        )
      })}</ul>
    </section>
  )
}
