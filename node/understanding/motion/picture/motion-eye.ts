/** What moves in a film, picture by picture. */
import type { Box } from '../../analysis/analysis.ts'
import type { MotionAreas } from '../motion.ts'
import { Background, NOTHING, SHADE, THING } from './background.ts'
import { type Blob, findBlobs } from './blobs.ts'
import type { SmallPicture } from './frame.ts'
import { closeGaps, majority } from './morphology.ts'
import { paintPolygons } from './polygon.ts'

/** A thing is at least so large, as a share of the picture, at sensitivity 50; four times as large at 0, a quarter at 100. @default 0.0008 */
export const LEAST_SHARE = 0.0008
/** Brightness has to differ by so much at sensitivity 50; twice as much at 0, half at 100. @default 14 */
export const LEAST_DIFFERENCE = 14
/** What is shade for more than this share is no shadow of a thing, but a dark thing. @default 0.85 */
const ALL_SHADE = 0.85
/** Gaps of a thing are closed up to this share of the picture's width. @default 0.009 */
const GAP_SHARE = 0.009

export interface Sighting {
  /** Share of the picture that moves. */
  readonly share: number
  readonly boxes: readonly Box[]
  /** Everything was another picture: a cut, or a light. */
  readonly isNew: boolean
}

export class MotionEye {
  readonly #width: number
  readonly #height: number
  readonly #background: Background
  readonly #leastArea: number
  readonly #gap: number
  readonly #counted: number

  constructor({ width, height }: Pick<SmallPicture, 'width' | 'height'>, { masks, sensitivity }: Pick<MotionAreas, 'masks' | 'sensitivity'>) {
    const ignored = paintPolygons(masks, width, height)
    this.#width = width
    this.#height = height
    this.#leastArea = Math.max(6, width * height * LEAST_SHARE * 4 ** ((50 - sensitivity) / 50))
    this.#gap = Math.max(1, Math.round(width * GAP_SHARE))
    this.#counted = Math.max(1, ignored.reduce((sum, one) => sum + 1 - one, 0))
    this.#background = new Background({ width, height, ignored, leastDifference: LEAST_DIFFERENCE * 2 ** ((50 - sensitivity) / 50) })
  }

  look(picture: SmallPicture): Sighting {
    const { found, isNew } = this.#background.look(picture)
    if (isNew) return { share: 0, boxes: [], isNew }
    const all = majority(anything(found), this.#width, this.#height, 1)
    const blobs = findBlobs(closeGaps(all, this.#width, this.#height, this.#gap), this.#width, this.#height, this.#leastArea)
    const things = blobs.flatMap((blob) => this.#withoutShadow(blob, found, all))
    return { share: things.reduce((sum, { area }) => sum + area, 0) / this.#counted, boxes: things.map((blob) => this.#boxOf(blob)), isNew }
  }

  #withoutShadow(blob: Blob, found: Uint8Array, all: Uint8Array): Blob[] {
    const shades = this.#count(blob, (at) => all[at] === 1 && found[at] === SHADE)
    if (shades === 0) return [blob]
    const things = this.#count(blob, (at) => all[at] === 1 && found[at] === THING)
    if (shades / (shades + things) > ALL_SHADE) return [blob]
    return this.#bright(blob, found)
  }

  /** What is left of it without shade. */
  #bright({ left, top, right, bottom }: Blob, found: Uint8Array): Blob[] {
    const [width, height] = [right - left, bottom - top]
    const mask = new Uint8Array(width * height)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) mask[y * width + x] = Number(found[(top + y) * this.#width + left + x] === THING)
    const parts = findBlobs(closeGaps(majority(mask, width, height, 1), width, height, this.#gap), width, height, this.#leastArea)
    return parts.map((part) => ({ left: left + part.left, top: top + part.top, right: left + part.right, bottom: top + part.bottom, area: part.area }))
  }

  #count({ left, top, right, bottom }: Blob, takes: (at: number) => boolean): number {
    let count = 0
    for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) count += Number(takes(y * this.#width + x))
    return count
  }

  #boxOf({ left, top, right, bottom }: Blob): Box {
    return [left / this.#width, top / this.#height, (right - left) / this.#width, (bottom - top) / this.#height]
  }
}

function anything(found: Uint8Array): Uint8Array {
  const mask = new Uint8Array(found.length)
  for (let at = 0; at < mask.length; at++) if (found[at] !== NOTHING) mask[at] = 1
  return mask
}
