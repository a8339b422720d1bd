/** Each reads key pictures by one model, a batch at a time, and answers the blob of all. */
import type { ChunkId } from '#protocols/ids.ts'
import type { AskOptions, Inference, ModelAtWork, Picture } from '../../inference/inference.ts'
import type { Vectors } from '../../space.ts'
import type { Analysis, Box, SeenFace, SeenObject, SeenText } from '../analysis.ts'
import { encodeCaptions, encodeFaces, encodeObjects, encodeText, encodeVectors, MAX_PER_PICTURE, MAX_READ_TEXT } from './codec.ts'
import { pooled } from './pooled.ts'
import type { PictureTask } from './reading-names.ts'

export interface Reader {
  /** Whether it wants to see this key picture. */
  wants(place: number): boolean
  /** Those it wants, each once. */
  read(places: readonly number[], pictures: readonly Picture[], options: AskOptions): Promise<void>
  /** The reading, when all were read. */
  end(): Uint8Array
}

export interface ReaderInit {
  readonly analysis: Analysis
  /** Its blob. */
  readonly of: ChunkId
  readonly model: ModelAtWork
}

type Asked = Pick<Inference, 'embedPictures' | 'readText' | 'findObjects' | 'findFaces' | 'describePictures'>

export function createReader(task: PictureTask, inference: Asked, { analysis, of, model }: ReaderInit): Reader {
  const head = { analysis: of, model: model.name }
  const all = (): boolean => true
  switch (task) {
    case 'embed-pictures': return vectorsReader(inference, analysis, head, model.space)
    case 'read-text': {
      const lines: SeenText[] = []
      return { wants: all, read: each((picture, options) => inference.readText(picture, options), (place, { text, box, confidence }) => lines.push({ picture: place, text: text.slice(0, MAX_READ_TEXT), box: within(box), confidence: share(confidence) })), end: () => encodeText({ ...head, lines }) }
    }
    case 'find-objects': {
      const objects: SeenObject[] = []
      return { wants: all, read: each((picture, options) => inference.findObjects(picture, options), (place, { label, box, confidence }) => objects.push({ picture: place, label: label.slice(0, MAX_READ_TEXT), box: within(box), confidence: share(confidence) })), end: () => encodeObjects({ ...head, objects }) }
    }
    case 'find-faces': {
      const faces: SeenFace[] = []
      return { wants: all, read: each((picture, options) => inference.findFaces(picture, options), (place, { box, confidence, vector }) => faces.push({ picture: place, box: within(box), confidence: share(confidence), vector })), end: () => encodeFaces({ ...head, faces }) }
    }
    case 'describe-pictures': return captionsReader(inference, analysis, head)
  }
}

function vectorsReader(inference: Asked, analysis: Analysis, head: { analysis: ChunkId; model: string }, wanted: Vectors['space'] | undefined): Reader {
  let space: Vectors['space'] | undefined
  let [dimensions, values] = [0, new Float32Array()]
  return {
    wants: () => true,
    async read(places, pictures, options) {
      const read = await inference.embedPictures(pictures, { ...options, ...(wanted !== undefined && { space: wanted }) })
      if ((space ?? wanted ?? read.space) !== read.space) throw new Error('the model was changed while it read')
      if (space === undefined) [space, dimensions, values] = [read.space, read.dimensions, new Float32Array(read.dimensions * analysis.pictures.length)]
      for (const [i, place] of places.entries()) values.set(read.values.subarray(i * dimensions, (i + 1) * dimensions), place * dimensions)
    },
    end() {
      if (space === undefined) throw new Error('no picture was read')
      return encodeVectors({ ...head, space, dimensions, pictures: values, ...pooled(values, dimensions, analysis.scenes) })
    }
  }
}

/** Of hero pictures only: what stands for a scene is what is told of it. */
function captionsReader(inference: Asked, { scenes }: Analysis, head: { analysis: ChunkId; model: string }): Reader {
  const sceneOf = new Map(scenes.map(({ hero }, scene) => [hero, scene]))
  const captions: Array<{ scene: number; text: string }> = []
  return {
    wants: (place) => sceneOf.has(place),
    async read(places, pictures, options) {
      const texts = await inference.describePictures(pictures, options)
      for (const [i, place] of places.entries()) captions.push({ scene: sceneOf.get(place)!, text: (texts[i] ?? '').slice(0, MAX_READ_TEXT) })
    },
    end: () => encodeCaptions({ ...head, captions: captions.filter(({ text }) => text !== '') })
  }
}

function each<T>(ask: (picture: Picture, options: AskOptions) => Promise<readonly T[]>, keep: (place: number, found: T) => void): Reader['read'] {
  return async (places, pictures, options) => {
    for (const [i, picture] of pictures.entries()) for (const found of (await ask(picture, options)).slice(0, MAX_PER_PICTURE)) keep(places[i]!, found)
  }
}

const share = (value: number): number => Math.min(1, Math.max(0, Number.isFinite(value) ? value : 0))
const within = ([x, y, width, height]: Box): Box => [share(x), share(y), share(width), share(height)]
