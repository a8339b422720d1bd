import type { RefObject } from 'react'
import { Link } from 'wouter'
import type { CameraView } from '#protocols/http.ts'
import { Icon } from '../design/icon.tsx'
import { AddressesButton } from '../outputs/addresses-button.tsx'
import { hasOverlays } from './overlays/overlay-settings.ts'
import { useOverlays } from './overlays/overlay-store.ts'
import { OverlayPanel } from './overlays/overlay-panel.tsx'
import { recordingLight } from './recording-light.ts'
import { useTick } from './server-clock.ts'
import type { Reorder } from './wall/use-reorder.ts'

interface CaptionProps {
  readonly camera: CameraView
  readonly clock: () => number
  readonly everyone: readonly string[]
  readonly reorder: Reorder
  readonly tile: RefObject<HTMLElement | null>
  readonly panel: string
  readonly facts: readonly string[]
  readonly sounds: boolean
  readonly hasSound: boolean
  readonly toggleSound: () => void
  readonly fullScreen: () => void
}

/** Cameras that no peer sends are told by where they come from. */
const ORIGINS: Readonly<Record<string, string>> = { browser: ', from a browser', whip: ', over WHIP' }

/** A camera's name, where it is, whether what it sees is safe, and what can be done with its tile. The name is what one drags. */
export function TileCaption({ camera, clock, everyone, reorder, tile, panel, facts, sounds, hasSound, toggleSound, fullScreen }: CaptionProps) {
  useTick(1000)
  const [overlays] = useOverlays(camera.id)
  const light = recordingLight(camera, clock())
  return (
    <figcaption>
      <div className="row spread tile-head">
        <div className="who cut" title="Drag to another place" {...reorder.handle(camera.id)}>
          <strong className="cut">{camera.name}</strong>
          <span className="small dim cut">{camera.node === null ? 'not attached' : `on ${camera.node.name}${camera.here ? ' (this node)' : ''}${ORIGINS[camera.source] ?? ''}`}</span>
        </div>
        <div className="row tile-buttons">
          <button type="button" className="button quiet icon" aria-label={sounds ? 'Sound off' : 'Sound on'} aria-pressed={sounds} disabled={!hasSound} onClick={toggleSound}><Icon name={sounds ? 'sound' : 'muted'} /></button>
          <button type="button" className={`button quiet icon ${hasOverlays(overlays) ? 'lit' : ''}`} aria-label={`Overlays of ${camera.name}`} title="Overlays (O)" popoverTarget={panel}><Icon name="overlays" /></button>
          <AddressesButton camera={camera.id} name={camera.name} />
          <button type="button" className="button quiet icon" aria-label="Full screen" title="Full screen (F)" onClick={fullScreen}><Icon name="full" /></button>
          <Link className="button quiet icon" href={`/recordings/${encodeURIComponent(camera.id)}`} aria-label={`Recordings of ${camera.name}`}><Icon name="recordings" /></Link>
        </div>
      </div>
      <div className="row spread small tile-facts">
        <span className={`rec ${light.tone}`} title={light.text}><i /><span className="rec-words">{light.text}</span></span>
        <span className="dim num cut" title={facts.join(' · ')}>{facts.join(' · ')}</span>
      </div>
      <OverlayPanel id={panel} camera={camera} everyone={everyone} tile={tile} />
    </figcaption>
  )
}
