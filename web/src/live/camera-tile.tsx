import { type KeyboardEvent, useCallback, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { CameraView } from '#protocols/http.ts'
import { formatBitRate } from '../design/format.ts'
import { Icon } from '../design/icon.tsx'
import { AddressesButton } from '../outputs/addresses-button.tsx'
import { HlsVideo } from '../outputs/hls-video.tsx'
import { useHlsFallback } from '../outputs/use-hls-fallback.ts'
import { recordingLight } from './recording-light.ts'
import { useTick } from './server-clock.ts'
import { useViewer } from './use-viewer.ts'
import type { ViewerStats } from './viewer-stats.ts'
import type { ViewerState } from './whep-viewer.ts'

interface TileProps {
  readonly camera: CameraView
  /** The node's clock. */
  readonly clock: () => number
}

function words(state: ViewerState, live: boolean): { readonly title: string; readonly detail: string } | null {
  switch (state.type) {
    case 'playing': return null
    case 'waiting': return live ? { title: 'Waiting for the picture', detail: 'The camera is there; its node is not sending yet.' } : { title: 'Not live now', detail: 'Starts by itself when the camera is back.' }
    case 'retrying': return { title: 'Reconnecting', detail: `${state.reason}; try ${state.attempt}` }
    default: return { title: 'Connecting', detail: '' }
  }
}

function facts(camera: CameraView, stats: ViewerStats, isPlaying: boolean): string[] {
  if (!camera.live && !isPlaying) return []
  const width = (isPlaying && stats.width) || camera.width
  const height = (isPlaying && stats.height) || camera.height
  const rate = (isPlaying && stats.bitsPerSecond) || camera.bitsPerSecond
  const frames = (isPlaying && stats.framesPerSecond) || camera.framesPerSecond
  return [
    width > 0 ? `${width}×${height}` : '',
    frames > 0 ? `${Math.round(frames)} fps` : '',
    isPlaying && stats.latencyMs !== null ? stats.latencyMs < 1000 ? `${stats.latencyMs} ms late` : `${(stats.latencyMs / 1000).toFixed(1)} s late` : '',
    rate > 0 ? formatBitRate(rate) : '',
    isPlaying && stats.jitterMs !== null ? `jitter ${stats.jitterMs} ms` : ''
  ].filter((fact) => fact !== '')
}

/** One camera: its picture, where it is, and whether what it sees is safe. */
export function CameraTile({ camera, clock }: TileProps) {
  const video = useRef<HTMLVideoElement>(null)
  const figure = useRef<HTMLElement>(null)
  const [muted, setMuted] = useState(true)
  const [hasPicture, setHasPicture] = useState(false)
  const { state, stats } = useViewer(camera.id, video, camera.live, clock)
  useTick(1000)
  const light = recordingLight(camera, clock())
  const isPlaying = state.type === 'playing' && hasPicture
  const { fallback, onPicture } = useHlsFallback(camera.live && state.type !== 'waiting', isPlaying)
  const overlay = isPlaying || fallback === 'playing' ? null : words(state, camera.live) ?? { title: 'Connecting', detail: 'Waiting for the first picture' }
  const shown = [...fallback === 'playing' ? ['HLS, some seconds late: no WebRTC'] : [], ...facts(camera, stats, isPlaying)]
  const toggleSound = useCallback(() => setMuted((now) => !now), [])
  const fullScreen = useCallback(() => {
    if (document.fullscreenElement === null) figure.current?.requestFullscreen?.().catch(() => undefined)
    else document.exitFullscreen().catch(() => undefined)
  }, [])
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') toggleSound()
    else if (event.key === 'f' || event.key === 'F') fullScreen()
  }
  return (
    <figure className="tile card" ref={figure} aria-label={`Camera ${camera.name}`}>
      <div className="screen" data-cell tabIndex={0} role="button" aria-pressed={!muted} aria-label={`${camera.name}: sound ${muted ? 'off' : 'on'}`} onKeyDown={onKey} onClick={toggleSound} onDoubleClick={fullScreen}>
        <video ref={video} data-camera={camera.id} autoPlay playsInline muted={muted} onPlaying={() => setHasPicture(true)} onEmptied={() => setHasPicture(false)} />
        {fallback === 'off' ? null : <HlsVideo camera={camera.id} muted={muted} onPicture={onPicture} />}
        {overlay === null ? null : (
          <div className="overlay">
            <Icon name="live" />
            <strong>{overlay.title}</strong>
            <span className="small">{overlay.detail}</span>
          </div>
        )}
      </div>
      <figcaption>
        <div className="row spread">
          <div className="who cut">
            <strong className="cut">{camera.name}</strong>
            <span className="small dim cut">{camera.node === null ? 'not attached' : `on ${camera.node.name}${camera.here ? ' (this node)' : ''}`}</span>
          </div>
          <div className="row tile-buttons">
            <button type="button" className="button quiet icon" aria-label={muted ? 'Sound on' : 'Sound off'} aria-pressed={!muted} disabled={!camera.audio && stats.audioBytes === 0} onClick={toggleSound}><Icon name={muted ? 'muted' : 'sound'} /></button>
            <AddressesButton camera={camera.id} name={camera.name} />
            <button type="button" className="button quiet icon" aria-label="Full screen" onClick={fullScreen}><Icon name="full" /></button>
            <Link className="button quiet icon" href={`/recordings/${encodeURIComponent(camera.id)}`} aria-label={`Recordings of ${camera.name}`}><Icon name="recordings" /></Link>
          </div>
        </div>
        <div className="row spread small tile-facts">
          <span className={`rec ${light.tone}`}><i />{light.text}</span>
          <span className="dim num cut" title={shown.join(' · ')}>{shown.join(' · ')}</span>
        </div>
      </figcaption>
    </figure>
  )
}
