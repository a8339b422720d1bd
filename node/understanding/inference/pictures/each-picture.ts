/** Pictures that a process was given, one after the other. */
import { checkPicture } from '../checks.ts'
import type { Picture } from '../inference.ts'
import type { RunTools } from '../serve-model.ts'

/** @throws InvalidInputError, the signal's reason */
export async function eachPicture<T>(pictures: readonly Picture[], { signal, onProgress }: RunTools, look: (picture: Picture) => Promise<T>): Promise<T[]> {
  const seen: T[] = []
  for (const picture of pictures) {
    signal.throwIfAborted()
    seen.push(await look(checkPicture(picture)))
    onProgress(seen.length / pictures.length)
  }
  return seen
}
