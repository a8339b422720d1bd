/** Readings as bytes: dag-cbor `{v: 1, analysis, model, …}`. */
import { encode } from '@ipld/dag-cbor'
import { InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, parseChunkId } from '#protocols/ids.ts'
import { isSpaceId, MAX_DIMENSIONS, type SpaceId } from '../../space.ts'
import type { Analysis, Box, CaptionsReading, FacesReading, ObjectsReading, SeenFace, TextReading, VectorsReading } from '../analysis.ts'
import { bytesOfFloats, Untrusted } from '../strict.ts'

/** Largest reading that is read, in bytes. @default 134217728 */
export const MAX_READING_BYTES = 128 * 1024 ** 2
/** Lines, objects or faces of one picture, at most. @default 200 */
export const MAX_PER_PICTURE = 200
/** Longest line, label or caption, in UTF-16 units. @default 1000 */
export const MAX_READ_TEXT = 1_000
const MAX_MODEL_NAME = 200

export const encodeVectors = ({ analysis, model, space, dimensions, pictures, scenes, medoids }: VectorsReading): Uint8Array =>
  encode({ v: 1, analysis, model, space, dimensions, pictures: bytesOfFloats(pictures), scenes: bytesOfFloats(scenes), medoids: [...medoids] })

export const encodeText = ({ analysis, model, lines }: TextReading): Uint8Array =>
  encode({ v: 1, analysis, model, lines: lines.map(({ picture, text, box, confidence }) => [picture, text, [...box], confidence]) })

export const encodeObjects = ({ analysis, model, objects }: ObjectsReading): Uint8Array =>
  encode({ v: 1, analysis, model, objects: objects.map(({ picture, label, box, confidence }) => [picture, label, [...box], confidence]) })

export const encodeFaces = ({ analysis, model, faces }: FacesReading): Uint8Array =>
  encode({ v: 1, analysis, model, faces: faces.map(({ picture, box, confidence, vector }) => [picture, [...box], confidence, vector === undefined ? null : bytesOfFloats(vector)]) })

export const encodeCaptions = ({ analysis, model, captions }: CaptionsReading): Uint8Array =>
  encode({ v: 1, analysis, model, captions: captions.map(({ scene, text }) => [scene, text]) })

interface Of { readonly pictures: number; readonly scenes: number; readonly most: number }
const sizeOf = ({ pictures, scenes }: Analysis): Of => ({ pictures: pictures.length, scenes: scenes.length, most: pictures.length * MAX_PER_PICTURE })

/** @throws InvalidMessageError naming what is wrong; so do all below */
export function decodeVectors(bytes: Uint8Array, of: Analysis): VectorsReading {
  const { analysis, model, space, dimensions, pictures, scenes, medoids } = fieldsOf(bytes, 'vectors', 'space', 'dimensions', 'pictures', 'scenes', 'medoids')
  const size = sizeOf(of)
  const count = dimensions.integer(1, MAX_DIMENSIONS)
  const named = space.text(48)
  if (!isSpaceId(named)) space.refuse('is no name of a space')
  const medoid = medoids.list(size.scenes).map((one) => one.integer(0, size.pictures - 1))
  if (medoid.length !== size.scenes) medoids.refuse(`are not ${size.scenes}`)
  return { analysis, model, space: named as SpaceId, dimensions: count, pictures: pictures.floats(count * size.pictures), scenes: scenes.floats(count * size.scenes), medoids: medoid }
}

export function decodeText(bytes: Uint8Array, of: Analysis): TextReading {
  const { analysis, model, lines } = fieldsOf(bytes, 'text', 'lines')
  const size = sizeOf(of)
  return { analysis, model, lines: lines.list(size.most).map((line) => {
    const [picture, text, box, confidence] = line.tuple(4)
    return { picture: picture!.integer(0, size.pictures - 1), text: text!.text(MAX_READ_TEXT), box: boxOf(box!), confidence: confidence!.share() }
  }) }
}

export function decodeObjects(bytes: Uint8Array, of: Analysis): ObjectsReading {
  const { analysis, model, objects } = fieldsOf(bytes, 'objects', 'objects')
  const size = sizeOf(of)
  return { analysis, model, objects: objects.list(size.most).map((object) => {
    const [picture, label, box, confidence] = object.tuple(4)
    return { picture: picture!.integer(0, size.pictures - 1), label: label!.text(MAX_READ_TEXT), box: boxOf(box!), confidence: confidence!.share() }
  }) }
}

export function decodeFaces(bytes: Uint8Array, of: Analysis): FacesReading {
  const { analysis, model, faces } = fieldsOf(bytes, 'faces', 'faces')
  const size = sizeOf(of)
  return { analysis, model, faces: faces.list(size.most).map((face) => faceOf(face, size)) }
}

function faceOf(face: Untrusted, size: Of): SeenFace {
  const [picture, box, confidence, vector] = face.tuple(4)
  return { picture: picture!.integer(0, size.pictures - 1), box: boxOf(box!), confidence: confidence!.share(), vector: vector!.isNull ? undefined : vector!.anyFloats(MAX_DIMENSIONS) }
}

export function decodeCaptions(bytes: Uint8Array, of: Analysis): CaptionsReading {
  const { analysis, model, captions } = fieldsOf(bytes, 'captions', 'captions')
  const size = sizeOf(of)
  return { analysis, model, captions: captions.list(size.scenes).map((caption) => {
    const [scene, text] = caption.tuple(2)
    return { scene: scene!.integer(0, size.scenes - 1), text: text!.text(MAX_READ_TEXT) }
  }) }
}

function fieldsOf<K extends string>(bytes: Uint8Array, name: string, ...keys: readonly K[]): { analysis: ChunkId; model: string } & Record<K, Untrusted> {
  const fields = Untrusted.of(bytes, `the reading of ${name}`, MAX_READING_BYTES).map<K | 'v' | 'analysis' | 'model'>('v', 'analysis', 'model', ...keys)
  const { v, analysis, model } = fields as Record<'v' | 'analysis' | 'model', Untrusted>
  v.integer(1, 1)
  return { ...fields as Record<K, Untrusted>, analysis: chunkOf(analysis), model: model.text(MAX_MODEL_NAME) } as { analysis: ChunkId; model: string } & Record<K, Untrusted>
}

function chunkOf(value: Untrusted): ChunkId {
  try {
    return parseChunkId(value.text(100))
  } catch (err) {
    if (err instanceof InvalidMessageError) throw err
    return value.refuse('names no blob')
  }
}

function boxOf(value: Untrusted): Box {
  const [x, y, width, height] = value.tuple(4).map((part) => part.share())
  return [x!, y!, width!, height!]
}
