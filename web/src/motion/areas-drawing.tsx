import { type PointerEvent, type ReactNode, type RefObject, useEffect } from 'react'
import type { Corner, Sketch } from './sketch.ts'

interface DrawingProps {
  readonly ref: RefObject<SVGSVGElement | null>
  /** Of the picture below it, in its pixels. */
  readonly width: number
  readonly height: number
  readonly sketch: Sketch
  readonly onCorner: (corner: Corner) => void
  /** @default 0 */
  readonly atMs?: number
  /** What else lies over the picture. */
  readonly children?: ReactNode
}

/** Lies over a picture exactly, however it is fitted: masks, zones, and the area that is being drawn. */
export function AreasDrawing({ ref, width, height, sketch: { masks, zones, drawing }, onCorner, atMs = 0, children }: DrawingProps) {
  const place = (corners: readonly Corner[]): string => corners.map(([x, y]) => `${x * width},${y * height}`).join(' ')
  const add = ({ clientX, clientY, currentTarget }: PointerEvent<SVGSVGElement>): void => {
    const matrix = currentTarget.getScreenCTM()
    if (matrix === null) return
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse())
    onCorner([x / width, y / height])
  }
  const isDrawing = drawing !== undefined
  useEffect(() => { if (isDrawing) ref.current?.scrollIntoView({ block: 'nearest' }) }, [isDrawing]) // what is to be clicked has to be seen
  return (
    <svg ref={ref} className={isDrawing ? 'motion-over drawing' : 'motion-over'} viewBox={`0 0 ${width} ${height}`} data-at={Math.round(atMs)} aria-hidden="true" {...(isDrawing && { onPointerDown: add })}>
      {masks.map((polygon, i) => <polygon key={`mask ${i}`} className="mask" points={place(polygon)} />)}
      {zones.map(({ name, polygon }, i) => (
        <g key={`zone ${i}`}><polygon className="zone" points={place(polygon)} /><text className="zone-name" x={polygon[0]![0] * width + 4} y={polygon[0]![1] * height + height / 22} fontSize={height / 26}>{name}</text></g>
      ))}
      {drawing === undefined ? null : <polygon className={drawing.kind} points={place(drawing.corners)} />}
      {drawing?.corners.map(([x, y], i) => <circle key={i} cx={x * width} cy={y * height} r={height / 90} />)}
      {children}
    </svg>
  )
}
