import { type RefObject, useCallback, useRef } from 'react'
import { LEVELS, type Pixels } from './scope-counts.ts'
import { SCOPE_WIDTH, drawScope } from './scope-drawing.ts'
import type { OverlaySettings, Scope } from './overlay-settings.ts'
import { useFrames } from './use-frames.ts'

/** Least time between two drawings of a scope, ms. @default 100 */
const SCOPE_MS = 100
/** The picture is looked at in this many points across and down. */
const SAMPLE = { width: SCOPE_WIDTH, height: 144 } as const
/** Where lines are drawn across a scope, IRE. */
const MARKS = [0, 25, 50, 75, 100] as const

const NAMES: Readonly<Record<Scope, string>> = { none: '', waveform: 'Waveform, luma', parade: 'Parade, RGB', histogram: 'Histogram, RGB' }

let sampler: CanvasRenderingContext2D | null | undefined

/** Single pixels of the picture, not averages: a highlight keeps its level however small it is. */
function sample(video: HTMLVideoElement): Pixels | null {
  sampler ??= Object.assign(document.createElement('canvas'), SAMPLE).getContext('2d', { willReadFrequently: true })
  if (sampler === null || video.videoWidth === 0) return null
  sampler.imageSmoothingEnabled = false
  sampler.drawImage(video, 0, 0, SAMPLE.width, SAMPLE.height)
  return sampler.getImageData(0, 0, SAMPLE.width, SAMPLE.height)
}

/** A waveform, parade or histogram of the picture in a corner of the tile, about ten times a second. */
export function ScopeLayer({ video, settings: { scope } }: { readonly video: RefObject<HTMLVideoElement | null>; readonly settings: OverlaySettings }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const drawnAt = useRef(-Infinity)
  const draw = useCallback((source: HTMLVideoElement) => {
    const target = canvas.current?.getContext('2d')
    if (target === null || target === undefined || performance.now() - drawnAt.current < SCOPE_MS) return
    const picture = sample(source)
    if (picture === null) return
    drawnAt.current = performance.now()
    const drawing = target.createImageData(SCOPE_WIDTH, LEVELS)
    drawScope(scope, picture, drawing.data)
    target.putImageData(drawing, 0, 0)
  }, [scope])
  useFrames(video, draw)
  return (
    <div className={`scope-layer ${scope}`}>
      <span className="scope-name">{NAMES[scope]}</span>
      <div className="scope-plot">
        <canvas ref={canvas} data-layer="scope" width={SCOPE_WIDTH} height={LEVELS} />
        {MARKS.map((ire) => <i key={ire} className={`mark mark-${ire}`}><b>{ire}</b></i>)}
      </div>
    </div>
  )
}
