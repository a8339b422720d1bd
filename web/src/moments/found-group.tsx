import { useState } from 'react'
import { Link } from 'wouter'
import type { FoundView } from '#protocols/http.ts'
import { formatDuration } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { MomentTile } from './moment-tile.tsx'

/** Moments of a clip before somebody asks for more. @default 4 */
const FEW = 4

interface GroupProps {
  readonly found: FoundView
  readonly q: string
  /** The tile that Tab leads to, `id@ms`. */
  readonly active: string | undefined
  readonly onFocus: (key: string) => void
}

export const tileKey = ({ subject, moments }: FoundView, at: number): string => `${subject.id} ${at} ${moments[at]?.pictureMs ?? 0}`

/** What was found in one clip, the best moment first. */
export function FoundGroup({ found, q, active, onFocus }: GroupProps) {
  const { subject, moments } = found
  const [all, setAll] = useState(false)
  const shown = all ? moments : moments.slice(0, FEW)
  const columns = Math.min(FEW, shown.length)
  return (
    <li className="found card" data-found={subject.id} style={{ '--columns': columns } as React.CSSProperties}>
      <div className="row found-head">
        <Icon name={subject.mediaKind === 'camera' ? 'live' : subject.mediaKind} />
        <h2 className="cut" title={subject.title}><Link href={subject.kind === 'camera' ? `/recordings/${encodeURIComponent(subject.id)}` : `/library/${encodeURIComponent(subject.id)}`}>{subject.title}</Link></h2>
        {subject.durationMs === null || subject.mediaKind === 'image' ? null : <span className="small dim num">{formatDuration(subject.durationMs)}</span>}
      </div>
      <ul className="moments-of">
        {shown.map((moment, at) => {
          const key = tileKey(found, at)
          return <MomentTile key={key} subject={subject} moment={moment} q={q} isActive={active === key} onFocus={() => onFocus(key)} />
        })}
      </ul>
      {moments.length > FEW ? <button type="button" className="button quiet small" aria-expanded={all} onClick={() => setAll(!all)}>{all ? 'Fewer' : `${moments.length - FEW} more in this clip`}</button> : null}
    </li>
  )
}
