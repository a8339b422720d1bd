import { useEffect, useRef, useState } from 'react'
import type { CameraView, RecordingList } from '#protocols/http.ts'
import { formatClock } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { wordsOf } from '../live/tile-words.ts'
import { useViewer } from '../live/use-viewer.ts'
import { useWall } from '../live/wall/wall-settings.ts'
import { HlsVideo } from '../outputs/hls-video.tsx'
import { useHlsFallback } from '../outputs/use-hls-fallback.ts'
import { useLedger } from '../recordings/use-recordings.ts'
import type { Conductor, PlayerView } from './conductor.ts'
import { nextStart, reasonAt, wordsOfGap } from './footage.ts'
import { daysFor, useFollower } from './use-follower.ts'
import type { PastStream } from './past-stream.ts'

interface ScreenProps {
  readonly id: string
  readonly camera: CameraView | undefined
  readonly conductor: Conductor
  readonly player: PlayerView
  readonly nowMs: number
  /** The node's clock. */
  readonly clock: () => number
  readonly muted: boolean
  /** One of several, which is named on its picture. */
  readonly isOne: boolean
}

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)

/** What is said where there is no picture of the past; null when there is one. */
function wordsOfPast(player: PlayerView, stream: PastStream | null, list: RecordingList | undefined, reason: (ms: number) => string): { readonly title: string; readonly detail: string } | null {
  const { atMs } = player
  if (atMs === null) return (list?.spans.length ?? 0) > 0 ? { title: 'Nothing plays', detail: 'Click the timeline to play from there.' } : { title: 'Nothing was recorded here', detail: 'The arrows beside the date lead to the days that have recordings.' }
  if (stream === null || stream.state === 'ready') return null
  if (stream.state === 'failed') return { title: 'This can not be played now', detail: `The nodes that hold ${formatClock(atMs)} may be away. Press space to try again.` }
  if (stream.state === 'loading' || !stream.knows(atMs)) return player.waiting ? { title: 'Loading', detail: formatClock(atMs) } : null
  if (player.edge) return { title: 'This is the newest there is', detail: 'The timeline leads back, and Live goes to the camera.' }
  const next = nextStart(stream.spans, atMs)
  return { title: sentence(reason(atMs)), detail: next === undefined ? `Nothing of it at ${formatClock(atMs)}.` : `It is back at ${formatClock(next)}.` }
}

/** One camera's picture, live or past: whichever the page's clock says. */
export function CameraScreen({ id, camera, conductor, player, nowMs, clock, muted, isOne }: ScreenProps) {
  const live = useRef<HTMLVideoElement>(null)
  const past = useRef<HTMLVideoElement>(null)
  const hls = useRef<HTMLVideoElement>(null)
  const [hasPicture, setHasPicture] = useState(false)
  const isLive = camera?.live === true
  const wantsLive = player.mode === 'live'
  const { state } = useViewer({ camera: id, lowDelay: useWall().lowDelay }, live, isLive, wantsLive, clock)
  const isPlaying = state.type === 'playing' && hasPicture
  const { fallback, onPicture } = useHlsFallback(isLive && wantsLive && state.type !== 'waiting', isPlaying, state.type === 'refused')
  const atMs = player.atMs ?? nowMs
  const { stream, list } = useFollower(id, past, conductor, { atMs, nowMs, isLive })
  const { ledger } = useLedger(id, daysFor(atMs), nowMs)
  const reason = (ms: number): string => reasonAt(ledger, list?.gaps ?? [], ms)
  const message = !wantsLive ? wordsOfPast(player, stream, list, reason)
    : isPlaying || fallback === 'playing' || (state.type === 'connecting' && stream?.hasPicture === true) ? null
    : (camera === undefined ? null : wordsOf(state, camera)) ?? { title: 'Connecting', detail: 'Waiting for the first picture' }
  const { skipped } = player
  const showsLive = isPlaying || fallback === 'playing'
  useEffect(() => { if (wantsLive && showsLive) stream?.close() }, [wantsLive, showsLive, stream])
  const bridges = wantsLive && !showsLive && state.type === 'connecting' && stream?.hasPicture === true
  return (
    <figure className="player-screen screen" data-screen={id} data-state={wantsLive ? 'live' : stream?.state ?? 'loading'} aria-label={camera?.name ?? id}>
      <video ref={past} className={wantsLive && !bridges ? 'unseen' : ''} playsInline muted={muted} data-recording={id} onClick={() => conductor.toggle()} />
      <video ref={live} className={wantsLive && !bridges ? '' : 'unseen'} playsInline autoPlay muted={muted} data-live={id} onPlaying={() => setHasPicture(true)} onEmptied={() => setHasPicture(false)} onClick={() => conductor.toggle()} />
      {wantsLive && fallback !== 'off' ? <HlsVideo video={hls} camera={id} muted={muted} onPicture={onPicture} /> : null}
      {isOne ? <figcaption className="screen-name badge">{camera?.name ?? id}</figcaption> : null}
      {skipped !== null && message === null ? <p className="skipped badge" role="status">{wordsOfGap(skipped.toMs - skipped.fromMs, reason((skipped.fromMs + skipped.toMs) / 2))}</p> : null}
      {message === null ? null : <div className={`overlay ${message.title === 'Loading' ? 'light' : ''}`} aria-live="polite"><Icon name={wantsLive ? 'live' : 'recordings'} /><strong>{message.title}</strong><span className="small">{message.detail}</span></div>}
    </figure>
  )
}
