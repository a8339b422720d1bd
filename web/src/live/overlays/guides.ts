import { MASKS, type OverlaySettings } from './overlay-settings.ts'

/** Share of the picture's width and height that is safe for action (EBU R 95). @default 0.93 */
export const ACTION_SAFE = 0.93
/** Share that is safe for titles (EBU R 95). @default 0.9 */
export const TITLE_SAFE = 0.9
/** Half the length of the centre cross's arms, as a share of the frame's shorter side. @default 0.05 */
const CROSS = 0.05

export interface Line { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number }
export interface Frame { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

/** What is drawn, in pixels of the picture. `window` is the part an aspect mask leaves, or the whole picture; the other guides divide that part. */
export interface Guides {
  readonly window: Frame
  readonly lines: readonly Line[]
  readonly frames: readonly Frame[]
}

/** The largest frame of an aspect in the middle of another; aspect 0 is the frame itself. */
function centred(width: number, height: number, aspect: number): Frame {
  const inner = aspect === 0 ? { width, height } : { width: Math.min(width, height * aspect), height: Math.min(height, width / aspect) }
  return { x: (width - inner.width) / 2, y: (height - inner.height) / 2, ...inner }
}

function shareOf({ x, y, width, height }: Frame, share: number): Frame {
  return { x: x + width * (1 - share) / 2, y: y + height * (1 - share) / 2, width: width * share, height: height * share }
}

function thirdsOf({ x, y, width, height }: Frame): Line[] {
  return [1 / 3, 2 / 3].flatMap((share) => [
    { x1: x + width * share, y1: y, x2: x + width * share, y2: y + height },
    { x1: x, y1: y + height * share, x2: x + width, y2: y + height * share }
  ])
}

function crossOf({ x, y, width, height }: Frame): Line[] {
  const [middle, centre, arm] = [x + width / 2, y + height / 2, Math.min(width, height) * CROSS]
  return [{ x1: middle - arm, y1: centre, x2: middle + arm, y2: centre }, { x1: middle, y1: centre - arm, x2: middle, y2: centre + arm }]
}

/** The chosen guides for a picture of this size. */
export function guidesOf(width: number, height: number, { thirds, centre, safe, mask }: OverlaySettings): Guides {
  const window = centred(width, height, MASKS[mask])
  return {
    window,
    lines: [...thirds ? thirdsOf(window) : [], ...centre ? crossOf(window) : []],
    frames: safe ? [shareOf(window, ACTION_SAFE), shareOf(window, TITLE_SAFE)] : []
  }
}
