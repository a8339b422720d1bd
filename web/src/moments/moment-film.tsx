import { useEffect, useRef, useState } from 'react'
import type Hls from 'hls.js'
import type { MomentView, SubjectView } from '#protocols/http.ts'
import { API } from '../api/client.ts'
import { contentOf } from '../asset/content-address.ts'
import { playIn, proxyOf } from '../asset/proxy-video.tsx'

/** Least of a moment that is played, ms. @default 3000 */
const LEAST_MS = 3000
/** Most of it, before it begins again, ms. @default 20000 */
const MOST_MS = 20_000

/** What is played of a moment, ms: a single picture is nobody's film. */
export function playedSpan({ fromMs, toMs }: Pick<MomentView, 'fromMs' | 'toMs'>): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs, toMs: fromMs + Math.min(MOST_MS, Math.max(LEAST_MS, toMs - fromMs)) }
}

interface FilmProps { readonly subject: SubjectView; readonly moment: MomentView }

const cameraAddress = ({ id }: SubjectView, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): string =>
  `${API}/cameras/${encodeURIComponent(id)}/play?from=${Math.round(fromMs)}&to=${Math.round(toMs)}`

/** Plays a moment over and over, without sound: the original, or where the browser can not play it, its proxy; nothing is shown until there is a picture. */
export function MomentFilm({ subject, moment }: FilmProps) {
  const element = useRef<HTMLVideoElement>(null)
  const [isShown, setShown] = useState(false)
  const [isProxy, setProxy] = useState(false)
  const span = playedSpan(moment)
  const isCamera = subject.kind === 'camera'
  const beginS = isCamera ? 0 : span.fromMs / 1000
  const endS = isCamera ? Infinity : span.toMs / 1000
  useEffect(() => {
    const video = element.current
    if (video === null) return undefined
    let hls: Hls | undefined
    let left = false
    video.muted = true // React does not write the attribute, and a film with sound would not begin
    const fail = (): void => { left = true }
    if (isProxy) playIn(video, proxyOf(subject.id), fail, () => left).then((one) => { if (left) one?.destroy(); else hls = one }, fail)
    else video.src = isCamera ? cameraAddress(subject, span) : contentOf(subject.id)
    return () => {
      left = true
      hls?.destroy()
      video.removeAttribute('src')
      video.load() // ends the request
    }
  }, [subject.id, isProxy])
  const other = (): void => { if (!isCamera && !isProxy) setProxy(true) }
  const begin = (video: HTMLVideoElement): void => {
    if (video.videoWidth === 0) return other() // it knows the sound only
    video.currentTime = beginS
    video.play().catch(() => undefined) // the still stays
  }
  return (
    <video ref={element} className={`moment-film ${isShown ? 'shown' : ''}`} muted playsInline loop={isCamera} preload="auto" aria-hidden="true" tabIndex={-1} data-playing={isShown}
      onLoadedMetadata={({ currentTarget }) => begin(currentTarget)} onPlaying={() => setShown(true)} onError={other}
      onEnded={({ currentTarget }) => begin(currentTarget)} onTimeUpdate={({ currentTarget }) => { if (currentTarget.currentTime > endS) currentTarget.currentTime = beginS }} />
  )
}
