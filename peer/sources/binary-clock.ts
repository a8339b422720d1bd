/** A time written into a picture as black and white cells, big enough to survive compression; peer/README.md has the layout. */

/** Cells per row. A cell is a square of picture width / 26. */
export const CLOCK_COLUMNS = 26
export const CLOCK_ROWS = 2
const BITS = 48

/** The 52 cells for a time (Unix ms), row by row: white, black, 48 bits with the highest first, even parity, white. */
export function clockCells(unixMs: number): boolean[] {
  const bits = Array.from({ length: BITS }, (_, i) => Math.floor(unixMs / 2 ** (BITS - 1 - i)) % 2 === 1)
  return [true, false, ...bits, parityOf(bits), true]
}

/** The time in a picture, or undefined when there is none to read. `luma` is one byte a pixel, rows of `stride` bytes. */
export function readBinaryClock(luma: Uint8Array, width: number, stride = width): number | undefined {
  const cell = width / CLOCK_COLUMNS
  const cells = Array.from({ length: CLOCK_COLUMNS * CLOCK_ROWS }, (_, i) => {
    const x = Math.floor(((i % CLOCK_COLUMNS) + 0.5) * cell)
    const y = Math.floor((Math.floor(i / CLOCK_COLUMNS) + 0.5) * cell)
    return (luma[y * stride + x] ?? 0) > 127
  })
  const bits = cells.slice(2, 2 + BITS)
  if (cells[0] !== true || cells[1] !== false || cells.at(-1) !== true || cells[2 + BITS] !== parityOf(bits)) return undefined
  return bits.reduce((value, bit) => value * 2 + (bit ? 1 : 0), 0)
}

function parityOf(bits: readonly boolean[]): boolean {
  return bits.filter(Boolean).length % 2 === 1
}
