import { type RefObject, useCallback, useRef } from 'react'
import type { OverlaySettings, Scope } from './overlay-settings.ts'
import { pictureOf } from './picture-painter.ts'
import { scopePainter } from './scope-painter.ts'
import { LEVELS, SCOPE_WIDTH } from './scope-shader.ts'
import { useFrames } from './use-frames.ts'

/** Least time between two drawings of a scope, ms. @default 100 */
const SCOPE_MS = 100
/** Drawing takes at most this share of the time, where the GPU is none. @default 0.33 */
const MOST_SHARE = 0.33
/** Where lines are drawn across a scope, IRE. */
const MARKS = [0, 25, 50, 75, 100] as const

const NAMES: Readonly<Record<Scope, string>> = { none: '', waveform: 'Waveform, luma', parade: 'Parade, RGB', histogram: 'Histogram, RGB' }

/** A waveform, parade or histogram of the picture in a corner of the tile, about ten times a second. */
export function ScopeLayer({ video, settings: { scope } }: { readonly video: RefObject<HTMLVideoElement | null>; readonly settings: OverlaySettings }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const nextAt = useRef(-Infinity)
  const draw = useCallback((source: HTMLVideoElement) => {
    const target = canvas.current?.getContext('2d')
    const began = performance.now()
    if (target === null || target === undefined || began < nextAt.current) return
    const picture = pictureOf(source)
    if (picture === null) return
    scopePainter()?.paint(picture, scope, target)
    nextAt.current = began + Math.max(SCOPE_MS, (performance.now() - began) / MOST_SHARE)
  }, [scope])
  useFrames(video, draw)
  if (scopePainter() === null) return <p className="no-webgl small" role="alert">Scopes need WebGL2 that counts in float, which this browser does not offer.</p>
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
