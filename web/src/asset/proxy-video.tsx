import { useEffect, useRef, useState } from 'react'
import type Hls from 'hls.js'
import { API } from '../api/client.ts'

/** Address of the playlist of what a browser plays in place of the original. */
export const proxyOf = (id: string): string => `${API}/assets/${encodeURIComponent(id)}/proxy/index.m3u8`

/** Plays a playlist in an element until told to stop; `fail` is called once when it cannot. */
export async function playIn(element: HTMLMediaElement, url: string, fail: () => void, isStopped: () => boolean): Promise<Hls | undefined> {
  const { default: Library } = await import('hls.js/light') // loaded only where it is needed
  if (isStopped()) return undefined
  if (!Library.isSupported()) {
    element.src = url // Safari plays HLS itself
    return undefined
  }
  const hls = new Library({ enableWorker: false }) // the page's policy allows no worker from a blob
  hls.on(Library.Events.ERROR, (_event, { fatal }) => { if (fatal) fail() })
  hls.loadSource(url)
  hls.attachMedia(element)
  return hls
}

/** What makes a film run by itself. */
export const RUNNING = { autoPlay: true, muted: true, loop: true } as const

interface ProxyVideoProps {
  readonly id: string
  readonly kind: 'video' | 'audio'
  readonly poster?: string | undefined
  /** It begins by itself. @default false */
  readonly runs?: boolean
  readonly onFail: () => void
}

/** The proxy of a clip, adaptive where it has two sizes. */
export function ProxyVideo({ id, kind, poster, runs = false, onFail }: ProxyVideoProps) {
  const element = useRef<HTMLVideoElement & HTMLAudioElement>(null)
  const [hasPlayed, setHasPlayed] = useState(false)
  useEffect(() => {
    let stopped = false
    let hls: Hls | undefined
    if (element.current !== null) playIn(element.current, proxyOf(id), onFail, () => stopped).then((one) => { if (stopped) one?.destroy(); else hls = one }, onFail)
    return () => {
      stopped = true
      hls?.destroy()
    }
  }, [id])
  const shared = { ref: element, controls: true, preload: 'metadata', 'data-proxy': id, onError: () => { if (!hasPlayed) onFail() }, onPlaying: () => setHasPlayed(true) } as const
  return kind === 'audio' ? <audio {...shared} /> : <video {...shared} {...runs && RUNNING} playsInline poster={poster} />
}
