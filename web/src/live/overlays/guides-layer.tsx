import type { RefObject } from 'react'
import { type Frame, type Guides, guidesOf } from './guides.ts'
import type { OverlaySettings } from './overlay-settings.ts'
import { useVideoSize } from './use-frames.ts'

/** Outlines of the whole picture and of the window in it: filled by the even-odd rule they are what the mask hides. */
function maskPath(width: number, height: number, { x, y, width: w, height: h }: Frame): string {
  return `M0 0H${width}V${height}H0ZM${x} ${y}H${x + w}V${y + h}H${x}Z`
}

function Strokes({ lines, frames }: Guides) {
  return (
    <>
      {lines.map(({ x1, y1, x2, y2 }) => <line key={`${x1} ${y1} ${x2} ${y2}`} x1={x1} y1={y1} x2={x2} y2={y2} />)}
      {frames.map(({ x, y, width, height }) => <rect key={`${x} ${y}`} x={x} y={y} width={width} height={height} />)}
    </>
  )
}

/** Framing guides, drawn sharp at any size; a dark line under each light one keeps them visible on any picture. */
export function GuidesLayer({ video, settings }: { readonly video: RefObject<HTMLVideoElement | null>; readonly settings: OverlaySettings }) {
  const { width, height } = useVideoSize(video)
  if (width === 0) return null
  const guides = guidesOf(width, height, settings)
  return (
    <svg className="guides-layer" data-layer="guides" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="xMidYMid meet">
      {settings.mask === 'none' ? null : <path className="guide-mask" fillRule="evenodd" d={maskPath(width, height, guides.window)} />}
      <g className="guide-shadow"><Strokes {...guides} /></g>
      <g className="guide-line"><Strokes {...guides} /></g>
    </svg>
  )
}
