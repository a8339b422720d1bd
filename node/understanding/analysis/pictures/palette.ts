import type { Picture } from '../../inference/inference.ts'
import type { KeyPicture } from '../analysis.ts'
import { rounded } from './rounded.ts'

/** Colours of a palette, at most. @default 5 */
export const PALETTE_COLOURS = 5
/** Colours nearer than this (of 255, in a straight line) are one. @default 48 */
export const ONE_COLOUR = 48
/** A smaller share of the picture is no colour of its palette. @default 0.02 */
export const LEAST_SHARE = 0.02
/** Every so many pixels one is counted. @default 3 */
const EVERY = 3

interface Colour { r: number; g: number; b: number; count: number }

/** Its colours, the most frequent first, with the share of the picture that is nearest to each. */
export function paletteOf({ rgb }: Picture): KeyPicture['palette'] {
  const bins = binsOf(rgb)
  const kept: Colour[] = []
  for (const bin of bins) {
    const near = kept.find((colour) => distance(colour, bin) < ONE_COLOUR)
    if (near !== undefined) merge(near, bin)
    else if (kept.length < 4 * PALETTE_COLOURS) kept.push({ ...bin })
  }
  const total = bins.reduce((sum, { count }) => sum + count, 0)
  const shares = kept.sort((a, b) => b.count - a.count).slice(0, PALETTE_COLOURS).map(({ r, g, b, count }) => [(Math.round(r) << 16) | (Math.round(g) << 8) | Math.round(b), rounded(count / total)] as const)
  return shares.filter(([, share], i) => i === 0 || share >= LEAST_SHARE)
}

/** Means of 16 x 16 x 16 bins, the fullest first. */
function binsOf(rgb: Uint8Array): Colour[] {
  const sums = new Float64Array(4096 * 4)
  for (let at = 0; at + 2 < rgb.length; at += 3 * EVERY) {
    const bin = ((rgb[at]! >> 4) << 8 | (rgb[at + 1]! >> 4) << 4 | rgb[at + 2]! >> 4) * 4
    sums[bin]! += rgb[at]!
    sums[bin + 1]! += rgb[at + 1]!
    sums[bin + 2]! += rgb[at + 2]!
    sums[bin + 3]!++
  }
  const bins: Colour[] = []
  for (let at = 0; at < sums.length; at += 4) {
    const count = sums[at + 3]!
    if (count > 0) bins.push({ r: sums[at]! / count, g: sums[at + 1]! / count, b: sums[at + 2]! / count, count })
  }
  return bins.sort((a, b) => b.count - a.count)
}

const distance = (a: Colour, b: Colour): number => Math.hypot(a.r - b.r, a.g - b.g, a.b - b.b)

function merge(into: Colour, { r, g, b, count }: Colour): void {
  const share = count / (into.count + count)
  into.r += (r - into.r) * share
  into.g += (g - into.g) * share
  into.b += (b - into.b) * share
  into.count += count
}
