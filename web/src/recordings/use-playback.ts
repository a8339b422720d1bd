import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import type { RecordingSpan } from '#protocols/http.ts'
import { API } from '../api/client.ts'
import { type Range, planWindow } from './timeline-math.ts'

/** What the player is doing: `edge` has played all there is so far. */
export type PlaybackState = 'empty' | 'loading' | 'playing' | 'paused' | 'edge' | 'failed'

/** Controls and position of the recording's player; times are wall clock, ms. */
export interface Playback {
  readonly state: PlaybackState
  readonly atMs: number | null
  readonly play: (ms: number) => void
  readonly step: (ms: number) => void
  readonly toggle: () => void
}

/** Address of a stretch of recording as a plain MP4. */
export function playUrl(camera: string, { fromMs, toMs }: Range): string {
  return `${API}/cameras/${encodeURIComponent(camera)}/play?from=${Math.floor(fromMs)}&to=${Math.ceil(toMs)}`
}

/** Plays from any moment, window after window, across gaps, and waits at the growing edge. */
export function usePlayback(camera: string, spans: readonly RecordingSpan[], video: RefObject<HTMLVideoElement | null>): Playback {
  const [state, setState] = useState<PlaybackState>('empty')
  const [atMs, setAtMs] = useState<number | null>(null)
  const known = useRef(spans)
  const part = useRef<Range | null>(null)
  const edge = useRef<number | null>(null)

  const open = useCallback((ms: number): void => {
    const element = video.current
    const next = planWindow(known.current, ms)
    if (element === null) return
    setAtMs(next?.fromMs ?? ms)
    edge.current = next === undefined ? ms : null
    if (next === undefined) {
      element.pause()
      setState('edge')
      return
    }
    part.current = next
    setState('loading')
    element.src = playUrl(camera, next)
    // Rejects when a newer source takes over or the browser wants a click first; the events tell which.
    element.play().catch(() => undefined)
  }, [camera, video])

  useEffect(() => {
    known.current = spans
    // New seconds arrived while waiting at the edge: go on.
    if (edge.current !== null && planWindow(spans, edge.current) !== undefined) open(edge.current)
  }, [spans, open])

  useEffect(() => {
    const element = video.current
    if (element === null) return
    const on = (name: string, act: () => void): (() => void) => {
      element.addEventListener(name, act)
      return () => element.removeEventListener(name, act)
    }
    const undo = [
      on('timeupdate', () => { if (part.current !== null && edge.current === null && element.readyState > 0) setAtMs(part.current.fromMs + element.currentTime * 1000) }),
      on('playing', () => setState('playing')),
      on('pause', () => { if (edge.current === null && !element.ended) setState('paused') }),
      on('waiting', () => setState('loading')),
      on('ended', () => { if (part.current !== null) open(part.current.toMs) }),
      on('error', () => setState('failed'))
    ]
    return () => { for (const off of undo) off() }
  }, [video, open])

  const play = useCallback((ms: number): void => {
    const element = video.current
    const { fromMs, toMs } = part.current ?? { fromMs: 0, toMs: 0 }
    if (element !== null && element.error === null && edge.current === null && ms >= fromMs && ms < toMs - 500 && element.readyState > 0) {
      element.currentTime = (ms - fromMs) / 1000
      setAtMs(ms)
      element.play().catch(() => undefined)
    } else open(ms)
  }, [open, video])

  const step = useCallback((ms: number): void => { if (atMs !== null) play(atMs + ms) }, [atMs, play])
  const toggle = useCallback((): void => {
    const element = video.current
    if (element === null || part.current === null) return
    if (state === 'failed') open(atMs ?? part.current.fromMs)
    else if (element.paused) element.play().catch(() => undefined)
    else element.pause()
  }, [atMs, open, state, video])
  return { state, atMs, play, step, toggle }
}
