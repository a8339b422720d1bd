import { type KeyboardEvent, useId, useRef, useState } from 'react'
import type { CameraView } from '#protocols/http.ts'
import { Icon } from '../design/icon.tsx'
import { HlsVideo } from '../outputs/hls-video.tsx'
import { useHlsFallback } from '../outputs/use-hls-fallback.ts'
import { useOverlays } from './overlays/overlay-store.ts'
import { TileOverlays } from './overlays/tile-overlays.tsx'
import { TileCaption } from './tile-caption.tsx'
import { TileStatistics } from './tile-statistics.tsx'
import { factsOf, whyHls, wordsOf } from './tile-words.ts'
import { useViewer } from './use-viewer.ts'
import { toggleFullScreen } from './wall/full-screen.ts'
import { useInSight } from './wall/use-in-sight.ts'
import type { Reorder } from './wall/use-reorder.ts'
import { useSound } from './wall/use-sound.ts'
import { useWall } from './wall/wall-settings.ts'

interface TileProps {
  readonly camera: CameraView
  /** The node's clock. */
  readonly clock: () => number
  /** The ids of every camera, for what can be done to all. */
  readonly everyone: readonly string[]
  readonly reorder: Reorder
}

/** One camera: its picture, what is drawn over it, where it is, and whether what it sees is safe. Its stream stops while nobody sees or hears it. */
export function CameraTile({ camera, clock, everyone, reorder }: TileProps) {
  const video = useRef<HTMLVideoElement>(null)
  const hls = useRef<HTMLVideoElement>(null)
  const figure = useRef<HTMLElement>(null)
  const panel = useId()
  const [hasPicture, setHasPicture] = useState(false)
  const [ownStatistics, setOwnStatistics] = useState(false)
  const { statistics, lowDelay } = useWall()
  const [overlays] = useOverlays(camera.id)
  const { sounds, blocked, toggle, pointing, onPause } = useSound(camera.id)
  const inSight = useInSight(figure)
  const { state, stats } = useViewer({ camera: camera.id, lowDelay }, video, camera.live, inSight || sounds, clock)
  const isPlaying = state.type === 'playing' && hasPicture
  const { fallback, onPicture } = useHlsFallback(camera.live && state.type !== 'waiting' && (inSight || sounds), isPlaying, state.type === 'refused')
  const shown = isPlaying ? video : fallback === 'playing' ? hls : null
  const message = shown !== null ? null : wordsOf(state, camera) ?? { title: 'Connecting', detail: 'Waiting for the first picture' }
  const facts = [...fallback === 'playing' ? [`HLS, some seconds late: ${whyHls(state)}`] : [], ...factsOf(camera, stats, isPlaying)]
  const fullScreen = (): void => toggleFullScreen(figure.current)
  const keys: Readonly<Record<string, () => void>> = {
    Enter: toggle, ' ': toggle, f: fullScreen, i: () => setOwnStatistics((now) => !now), o: () => document.getElementById(panel)?.togglePopover()
  }
  const onKey = (event: KeyboardEvent): void => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }
  return (
    <figure className={`tile card ${reorder.over === camera.id ? 'drop-here' : ''}`} ref={figure} data-drag aria-label={`Camera ${camera.name}`} {...reorder.target(camera.id)}>
      <div className="view">
        <div className="screen" data-cell={camera.id} tabIndex={0} role="button" aria-pressed={sounds} aria-label={`${camera.name}: sound ${sounds ? 'on' : 'off'}`} onKeyDown={onKey} onClick={toggle} onDoubleClick={fullScreen} {...pointing}>
          <video ref={video} data-camera={camera.id} autoPlay playsInline muted={!sounds} onPlaying={() => setHasPicture(true)} onEmptied={() => setHasPicture(false)} onPause={onPause} />
          {fallback === 'off' ? null : <HlsVideo video={hls} camera={camera.id} muted={!sounds} onPicture={onPicture} />}
          {shown === null ? null : <TileOverlays video={shown} settings={overlays} />}
        </div>
        {blocked && isPlaying ? <span className="sound-hint badge"><Icon name="muted" />Click once to allow sound</span> : null}
        {message === null ? null : (
          <div className="overlay">
            <Icon name="live" />
            <strong>{message.title}</strong>
            <span className="small">{message.detail}</span>
          </div>
        )}
        {isPlaying && statistics !== ownStatistics ? <TileStatistics stats={stats} /> : null}
      </div>
      <TileCaption camera={camera} clock={clock} everyone={everyone} reorder={reorder} tile={figure} panel={panel} facts={facts} sounds={sounds} hasSound={camera.audio || stats.audioBytes > 0} toggleSound={toggle} fullScreen={fullScreen} />
    </figure>
  )
}
