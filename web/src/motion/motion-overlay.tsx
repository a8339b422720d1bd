import { useEffect, useRef, useState } from 'react'
import type { MotionView } from '#protocols/http.ts'
import { AreasDrawing } from './areas-drawing.tsx'
import { boxesAt } from './boxes-at.ts'
import type { Corner, Sketch } from './sketch.ts'

interface OverlayProps {
  readonly motion: MotionView | undefined
  readonly sketch: Sketch
  readonly onCorner: (corner: Corner) => void
}

interface Shown { readonly atMs: number; readonly width: number; readonly height: number }

/** What the player shows: moment and size of its picture. Asked for each picture of the screen, told only when it changed. */
function useShown(element: { readonly current: SVGSVGElement | null }): Shown {
  const [shown, setShown] = useState<Shown>({ atMs: 0, width: 16, height: 9 })
  useEffect(() => {
    let frame = 0
    const look = (): void => {
      frame = requestAnimationFrame(look)
      const video = element.current?.parentElement?.querySelector('video')
      if (video === null || video === undefined || video.videoWidth === 0) return
      const now = { atMs: video.currentTime * 1000, width: video.videoWidth, height: video.videoHeight }
      setShown((before) => before.atMs === now.atMs && before.width === now.width && before.height === now.height ? before : now)
    }
    look()
    return () => cancelAnimationFrame(frame)
  }, [])
  return shown
}

/** Over the picture of the player: things that move, and where they count. */
export function MotionOverlay({ motion, sketch, onCorner }: OverlayProps) {
  const element = useRef<SVGSVGElement>(null)
  const { atMs, width, height } = useShown(element)
  return (
    <AreasDrawing ref={element} width={width} height={height} atMs={atMs} sketch={sketch} onCorner={onCorner}>
      {boxesAt(motion?.tracks ?? [], atMs).map(({ id, name, box: [x, y, w, h], isSeen }) => (
        <g key={id} data-track={id}>
          <rect className={isSeen ? 'thing' : 'thing hidden'} x={x * width} y={y * height} width={w * width} height={h * height} />
          <text x={x * width} y={Math.max(height / 26, y * height - height / 90)} fontSize={height / 26}>{name}</text>
        </g>
      ))}
    </AreasDrawing>
  )
}
