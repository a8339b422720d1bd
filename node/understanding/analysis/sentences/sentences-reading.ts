/** What a model of sentences makes of texts of an asset, as bytes: dag-cbor `{v: 1, written, model, space, dimensions, vectors}`. */
import { encode } from '@ipld/dag-cbor'
import { isSpaceId, MAX_DIMENSIONS, type Vectors } from '../../space.ts'
import { bytesOfFloats, Untrusted } from '../strict.ts'
import { MAX_TEXTS } from './texts.ts'

/** Largest reading that is read, in bytes. */
export const MAX_SENTENCES_BYTES = MAX_TEXTS * MAX_DIMENSIONS * 4 + 1_024
const MAX_MODEL_NAME = 200

export interface SentencesReading {
  /** Digest of the texts that were read: `digestOf`. */
  readonly written: string
  /** Id and revision of the model. */
  readonly model: string
  /** One of each text, of length 1. */
  readonly vectors: Vectors
}

export const encodeSentences = ({ written, model, vectors: { space, dimensions, values } }: SentencesReading): Uint8Array => encode({ v: 1, written, model, space, dimensions, vectors: bytesOfFloats(values) })

/** @throws InvalidMessageError naming what is wrong */
export function decodeSentences(bytes: Uint8Array): SentencesReading {
  const { v, written, model, space, dimensions, vectors } = Untrusted.of(bytes, 'the reading of texts', MAX_SENTENCES_BYTES).map('v', 'written', 'model', 'space', 'dimensions', 'vectors')
  v.integer(1, 1)
  const named = space.text(48)
  const count = dimensions.integer(1, MAX_DIMENSIONS)
  const values = vectors.anyFloats(count * MAX_TEXTS, 0)
  if (!isSpaceId(named)) return space.refuse('is no name of a space')
  if (values.length % count !== 0) return vectors.refuse(`are not of ${count} numbers each`)
  return { written: written.matching(/^[0-9a-f]{16}$/), model: model.text(MAX_MODEL_NAME), vectors: { space: named, dimensions: count, values } }
}
