import { ModelMissingError } from '#protocols/errors.ts'
import type { Inference } from '../inference/inference.ts'
import { vectorAt } from '../space.ts'
import { decodePicture } from './decode-picture.ts'
import type { Near } from './question.ts'

export interface PictureVectorComponents {
  /** Undefined on a node that has none. */
  readonly inference: Pick<Inference, 'embedPictures' | 'whyNoVectors'> | undefined
}

/** The vector of a picture somebody sent. @throws UnsupportedMediaError, ModelMissingError */
export function createPictureVectors({ inference }: PictureVectorComponents): (bytes: Uint8Array, signal: AbortSignal) => Promise<Near> {
  return async (bytes, signal) => {
    const why = inference === undefined ? 'no model for pictures is on this node' : inference.whyNoVectors()
    if (inference === undefined || why !== undefined) throw new ModelMissingError(why ?? '')
    const vectors = await inference.embedPictures([await decodePicture(bytes, { signal })], { signal, urgent: true })
    return { space: vectors.space, vector: vectorAt(vectors, 0).slice() }
  }
}
