import { LEVELS, type Pixels, type Waveform, histogramOf, paradeOf, waveformOf } from './scope-counts.ts'
import type { Rgb } from './false-colour.ts'
import type { Scope } from './overlay-settings.ts'

/** Width of a scope's picture, pixels; its height is one row for each level. */
export const SCOPE_WIDTH = 256
/** Columns left dark between two channels of a parade. @default 4 */
const PARADE_GAP = 4

const GREEN: Rgb = [150, 255, 190]
const CHANNELS: readonly Rgb[] = [[255, 90, 80], [90, 230, 110], [100, 150, 255]]

type Plot = (column: number, level: number, light: number, colour: Rgb) => void

function plotOn(data: Uint8ClampedArray): Plot {
  return (column, level, light, colour) => {
    const at = ((LEVELS - 1 - level) * SCOPE_WIDTH + column) * 4
    colour.forEach((channel, index) => { data[at + index] = Math.max(data[at + index] ?? 0, channel * light) })
    data[at + 3] = 255
  }
}

/** One waveform into columns `from` to `to`, two rows a level, because a scope is shown smaller than it is drawn; a level that occurs once is seen, one that fills the column is bright. */
function drawWaveform(plot: Plot, { columns, counts }: Waveform, from: number, to: number, colour: Rgb): void {
  const perColumn = (to - from) / columns
  counts.forEach((count, cell) => {
    if (count === 0) return
    const [column, level, light] = [from + Math.floor(Math.floor(cell / LEVELS) * perColumn), cell % LEVELS, Math.min(1, 0.4 + count / 16)]
    for (const row of [level, level - 1]) if (row >= 0) plot(column, row, light, colour)
  })
}

function drawParade(plot: Plot, waveforms: readonly Waveform[]): void {
  const width = (SCOPE_WIDTH - 2 * PARADE_GAP) / 3
  waveforms.forEach((waveform, at) => {
    const from = Math.round(at * (width + PARADE_GAP))
    drawWaveform(plot, waveform, from, from + Math.floor(width), CHANNELS[at] ?? GREEN)
  })
}

/** Heights go by the square root, so that a few pixels beside a large flat area are still seen. */
function drawHistogram(plot: Plot, histograms: readonly Uint32Array[]): void {
  const most = Math.sqrt(Math.max(1, ...histograms.map((counts) => Math.max(...counts))))
  histograms.forEach((counts, channel) => counts.forEach((count, level) => {
    for (let row = Math.round(Math.sqrt(count) / most * (LEVELS - 1)); row > 0; row -= 1) plot(level, row - 1, 0.8, CHANNELS[channel] ?? GREEN)
  }))
}

/** Draws a scope of the picture into RGBA of `SCOPE_WIDTH` by `LEVELS`, level 0 in the bottom row. */
export function drawScope(scope: Scope, picture: Pixels, data: Uint8ClampedArray): void {
  const plot = plotOn(data)
  if (scope === 'waveform') drawWaveform(plot, waveformOf(picture), 0, SCOPE_WIDTH, GREEN)
  else if (scope === 'parade') drawParade(plot, paradeOf(picture))
  else if (scope === 'histogram') drawHistogram(plot, histogramOf(picture))
}
