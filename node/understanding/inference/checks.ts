/** What may be asked of a model: everything that comes in is looked at before it goes to native code. */
import { InvalidInputError } from '#protocols/errors.ts'
import type { Picture, Samples } from './inference.ts'

/** Largest picture, in pixels. @default 67108864 */
export const MAX_PICTURE_PIXELS = 64 * 1024 ** 2
/** Longest text, in UTF-16 units; models read its first few hundred words. @default 10000 */
export const MAX_TEXT_LENGTH = 10_000
/** Longest sound in which speech is looked for at once, in seconds. @default 3600 */
export const MAX_LISTENED_SECONDS = 3_600
/** Longest sound that is written down at once, in seconds. @default 300 */
export const MAX_TRANSCRIBED_SECONDS = 300

const RATE = 16_000

/** @throws InvalidInputError */
export function checkPicture(picture: Picture): Picture {
  const { width, height, rgb } = picture
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 && width * height <= MAX_PICTURE_PIXELS)) throw new InvalidInputError(`no picture of ${width}×${height}: at most ${MAX_PICTURE_PIXELS} pixels are looked at`)
  if (rgb.byteLength !== 3 * width * height) throw new InvalidInputError(`a picture of ${width}×${height} has ${3 * width * height} bytes of RGB, not ${rgb.byteLength}`)
  return picture
}

/** @throws InvalidInputError */
export function checkText(text: string): string {
  if (text.length > MAX_TEXT_LENGTH) throw new InvalidInputError(`the text is too long: at most ${MAX_TEXT_LENGTH} characters`)
  return text.toWellFormed()
}

/** @throws InvalidInputError */
export function checkSamples(samples: Samples, maxSeconds: number): Samples {
  if (samples.length === 0) throw new InvalidInputError('there is no sound in it')
  if (samples.length > maxSeconds * RATE) throw new InvalidInputError(`the sound is too long: at most ${maxSeconds} s of it at once`)
  return samples
}
