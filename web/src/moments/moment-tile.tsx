import { useRef, useState } from 'react'
import { Link } from 'wouter'
import type { MomentView, SubjectView } from '#protocols/http.ts'
import { formatClock, formatDuration, formatMoment } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { posterOf } from '../library/poster.tsx'
import { MomentFilm } from './moment-film.tsx'
import { likeAddress } from './moment-query.ts'
import { WhyWords } from './why-words.tsx'

/** How long the pointer rests before the moment plays, ms. @default 120 */
const REST_MS = 120

/** The page of a clip or camera, at a moment. */
export function momentAddress({ kind, id }: Pick<SubjectView, 'kind' | 'id'>, { level, fromMs }: Pick<MomentView, 'level' | 'fromMs'>): string {
  const path = `/${kind === 'camera' ? 'recordings' : 'library'}/${encodeURIComponent(id)}`
  return (kind === 'asset' && level === 0) || fromMs === 0 ? path : `${path}?t=${Math.round(fromMs)}`
}

/** When it is: in the film, or of the day. */
export function momentTime({ kind, mediaKind }: Pick<SubjectView, 'kind' | 'mediaKind'>, { level, fromMs, toMs }: Pick<MomentView, 'level' | 'fromMs' | 'toMs'>): string {
  if (kind === 'camera') return `${formatMoment(fromMs)}`
  if (mediaKind === 'image') return ''
  if (level === 0) return 'whole clip'
  return toMs - fromMs >= 1000 ? `${formatDuration(fromMs)} – ${formatDuration(toMs)}` : formatDuration(fromMs)
}

interface TileProps {
  readonly subject: SubjectView
  readonly moment: MomentView
  readonly q: string
  readonly isActive: boolean
  readonly onFocus: () => void
}

/** Plays while the pointer rests on it, while it has the focus, or when it is told to by touch. */
function usePlay(isFilm: boolean) {
  const [isPlaying, setPlaying] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const rest = (ms: number): void => {
    clearTimeout(timer.current)
    if (isFilm && !matchMedia('(prefers-reduced-motion: reduce)').matches) timer.current = setTimeout(() => setPlaying(true), ms)
  }
  const leave = (): void => {
    clearTimeout(timer.current)
    setPlaying(false)
  }
  return { isPlaying, rest, leave, toggle: () => setPlaying(!isPlaying) }
}

/** One moment: its picture, when it is and why it was found. */
export function MomentTile({ subject, moment, q, isActive, onFocus }: TileProps) {
  const isFilm = subject.mediaKind === 'video' || subject.mediaKind === 'camera'
  const { isPlaying, rest, leave, toggle } = usePlay(isFilm)
  const [isBroken, setBroken] = useState(false)
  const picture = moment.picture ?? (subject.kind === 'asset' && subject.mediaKind !== 'audio' ? posterOf(subject.id) : null)
  const time = momentTime(subject, moment)
  return (
    <li className="moment" onPointerEnter={({ pointerType }) => { if (pointerType === 'mouse') rest(REST_MS) }} onPointerLeave={({ pointerType }) => { if (pointerType === 'mouse') leave() }}>
      <Link className="moment-link" href={momentAddress(subject, moment)} data-cell data-moment={`${subject.id}@${moment.pictureMs}`} tabIndex={isActive ? 0 : -1}
        onFocus={({ currentTarget }) => { onFocus(); if (currentTarget.matches(':focus-visible')) rest(REST_MS) }} onBlur={leave}>
        <span className="hidden">{subject.title}</span>
        <div className="poster">
          {picture === null || isBroken ? <Icon name={subject.mediaKind === 'camera' ? 'live' : subject.mediaKind} /> : <img src={picture} alt="" loading="lazy" decoding="async" width={320} height={180} onError={() => setBroken(true)} />}
          {isPlaying ? <MomentFilm subject={subject} moment={moment} /> : null}
          {time === '' ? null : <span className="length num" title={subject.kind === 'camera' ? formatClock(moment.fromMs) : undefined}>{time}</span>}
        </div>
        <WhyWords why={moment.why} q={q} />
      </Link>
      <div className="moment-ways">
        {isFilm ? <button type="button" className="button icon play-here" aria-label={`${isPlaying ? 'Stop' : 'Play'} ${subject.title} here`} aria-pressed={isPlaying} tabIndex={isActive ? 0 : -1} onClick={toggle}><Icon name={isPlaying ? 'pause' : 'play'} /></button> : null}
        {subject.mediaKind === 'audio' ? null : <Link className="button icon" href={likeAddress(subject.kind, subject.id, moment.pictureMs)} tabIndex={isActive ? 0 : -1} aria-label={`More like ${subject.title}${time === '' ? '' : ` at ${time}`}`} title="More like this"><Icon name="copy" /></Link>}
      </div>
    </li>
  )
}
