/** Pictures that a process was given, one after the other. */
import { InvalidInputError } from '#protocols/errors.ts'
import type { Picture } from '../inference.ts'
import type { RunTools } from '../serve-model.ts'

/** Larger pictures are refused, in pixels. @default 67108864 */
export const MAX_PICTURE_PIXELS = 64 * 1024 ** 2

/** @throws InvalidInputError, the signal's reason */
export async function eachPicture<T>(pictures: readonly Picture[], { signal, onProgress }: RunTools, look: (picture: Picture) => Promise<T>): Promise<T[]> {
  const seen: T[] = []
  for (const picture of pictures) {
    signal.throwIfAborted()
    checkPicture(picture)
    seen.push(await look(picture))
    onProgress(seen.length / pictures.length)
  }
  return seen
}

function checkPicture({ width, height, rgb }: Picture): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1 || width * height > MAX_PICTURE_PIXELS) throw new InvalidInputError(`a picture of ${width} × ${height} can not be looked at: 1 to ${MAX_PICTURE_PIXELS} pixels can`)
  if (!(rgb instanceof Uint8Array) || rgb.length !== 3 * width * height) throw new InvalidInputError(`a picture of ${width} × ${height} has ${3 * width * height} bytes, and these are ${rgb?.length}`)
}
