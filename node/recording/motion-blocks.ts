/** Masks, zones and sensitivity, as the blocks of a picture know them. Pure. */
import type { MotionAreas, Polygon } from '../understanding/motion/motion.ts'
import { paintPolygons } from '../understanding/motion/picture/polygon.ts'
import { BLOCKS_HIGH, BLOCKS_WIDE } from './motion-picture.ts'

/** Each block is looked at in so many places across and down. */
const FINE = 4

/** One byte per block: 1 where it belongs to the area. */
export interface BlockAreas {
  /** Most of the block lies in a mask. */
  readonly ignored: Uint8Array
  /** Some of the block lies in the zone. */
  readonly zones: ReadonlyArray<{ readonly name: string; readonly blocks: Uint8Array }>
  /** By how much less a change has to be to count: 1 at sensitivity 50, a half at 0, 2 at 100. */
  readonly gain: number
}

export function blockAreasOf({ masks, zones, sensitivity }: MotionAreas): BlockAreas {
  return {
    ignored: blocksIn(masks, FINE * FINE / 2),
    zones: zones.map(({ name, polygon }) => ({ name, blocks: blocksIn([polygon], 1) })),
    gain: 2 ** ((sensitivity - 50) / 50)
  }
}

/** Blocks of which at least so many places lie in one of them. */
function blocksIn(polygons: readonly Polygon[], least: number): Uint8Array {
  const wide = BLOCKS_WIDE * FINE
  const painted = paintPolygons(polygons, wide, BLOCKS_HIGH * FINE)
  return Uint8Array.from({ length: BLOCKS_WIDE * BLOCKS_HIGH }, (_, block) => {
    const first = Math.floor(block / BLOCKS_WIDE) * FINE * wide + (block % BLOCKS_WIDE) * FINE
    let count = 0
    for (let y = 0; y < FINE; y++) for (let x = 0; x < FINE; x++) count += painted[first + y * wide + x]!
    return Number(count >= least)
  })
}
