/** What shots are told apart by: a few numbers of each small picture of a film. Pure. */

/** Films are looked at in this size, whatever their shape, in pixels. */
export const SMALL_WIDTH = 160
export const SMALL_HEIGHT = 90
/** Cells that a picture is averaged over; each is 5 x 5 pixels. */
export const CELL_COLUMNS = 32
export const CELL_ROWS = 18
const CELL = SMALL_WIDTH / CELL_COLUMNS
const CELL_PIXELS = CELL * CELL
export const CELLS = CELL_COLUMNS * CELL_ROWS
/** Bins of hue and saturation, then of brightness. */
export const BINS = 80
export const COLOUR_BINS = 64
const PIXELS = SMALL_WIDTH * SMALL_HEIGHT
/** Less than this between the strongest and the weakest of red, green and blue has no hue, of 255. @default 12 */
const GREY = 12

export interface FrameFeatures {
  readonly atMs: number
  /** How far hue, saturation and brightness are from the picture before, on average over the pixels, of 255; 0 for the first. */
  readonly diff: number
  /** Mean brightness, 0 to 255. */
  readonly luma: number
  /** Standard deviation of brightness over the cells. */
  readonly spread: number
  /** Shares of pixels, 64 of colour and 16 of brightness: each part sums to 1. */
  readonly histogram: Float32Array
  /** Mean red, green and blue of each cell, line by line. */
  readonly cells: Float32Array
}

/** Reads one picture after the other; it remembers the one before. */
export type FeatureReader = (rgb: Uint8Array, stride: number, atMs: number) => FrameFeatures

export function createFeatureReader(): FeatureReader {
  let [before, now] = [new Uint8Array(PIXELS * 3), new Uint8Array(PIXELS * 3)]
  let isFirst = true
  return (rgb, stride, atMs) => {
    const histogram = new Float32Array(BINS)
    const cells = new Float32Array(CELLS * 3)
    let [luma, diff, at] = [0, 0, 0]
    for (let y = 0; y < SMALL_HEIGHT; y++) {
      const row = Math.floor(y / CELL) * CELL_COLUMNS
      for (let x = 0, from = y * stride; x < SMALL_WIDTH; x++, from += 3, at += 3) {
        const [r, g, b] = [rgb[from]!, rgb[from + 1]!, rgb[from + 2]!]
        const most = r > g ? (r > b ? r : b) : g > b ? g : b
        const least = r < g ? (r < b ? r : b) : g < b ? g : b
        const chroma = most - least
        const hue = chroma === 0 ? 0 : hueOf(r, g, b, most, chroma)
        const saturation = most === 0 ? 0 : (chroma * 255 / most) | 0
        const bright = (r * 77 + g * 150 + b * 29) >> 8
        luma += bright
        histogram[COLOUR_BINS + (bright >> 4)]!++
        histogram[chroma > GREY ? (hue >> 4) * 4 + (saturation >> 6) : 0]!++
        const cell = (row + Math.floor(x / CELL)) * 3
        cells[cell]! += r
        cells[cell + 1]! += g
        cells[cell + 2]! += b
        diff += turnOf(hue, before[at]!) * Math.min(saturation, before[at + 1]!) / 255 + Math.abs(saturation - before[at + 1]!) + Math.abs(most - before[at + 2]!)
        now[at] = hue
        now[at + 1] = saturation
        now[at + 2] = most
      }
    }
    for (let i = 0; i < BINS; i++) histogram[i]! /= PIXELS
    for (let i = 0; i < cells.length; i++) cells[i]! /= CELL_PIXELS
    ;[before, now] = [now, before]
    const features = { atMs, diff: isFirst ? 0 : diff / (PIXELS * 3), luma: luma / PIXELS, spread: spreadOf(cells), histogram, cells }
    isFirst = false
    return features
  }
}

/** Once around is 256. */
function hueOf(r: number, g: number, b: number, most: number, chroma: number): number {
  const sixth = most === r ? (g - b) / chroma + 6 : most === g ? (b - r) / chroma + 2 : (r - g) / chroma + 4
  return ((sixth * 256 / 6) | 0) & 255
}

function turnOf(one: number, other: number): number {
  const turn = Math.abs(one - other)
  return turn > 128 ? 256 - turn : turn
}

export const lumaOfCell = (cells: Float32Array, cell: number): number => (cells[cell * 3]! * 77 + cells[cell * 3 + 1]! * 150 + cells[cell * 3 + 2]! * 29) / 256

function spreadOf(cells: Float32Array): number {
  let [sum, squares] = [0, 0]
  for (let cell = 0; cell < CELLS; cell++) {
    const luma = lumaOfCell(cells, cell)
    sum += luma
    squares += luma * luma
  }
  return Math.sqrt(Math.max(0, squares / CELLS - (sum / CELLS) ** 2))
}
