/**
 * What was seen of a camera in a stretch of time, as a blob of the ring: dag-cbor `{v: 1, camera, fromMs, toMs, space, dimensions, vectors, pictures: [[atMs, hash, [[label, [x, y, width, height], confidence]]]]}`.
 * The hour's notes name it (`SeenNote`), so that every owner of the camera can search for it.
 */
import { encode } from '@ipld/dag-cbor'
import { type CameraId, parseCameraId } from '#protocols/ids.ts'
import { vectorsOf } from '../analysis/analysis.ts'
import { Untrusted, bytesOfFloats } from '../analysis/strict.ts'
import type { SeenNote } from '#ring'
import type { SubjectEntries, VectorEntry, WordsEntry } from '../index/entries.ts'
import type { FoundObject } from '../inference/inference.ts'
import { isSpaceId, MAX_DIMENSIONS, type SpaceId } from '../space.ts'
import type { Span } from '../subject.ts'

/** Pictures of one stretch, at most. @default 2000 */
export const MAX_SEEN_PICTURES = 2_000
/** Largest blob that is read, in bytes. @default 33554432 */
export const MAX_SEEN_BYTES = 32 * 1024 ** 2
/** Things that are told of one picture, at most. @default 50 */
export const MAX_SEEN_OBJECTS = 50
/** A picture stands for so long, unless another comes before, in ms. @default 30000 */
export const SEEN_FOR_MS = 30_000

export interface SeenPicture {
  /** Unix ms. */
  readonly atMs: number
  readonly objects: readonly FoundObject[]
  /** In the stretch's space; undefined where no model looked. */
  readonly vector: Float32Array | undefined
}

export interface SeenStretch extends Span {
  readonly camera: CameraId
  readonly space: SpaceId | undefined
  readonly dimensions: number
  readonly pictures: readonly SeenPicture[]
}

export function encodeSeen({ camera, fromMs, toMs, space, dimensions, pictures }: SeenStretch): Uint8Array {
  return encode({
    v: 1, camera, fromMs, toMs, space: space ?? '', dimensions,
    pictures: pictures.map(({ atMs, objects, vector }) => [atMs, objects.slice(0, MAX_SEEN_OBJECTS).map(({ label, box, confidence }) => [label, [...box], confidence]), vector === undefined ? null : bytesOfFloats(vector)])
  })
}

/** @throws InvalidMessageError naming what is wrong */
export function decodeSeen(bytes: Uint8Array): SeenStretch {
  const whole = Untrusted.of(bytes, 'what was seen of a camera', MAX_SEEN_BYTES)
  const fields = whole.map('v', 'camera', 'fromMs', 'toMs', 'space', 'dimensions', 'pictures')
  fields.v.integer(1, 1)
  const named = fields.space.text(48)
  if (named !== '' && !isSpaceId(named)) fields.space.refuse('is no name of a space')
  const [fromMs, toMs, dimensions] = [fields.fromMs.integer(0, 8.64e15), fields.toMs.integer(0, 8.64e15), fields.dimensions.integer(0, MAX_DIMENSIONS)]
  const pictures = fields.pictures.list(MAX_SEEN_PICTURES).map((picture) => pictureOf(picture, { fromMs, toMs, dimensions: named === '' ? 0 : dimensions }))
  if (pictures.some(({ atMs }, i) => i > 0 && atMs < pictures[i - 1]!.atMs)) whole.refuse('has pictures that are not in their order')
  return { camera: parseCameraId(fields.camera.text(200)), fromMs, toMs, space: named === '' ? undefined : named as SpaceId, dimensions, pictures }
}

function pictureOf(value: Untrusted, { fromMs, toMs, dimensions }: Span & { readonly dimensions: number }): SeenPicture {
  const [atMs, objects, vector] = value.tuple(3)
  return {
    atMs: atMs!.integer(fromMs, toMs),
    objects: objects!.list(MAX_SEEN_OBJECTS).map((object) => {
      const [label, box, confidence] = object.tuple(3)
      const [x, y, width, height] = box!.tuple(4).map((side) => side.share())
      return { label: label!.text(80), box: [x!, y!, width!, height!], confidence: confidence!.share() }
    }),
    vector: vector!.isNull || dimensions === 0 ? undefined : vector!.floats(dimensions)
  }
}

/** For the index: what is in this stretch takes the place of what was there. */
export function entriesOfSeen({ camera, fromMs, toMs, space, pictures }: SeenStretch, ...readings: readonly string[]): SubjectEntries {
  const vectors: VectorEntry[] = []
  const words: WordsEntry[] = []
  for (const [i, { atMs, objects, vector }] of pictures.entries()) {
    const span = { fromMs: atMs, toMs: Math.min(pictures[i + 1]?.atMs ?? toMs, atMs + SEEN_FOR_MS), pictureMs: atMs, level: 1 } as const
    if (space !== undefined && vector !== undefined) vectors.push({ ...span, space, vector })
    const labels = [...new Set(objects.map(({ label }) => label))]
    if (labels.length > 0) words.push({ ...span, sense: 'object', text: labels.join(', ') })
  }
  return { subject: { kind: 'camera', id: camera }, stretch: { fromMs, toMs: toMs + 1 }, vectors, words, understood: { ms: toMs - fromMs, readings: [...readings, ...space === undefined ? [] : [vectorsOf(space)]] } }
}

/** Of a blob that a note names, with its time. */
export const seenReading = ({ fromMs, toMs, blob }: SeenNote): string => `seen@${fromMs}-${toMs}@${blob}`

/** The time of what was read of a note, seen or heard; undefined for other readings. */
export function spanOfReading(reading: string): Span | undefined {
  const [, fromMs, toMs] = /^(?:seen|heard)@(\d+)-(\d+)@/.exec(reading) ?? []
  return fromMs === undefined ? undefined : { fromMs: Number(fromMs), toMs: Number(toMs) }
}
