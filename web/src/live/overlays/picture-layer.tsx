import { type RefObject, useCallback, useRef } from 'react'
import { lookOf } from './look.ts'
import type { OverlaySettings } from './overlay-settings.ts'
import { pictureOf, picturePainter } from './picture-painter.ts'
import { useFrames } from './use-frames.ts'

interface LayerProps {
  readonly video: RefObject<HTMLVideoElement | null>
  readonly settings: OverlaySettings
}

const still = matchMedia('(prefers-reduced-motion: reduce)')

/** Pixels of the canvas per CSS pixel, as the picture is fitted into the tile. */
function scaleOf(width: number, height: number, { clientWidth, clientHeight }: HTMLCanvasElement): number {
  return Math.max(width / Math.max(1, clientWidth), height / Math.max(1, clientHeight))
}

/** False colour, stripes and sharp edges over the picture, with every frame. */
export function PictureLayer({ video, settings }: LayerProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const paint = useCallback((source: HTMLVideoElement) => {
    const target = canvas.current?.getContext('2d')
    const picture = pictureOf(source)
    if (target === null || target === undefined) return
    if (picture === null) target.clearRect(0, 0, target.canvas.width, target.canvas.height)
    else picturePainter()?.paint(picture, lookOf(settings, still.matches ? 0 : performance.now(), scaleOf(picture.width, picture.height, target.canvas)), target)
  }, [settings])
  useFrames(video, paint)
  return picturePainter() === null
    ? <p className="no-webgl small" role="alert">False colour, zebra and peaking need WebGL2, which this browser does not offer.</p>
    : <canvas ref={canvas} className="picture-layer" data-layer="picture" />
}
