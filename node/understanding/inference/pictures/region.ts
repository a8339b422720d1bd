/** What a part of a picture shows, at the size and in the numbers that a model was taught with. Pure. */
import type { Picture } from '../inference.ts'

type Point = readonly [x: number, y: number]

/** A rectangle in pixels of a picture, which may be turned and may reach over the edge. */
export interface Region {
  /** Its upper left corner. */
  readonly corner: Point
  /** From there to its upper right. */
  readonly across: Point
  /** From there to its lower left. */
  readonly down: Point
}

export interface TensorShape {
  readonly width: number
  readonly height: number
  /** All reds, then all greens, then all blues; or red, green and blue of each pixel. */
  readonly order: 'planes' | 'pixels'
  /** What becomes zero, and what becomes one more, per colour in 0 to 255. */
  readonly zero: readonly [red: number, green: number, blue: number]
  readonly unit: readonly [red: number, green: number, blue: number]
}

/** A picture is never looked at in more than this many places per direction for one pixel of the tensor. @default 8 */
export const MAX_SAMPLES = 8

export const wholeOf = ({ width, height }: Picture): Region => ({ corner: [0, 0], across: [width, 0], down: [0, height] })

const lengthOf = ([x, y]: Point): number => Math.hypot(x, y)

/** Between pixels in a straight line; what is made smaller is averaged, so that thin strokes survive. Beyond the edge the edge goes on. */
export function tensorOf(picture: Picture, { corner, across, down }: Region, { width, height, order, zero, unit }: TensorShape): Float32Array {
  const columns = stepsOf(lengthOf(across), width)
  const rows = stepsOf(lengthOf(down), height)
  const isSmaller = columns * rows > 1
  const [acrossX, acrossY] = [across[0] / width / columns, across[1] / width / columns]
  const [downX, downY] = [down[0] / height / rows, down[1] / height / rows]
  const [pixelStep, colourStep] = order === 'planes' ? [1, width * height] : [3, 1]
  const tensor = new Float32Array(3 * width * height)
  const sum = new Float64Array(3)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += pixelStep) {
      sum.fill(0)
      for (let j = 0; j < rows; j++) {
        const v = y * rows + j + 0.5
        for (let i = 0; i < columns; i++) {
          const u = x * columns + i + 0.5
          const placeX = corner[0] + u * acrossX + v * downX
          const placeY = corner[1] + u * acrossY + v * downY
          if (isSmaller) addPixel(picture, placeX, placeY, sum)
          else addBetween(picture, placeX, placeY, sum)
        }
      }
      for (let colour = 0; colour < 3; colour++) tensor[at + colour * colourStep] = (sum[colour]! / (columns * rows) - zero[colour]!) / unit[colour]!
    }
  }
  return tensor
}

const stepsOf = (from: number, to: number): number => Math.max(1, Math.min(MAX_SAMPLES, Math.round(from / to)))

/** Places in a picture, whose first pixel reaches from 0 to 1. */
function addPixel({ width, height, rgb }: Picture, x: number, y: number, sum: Float64Array): void {
  const at = 3 * (Math.max(0, Math.min(height - 1, Math.floor(y))) * width + Math.max(0, Math.min(width - 1, Math.floor(x))))
  sum[0]! += rgb[at]!
  sum[1]! += rgb[at + 1]!
  sum[2]! += rgb[at + 2]!
}

function addBetween({ width, height, rgb }: Picture, x: number, y: number, sum: Float64Array): void {
  const inX = Math.max(0, Math.min(width - 1, x - 0.5))
  const inY = Math.max(0, Math.min(height - 1, y - 0.5))
  const left = Math.floor(inX)
  const top = Math.floor(inY)
  const here = 3 * (top * width + left)
  const next = left + 1 < width ? 3 : 0
  const under = top + 1 < height ? here + 3 * width : here
  const [a, b] = [inX - left, inY - top]
  for (let colour = 0; colour < 3; colour++) {
    const upper = rgb[here + colour]! * (1 - a) + rgb[here + next + colour]! * a
    const lower = rgb[under + colour]! * (1 - a) + rgb[under + next + colour]! * a
    sum[colour]! += upper * (1 - b) + lower * b
  }
}
