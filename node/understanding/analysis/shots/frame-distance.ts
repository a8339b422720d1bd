/** How far two pictures of a film are apart, in the ways that tell a cut from what only looks like one. Pure. */
import { BINS, CELL_COLUMNS, CELL_ROWS, CELLS, COLOUR_BINS, type FrameFeatures, lumaOfCell } from './frame-features.ts'

/** A block differs when one of its colours does by more, of 255. @default 14 */
export const BLOCK_DIFFERENCE = 14
const BLOCK_COLUMNS = 8
const BLOCK_ROWS = 6
const BLOCKS = BLOCK_COLUMNS * BLOCK_ROWS
const [WIDE, HIGH] = [CELL_COLUMNS / BLOCK_COLUMNS, CELL_ROWS / BLOCK_ROWS]

/** Of colours and brightness, wherever they are in the picture: 0 the same, 1 nothing in common. */
export function histogramDistance({ histogram: a }: FrameFeatures, { histogram: b }: FrameFeatures): number {
  let sum = 0
  for (let i = 0; i < BINS; i++) sum += Math.abs(a[i]! - b[i]!)
  return sum / 4
}

/** Of colours alone, whatever their light: 0 the same, 1 nothing in common. */
export function colourDistance({ histogram: a }: FrameFeatures, { histogram: b }: FrameFeatures): number {
  let sum = 0
  for (let i = 0; i < COLOUR_BINS; i++) sum += Math.abs(a[i]! - b[i]!)
  return sum / 2
}

/** Share of 8 x 6 blocks that differ: what covers a part of the picture does not count as another one. */
export function blockShare(a: FrameFeatures, b: FrameFeatures): number {
  let different = 0
  for (let block = 0; block < BLOCKS; block++) if (differs(a.cells, b.cells, block)) different++
  return different / BLOCKS
}

function differs(a: Float32Array, b: Float32Array, block: number): boolean {
  const [left, top] = [(block % BLOCK_COLUMNS) * WIDE, Math.floor(block / BLOCK_COLUMNS) * HIGH]
  const sums = [0, 0, 0]
  for (let y = top; y < top + HIGH; y++) {
    for (let x = left; x < left + WIDE; x++) {
      const at = (y * CELL_COLUMNS + x) * 3
      for (let colour = 0; colour < 3; colour++) sums[colour]! += a[at + colour]! - b[at + colour]!
    }
  }
  return sums.some((sum) => Math.abs(sum) > BLOCK_DIFFERENCE * WIDE * HIGH)
}

/** Share of the cells that differ. */
export function cellShare(a: Float32Array, b: Float32Array): number {
  let different = 0
  for (let at = 0; at < CELLS * 3; at += 3) {
    if (Math.abs(a[at]! - b[at]!) > BLOCK_DIFFERENCE || Math.abs(a[at + 1]! - b[at + 1]!) > BLOCK_DIFFERENCE || Math.abs(a[at + 2]! - b[at + 2]!) > BLOCK_DIFFERENCE) different++
  }
  return different / CELLS
}

/** How far colours are apart on average over the cells, of 255: grain, which changes every pixel, hardly counts. */
export function cellChange({ cells: a }: FrameFeatures, { cells: b }: FrameFeatures): number {
  let sum = 0
  for (let i = 0; i < CELLS * 3; i++) sum += Math.abs(a[i]! - b[i]!)
  return sum / (CELLS * 3)
}

/** How far the middle is from the mean of both ends, as a share of how far the ends are apart: 0 for a dissolve, a half where one end simply goes on. */
export function blendResidual({ cells: before }: FrameFeatures, { cells: middle }: FrameFeatures, { cells: after }: FrameFeatures): number {
  let [off, apart] = [0, 0]
  for (let i = 0; i < CELLS * 3; i++) {
    off += Math.abs(middle[i]! - (before[i]! + after[i]!) / 2)
    apart += Math.abs(after[i]! - before[i]!)
  }
  return apart === 0 ? 1 : off / apart
}

/** Correlation of brightness over the picture, -1 to 1: near 1 for one picture in another light. */
export function likeness({ cells: a }: FrameFeatures, { cells: b }: FrameFeatures): number {
  let [sumA, sumB, squaresA, squaresB, both] = [0, 0, 0, 0, 0]
  for (let cell = 0; cell < CELLS; cell++) {
    const [x, y] = [lumaOfCell(a, cell), lumaOfCell(b, cell)]
    sumA += x
    sumB += y
    squaresA += x * x
    squaresB += y * y
    both += x * y
  }
  const variances = (squaresA - sumA * sumA / CELLS) * (squaresB - sumB * sumB / CELLS)
  return variances < 1 ? 0 : (both - sumA * sumB / CELLS) / Math.sqrt(variances)
}
