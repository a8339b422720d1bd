import type { Picture } from '../inference/inference.ts'

/** A view is compared in so many cells. */
export const VIEW_COLUMNS = 32
export const VIEW_ROWS = 18
/** A cell whose mean red, green or blue moved further than this has changed, of 255. @default 10 */
export const CELL_CHANGE = 10

/** What is before a camera, coarsely: mean red, green and blue of each cell. */
export type View = Float32Array

export function viewOf({ width, height, rgb }: Picture): View {
  const view = new Float32Array(VIEW_COLUMNS * VIEW_ROWS * 3)
  const counts = new Uint32Array(VIEW_COLUMNS * VIEW_ROWS)
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(y * VIEW_ROWS / height) * VIEW_COLUMNS
    for (let x = 0; x < width; x++, at += 3) {
      const cell = row + Math.floor(x * VIEW_COLUMNS / width)
      counts[cell]!++
      for (let c = 0; c < 3; c++) view[cell * 3 + c]! += rgb[at + c]!
    }
  }
  return view.map((sum, i) => sum / Math.max(1, counts[Math.floor(i / 3)]!))
}

/** Share of the cells that are not as they were, 0 to 1. */
export function changedView(before: View, now: View): number {
  let changed = 0
  for (let i = 0; i < now.length; i += 3) {
    if ([0, 1, 2].some((c) => Math.abs(now[i + c]! - before[i + c]!) > CELL_CHANGE)) changed++
  }
  return changed / (now.length / 3)
}
