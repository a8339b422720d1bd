import { type RefObject, useEffect, useRef, useState } from 'react'
import { holdBack, waitFor } from './hold-back.ts'
import { type ViewerStats, emptyStats, readStats, viewers } from './viewer-stats.ts'
import { hasWebRtc } from './whep-session.ts'
import { type ViewerState, WhepViewer } from './whep-viewer.ts'

/** How often the counters are read, ms. @default 1000 */
const STATS_MS = 1000

/** What a tile watches, and whether its pictures are to be shown as they come. */
interface Watched { readonly camera: string; readonly lowDelay: boolean }

/** Keeps one WHEP viewer for the tile: its state, its numbers, and its picture in the given video element. It watches only while it is `wanted`. */
export function useViewer({ camera, lowDelay }: Watched, video: RefObject<HTMLVideoElement | null>, live: boolean, wanted: boolean, clock: () => number): { readonly state: ViewerState; readonly stats: ViewerStats } {
  const [state, setState] = useState<ViewerState>({ type: 'connecting' })
  const [stats, setStats] = useState(() => emptyStats(camera))
  const viewer = useRef<WhepViewer>(null)
  const latest = useRef({ clock, wanted })
  useEffect(() => { latest.current = { clock, wanted } })

  useEffect(() => {
    const numbers = emptyStats(camera)
    viewers.push(numbers)
    const own = new WhepViewer({
      endpoint: `/whep/${encodeURIComponent(camera)}${lowDelay ? '?delay=low' : ''}`,
      onState: (next) => {
        numbers.state = next.type
        setState(next)
      },
      onStream: (stream) => {
        const element = video.current
        if (element === null || element.srcObject === stream) return
        element.srcObject = stream
        // Muted autoplay is allowed everywhere; the promise only rejects when a newer stream took over.
        if (stream !== null) element.play().catch(() => undefined)
      }
    })
    viewer.current = own
    const heldBack = holdBack()
    let lastMs = performance.now()
    const timer = setInterval(() => {
      const { peer } = own
      if (peer === undefined || own.state.type !== 'playing') return
      const at = performance.now()
      const elapsed = at - lastMs
      lastMs = at
      readStats(peer, numbers, elapsed, latest.current.clock()).then(() => {
        own.reportProgress(numbers.framesDecoded + numbers.videoBytes + numbers.audioBytes)
        if (!lowDelay) waitFor(peer, heldBack(numbers))
        setStats({ ...numbers })
      }, () => undefined)
    }, STATS_MS)
    const leave = (): void => own.stop()
    const online = (): void => own.poke()
    const back = (): void => { if (latest.current.wanted && hasWebRtc()) own.start() }
    window.addEventListener('pagehide', leave)
    window.addEventListener('pageshow', back)
    window.addEventListener('online', online)
    return () => {
      clearInterval(timer)
      window.removeEventListener('pagehide', leave)
      window.removeEventListener('pageshow', back)
      window.removeEventListener('online', online)
      own.stop()
      viewers.splice(viewers.indexOf(numbers), 1)
    }
  }, [camera, lowDelay, video])

  useEffect(() => {
    if (!hasWebRtc()) setState({ type: 'refused', reason: 'It has no WebRTC, or that is switched off.' })
    else if (wanted) viewer.current?.start()
    else viewer.current?.stop()
  }, [wanted, camera, lowDelay])
  useEffect(() => { if (live) viewer.current?.poke() }, [live])
  return { state, stats }
}
