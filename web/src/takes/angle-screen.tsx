import { useEffect, useRef, useState } from 'react'
import type Hls from 'hls.js'
import type { DerivedList, TakeAngleView } from '#protocols/http.ts'
import { useResource } from '../api/resource.ts'
import { contentOf } from '../asset/content-address.ts'
import { playIn, proxyOf } from '../asset/proxy-video.tsx'
import { Icon } from '../design/icon.tsx'
import type { Conductor } from '../player/conductor.ts'
import { playUrl } from '../player/range-file.ts'
import { AngleStream } from './angle-stream.ts'
import { keyOf } from './angle-words.ts'
import { pictureOf } from './angle-picture.ts'

interface AngleScreenProps {
  readonly angle: TakeAngleView
  readonly at: number
  readonly conductor: Conductor
  readonly hasSound: boolean
  readonly muted: boolean
  readonly listen: () => void
}

/** A camera's footage plays as it was recorded; an original where the browser can, else its copy made for browsers. `tries` counts how often it was asked for. */
function useSource(angle: TakeAngleView, element: HTMLVideoElement | null, tries: number, fail: () => void): void {
  const { data } = useResource<DerivedList>(angle.footage === null ? `/assets/${encodeURIComponent(angle.recording)}/derived` : null)
  const isKnown = data !== undefined || angle.footage !== null
  const usesProxy = data?.derived.some(({ name, state }) => name === 'proxy' && state === 'made') === true
  useEffect(() => {
    if (element === null || !isKnown) return
    let stopped = false
    let hls: Hls | undefined
    if (angle.footage !== null) element.src = playUrl(angle.footage.camera, angle.footage)
    else if (usesProxy) playIn(element, proxyOf(angle.recording), fail, () => stopped).then((one) => { if (stopped) one?.destroy(); else hls = one }, fail)
    else element.src = contentOf(angle.recording)
    return () => {
      stopped = true
      hls?.destroy()
      element.removeAttribute('src')
    }
  }, [element, angle.recording, usesProxy, isKnown, tries])
}

/** Has a recording follow the take's clock. */
function useAngle(angle: TakeAngleView, conductor: Conductor): { readonly video: (element: HTMLVideoElement | null) => void; readonly stream: AngleStream | null; readonly element: HTMLVideoElement | null; readonly tries: number } {
  const [tries, setTries] = useState(0)
  const [element, setElement] = useState<HTMLVideoElement | null>(null)
  const [stream, setStream] = useState<AngleStream | null>(null)
  const place = useRef(angle)
  place.current = angle
  useEffect(() => {
    if (element === null) return
    const made = new AngleStream(angle.recording, element, place.current, () => setTries((count) => count + 1))
    const leave = conductor.add(made)
    setStream(made)
    return leave
  }, [angle.recording, conductor, element])
  useEffect(() => { if (stream !== null) stream.place = angle }, [stream, angle.offsetMs, angle.driftPpm, angle.durationMs])
  return { video: setElement, stream, element, tries }
}

function messageOf(stream: AngleStream | null): { readonly title: string; readonly detail: string } | null {
  switch (stream?.state ?? 'loading') {
    case 'failed': return { title: 'This browser cannot play it', detail: 'A copy that it can play may be on its way: press space to try again.' }
    case 'gap': return { title: 'Not recording', detail: 'This camera was not running then.' }
    case 'loading': return { title: 'Loading', detail: '' }
    default: return null
  }
}

/** One recording of the take. */
export function AngleScreen({ angle, at, conductor, hasSound, muted, listen }: AngleScreenProps) {
  const { video, stream, element, tries } = useAngle(angle, conductor)
  useSource(angle, element, tries, () => stream?.fail())
  const message = messageOf(stream)
  return (
    <figure className="player-screen screen angle" data-angle={angle.recording} data-state={stream?.state ?? 'loading'} aria-label={angle.title}>
      <video ref={video} className={stream?.state === 'gap' ? 'unseen' : ''} playsInline preload="auto" muted={muted || !hasSound} poster={pictureOf(angle)} onError={() => stream?.fail()} onClick={() => conductor.toggle()} />
      <figcaption className="screen-name badge">{angle.title}</figcaption>
      {angle.hasSound ? <button type="button" className="button icon listen" aria-pressed={hasSound} aria-label={`Listen to ${angle.title}`} title={keyOf(at)} onClick={listen}><Icon name={hasSound && !muted ? 'sound' : 'muted'} /></button> : null}
      {message === null ? null : <div className={`overlay ${message.title === 'Loading' ? 'light' : ''}`} aria-live="polite"><Icon name={angle.kind} /><strong>{message.title}</strong>{message.detail === '' ? null : <span className="small">{message.detail}</span>}</div>}
    </figure>
  )
}
