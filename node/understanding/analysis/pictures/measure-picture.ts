/** What is measured of a picture by its pixels alone. Pure. */
import type { Picture } from '../../inference/inference.ts'
import type { KeyPicture } from '../analysis.ts'
import { paletteOf } from './palette.ts'
import { rounded } from './rounded.ts'

export type PictureMeasures = Pick<KeyPicture, 'palette' | 'sharpness' | 'exposure'>

/** Brightness of a pixel that is black, and of one that is burnt out, of 255. */
export const BLACK_BELOW = 16
export const BURNT_ABOVE = 245
/** Variance of the edges of a picture that is half sharp. @default 120 */
export const HALF_SHARP = 120

export function measurePicture(picture: Picture): PictureMeasures {
  const luma = lumaOf(picture)
  return { palette: paletteOf(picture), sharpness: sharpnessOf(luma, picture.width, picture.height), exposure: exposureOf(luma) }
}

function lumaOf({ rgb }: Picture): Uint8Array {
  const luma = new Uint8Array(rgb.length / 3)
  for (let i = 0, at = 0; i < luma.length; i++, at += 3) luma[i] = (rgb[at]! * 77 + rgb[at + 1]! * 150 + rgb[at + 2]! * 29) >> 8
  return luma
}

/** By the variance of its Laplacian. */
function sharpnessOf(luma: Uint8Array, width: number, height: number): number {
  let [sum, squares, count] = [0, 0, 0]
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, at = y * width + 1; x < width - 1; x++, at++) {
      const edge = 4 * luma[at]! - luma[at - 1]! - luma[at + 1]! - luma[at - width]! - luma[at + width]!
      sum += edge
      squares += edge * edge
      count++
    }
  }
  const variance = count === 0 ? 0 : squares / count - (sum / count) ** 2
  return rounded(variance / (variance + HALF_SHARP))
}

function exposureOf(luma: Uint8Array): KeyPicture['exposure'] {
  let [sum, black, burnt] = [0, 0, 0]
  for (const value of luma) {
    sum += value
    if (value < BLACK_BELOW) black++
    if (value > BURNT_ABOVE) burnt++
  }
  const count = Math.max(1, luma.length)
  return { mean: rounded(sum / count / 255), black: rounded(black / count), burnt: rounded(burnt / count) }
}

/** How well it would stand for a clip: sharp, lit, colourful and still. */
export function scoreOf({ palette, sharpness, exposure }: PictureMeasures, motion: number): number {
  const lit = Math.max(0, 1 - Math.abs(exposure.mean - 0.45) * 2) * Math.max(0, 1 - exposure.black - exposure.burnt)
  const colourful = palette.reduce((sum, [colour, share]) => sum + share * chromaOf(colour), 0)
  return rounded(0.4 * sharpness + 0.35 * lit + 0.15 * Math.min(1, colourful * 2) + 0.1 * (1 - motion))
}

function chromaOf(colour: number): number {
  const parts = [colour >> 16, (colour >> 8) & 255, colour & 255]
  return (Math.max(...parts) - Math.min(...parts)) / 255
}
