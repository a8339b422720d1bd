import { type PointerEvent, useMemo } from 'react'
import type { MotionView } from '#protocols/http.ts'
import { formatDuration, plural } from '../design/format.ts'
import { levelsOf } from './boxes-at.ts'

/** Columns of the drawing. */
const COLUMNS = 300

/** How much moved, from the beginning of the film to its end; a click goes there. */
export function MotionTimeline({ motion, seek }: { readonly motion: MotionView; readonly seek: (ms: number) => void }) {
  const { durationMs, stretches } = motion
  const path = useMemo(() => {
    const levels = levelsOf(motion, COLUMNS)
    const most = Math.max(0.001, ...levels)
    return levels.flatMap((level, i) => level === 0 ? [] : `M${i} 40h1V${(40 - 36 * Math.sqrt(level / most)).toFixed(1)}h-1z`).join('')
  }, [motion])
  const go = ({ clientX, currentTarget }: PointerEvent): void => {
    const { left, width } = currentTarget.getBoundingClientRect()
    seek(((clientX - left) / width) * durationMs)
  }
  return (
    <figure className="motion-timeline">
      <svg viewBox={`0 0 ${COLUMNS} 40`} preserveAspectRatio="none" role="img" aria-label={`Something moved in ${plural(stretches.length, 'stretch', 'stretches')} of ${formatDuration(durationMs)}`} onPointerDown={go}>
        {stretches.map(({ fromMs, toMs }) => <rect key={fromMs} className="stretch" x={(fromMs / durationMs) * COLUMNS} width={Math.max(1, ((toMs - fromMs) / durationMs) * COLUMNS)} y="0" height="40" />)}
        <path d={path} />
      </svg>
      <figcaption className="small dim row spread"><span>0:00</span><span>{formatDuration(durationMs)}</span></figcaption>
    </figure>
  )
}
