/** What a model of sentences makes of what people wrote of an asset, as bytes: dag-cbor `{v: 1, written, model, space, dimensions, vectors}`. */
import { encode } from '@ipld/dag-cbor'
import type { Inference } from '../../inference/inference.ts'
import { isSpaceId, MAX_DIMENSIONS, type Vectors } from '../../space.ts'
import { sentencesOf } from '../analysis.ts'
import { bytesOfFloats, Untrusted } from '../strict.ts'
import { digestOfWritten, MAX_WRITTEN, type WrittenAsset, writtenOf } from './written.ts'

/** Largest reading that is read, in bytes. */
export const MAX_WRITTEN_READING_BYTES = MAX_WRITTEN * MAX_DIMENSIONS * 4 + 1_024
const MAX_MODEL_NAME = 200

export interface WrittenReading {
  /** Digest of the texts that were read. */
  readonly written: string
  /** Id and revision of the model. */
  readonly model: string
  /** One of each text, of length 1. */
  readonly vectors: Vectors
}

/** The name of what this node can make of texts now; undefined where it has no model for it. */
export function sentencesMade(inference: Pick<Inference, 'model'>): string | undefined {
  const space = inference.model('embed-sentences')?.space
  return space === undefined ? undefined : sentencesOf(space)
}

/** @throws as `Inference.embedSentences` */
export async function readWritten(inference: Pick<Inference, 'embedSentences' | 'model'>, asset: WrittenAsset, signal: AbortSignal): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
  const model = inference.model('embed-sentences')?.name ?? ''
  const vectors = await inference.embedSentences(writtenOf(asset), { signal })
  return { name: sentencesOf(vectors.space), bytes: encodeWritten({ written: digestOfWritten(asset), model, vectors }) }
}

export const encodeWritten = ({ written, model, vectors: { space, dimensions, values } }: WrittenReading): Uint8Array => encode({ v: 1, written, model, space, dimensions, vectors: bytesOfFloats(values) })

/** @throws InvalidMessageError naming what is wrong */
export function decodeWritten(bytes: Uint8Array): WrittenReading {
  const { v, written, model, space, dimensions, vectors } = Untrusted.of(bytes, 'the reading of what is written', MAX_WRITTEN_READING_BYTES).map('v', 'written', 'model', 'space', 'dimensions', 'vectors')
  v.integer(1, 1)
  const named = space.text(48)
  const count = dimensions.integer(1, MAX_DIMENSIONS)
  const values = vectors.anyFloats(count * MAX_WRITTEN)
  if (!isSpaceId(named)) return space.refuse('is no name of a space')
  if (values.length % count !== 0) return vectors.refuse(`are not of ${count} numbers each`)
  return { written: written.matching(/^[0-9a-f]{16}$/), model: model.text(MAX_MODEL_NAME), vectors: { space: named, dimensions: count, values } }
}
