import { LUMA } from './ire.ts'

/** Levels a scope tells apart: one for each value of a channel. */
export const LEVELS = 256

/** How often each level occurs in each column: `counts[column * LEVELS + level]`. */
export interface Waveform { readonly columns: number; readonly counts: Uint32Array }

/** A picture of RGBA pixels, as a canvas hands it out. */
export interface Pixels { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray }

type LevelOf = (data: Uint8ClampedArray, at: number) => number

const lumaAt: LevelOf = (data, at) => Math.round(LUMA[0] * (data[at] ?? 0) + LUMA[1] * (data[at + 1] ?? 0) + LUMA[2] * (data[at + 2] ?? 0))

function countColumns({ width, height, data }: Pixels, levelOf: LevelOf): Waveform {
  const counts = new Uint32Array(width * LEVELS)
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const cell = (pixel % width) * LEVELS + levelOf(data, pixel * 4)
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  return { columns: width, counts }
}

/** The luma of every column of the picture. */
export function waveformOf(pixels: Pixels): Waveform {
  return countColumns(pixels, lumaAt)
}

/** The levels of R', G' and B' of every column. */
export function paradeOf(pixels: Pixels): readonly Waveform[] {
  return [0, 1, 2].map((channel) => countColumns(pixels, (data, at) => data[at + channel] ?? 0))
}

/** How often each level of R', G' and B' occurs in the whole picture. */
export function histogramOf({ width, height, data }: Pixels): readonly Uint32Array[] {
  return [0, 1, 2].map((channel) => {
    const counts = new Uint32Array(LEVELS)
    for (let at = channel; at < width * height * 4; at += 4) {
      const level = data[at] ?? 0
      counts[level] = (counts[level] ?? 0) + 1
    }
    return counts
  })
}
