import { type PointerEvent, useEffect, useRef, useState } from 'react'
import type { MotionView } from '#protocols/http.ts'
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

/** Lies over the picture exactly, however it is fitted: things that move, masks, zones, and the area that is being drawn. */
export function MotionOverlay({ motion, sketch: { masks, zones, drawing }, onCorner }: OverlayProps) {
  const element = useRef<SVGSVGElement>(null)
  const { atMs, width, height } = useShown(element)
  const isDrawing = drawing !== undefined
  useEffect(() => { if (isDrawing) element.current?.scrollIntoView({ block: 'nearest' }) }, [isDrawing]) // what is to be clicked has to be seen
  const place = (corners: readonly Corner[]): string => corners.map(([x, y]) => `${x * width},${y * height}`).join(' ')
  const add = ({ clientX, clientY }: PointerEvent): void => {
    const matrix = element.current?.getScreenCTM()
    if (matrix === null || matrix === undefined) return
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse())
    onCorner([x / width, y / height])
  }
  return (
    <svg ref={element} className={drawing === undefined ? 'motion-over' : 'motion-over drawing'} viewBox={`0 0 ${width} ${height}`} data-at={Math.round(atMs)} aria-hidden="true" {...(drawing !== undefined && { onPointerDown: add })}>
      {masks.map((polygon, i) => <polygon key={`mask ${i}`} className="mask" points={place(polygon)} />)}
      {zones.map(({ name, polygon }, i) => (
        <g key={`zone ${i}`}><polygon className="zone" points={place(polygon)} /><text className="zone-name" x={polygon[0]![0] * width + 4} y={polygon[0]![1] * height + height / 22} fontSize={height / 26}>{name}</text></g>
      ))}
      {drawing === undefined ? null : <polygon className={drawing.kind} points={place(drawing.corners)} />}
      {drawing?.corners.map(([x, y], i) => <circle key={i} cx={x * width} cy={y * height} r={height / 90} />)}
      {boxesAt(motion?.tracks ?? [], atMs).map(({ id, name, box: [x, y, w, h], isSeen }) => (
        <g key={id} data-track={id}>
          <rect className={isSeen ? 'thing' : 'thing hidden'} x={x * width} y={y * height} width={w * width} height={h * height} />
          <text x={x * width} y={Math.max(height / 26, y * height - height / 90)} fontSize={height / 26}>{name}</text>
        </g>
      ))}
    </svg>
  )
}
