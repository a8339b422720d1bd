/** Words of a vocabulary for scenes, by how near a model holds them: reckoned when they are asked for, never kept in the catalog. */
import { createHash } from 'node:crypto'
import { ModelMissingError } from '#protocols/errors.ts'
import type { Inference } from '../inference/inference.ts'
import type { SpaceId } from '../space.ts'
import type { VectorsReading } from './analysis.ts'
import { dot } from './readings/pooled.ts'
import type { UnderstandingSettings } from './settings.ts'

/** What a word of the vocabulary is asked as. */
export const promptOf = (word: string): string => `a photo of ${word}`
/** What a scene may be nearest to that is no word: a scene like nothing of the vocabulary has no tags. */
export const NEUTRAL_PROMPTS = ['a photo', 'a picture of something', 'a blurry photo', 'a video frame']
/** Likenesses are told apart by so much before they become shares: the scale that CLIP was trained with. @default 100 */
export const LIKENESS_SCALE = 100
/** A tag has at least this share of all words. @default 0.15 */
export const TAG_SHARE = 0.15
/** Tags of one scene, at most. @default 5 */
export const MAX_TAGS = 5
/** Prompts embedded at once. @default 32 */
const PROMPTS_AT_ONCE = 32
/** Embedded vocabularies that are kept. @default 4 */
const MAX_VOCABULARIES = 4

export interface Tag { readonly name: string; readonly score: number }

export interface Tags {
  /** Of every scene, the nearest first; undefined when this node has no model for that space. @throws as `Inference.embedQueries` */
  of(reading: VectorsReading): Promise<ReadonlyArray<readonly Tag[]> | undefined>
}

interface Vocabulary { readonly words: readonly string[]; readonly dimensions: number; readonly values: Float32Array }

export function createTags({ inference, settings }: { inference: Pick<Inference, 'embedQueries'>; settings: Pick<UnderstandingSettings, 'vocabulary'> }): Tags {
  const known = new Map<string, Promise<Vocabulary>>()

  async function embedded(words: readonly string[], space: SpaceId): Promise<Vocabulary> {
    const prompts = [...words.map(promptOf), ...NEUTRAL_PROMPTS]
    const parts: Float32Array[] = []
    let dimensions = 0
    for (let at = 0; at < prompts.length; at += PROMPTS_AT_ONCE) {
      const vectors = await inference.embedQueries(prompts.slice(at, at + PROMPTS_AT_ONCE), { space })
      if (vectors.space !== space) throw new ModelMissingError(`the model answers in ${vectors.space} where ${space} was asked for`)
      dimensions = vectors.dimensions
      parts.push(vectors.values)
    }
    const values = new Float32Array(prompts.length * dimensions)
    parts.reduce((at, part) => (values.set(part, at), at + part.length), 0)
    return { words, dimensions, values }
  }

  function vocabularyIn(space: SpaceId): Promise<Vocabulary> {
    const words = settings.vocabulary()
    const key = `${space} ${digestOfWords(words)}`
    const found = known.get(key) ?? embedded(words, space)
    known.set(key, found)
    found.catch(() => known.delete(key))
    for (const oldest of known.keys()) if (known.size > MAX_VOCABULARIES) known.delete(oldest)
    return found
  }

  return {
    async of({ space, dimensions, scenes }) {
      if (settings.vocabulary().length === 0) return undefined
      const vocabulary = await vocabularyIn(space).catch((err) => {
        if (err instanceof ModelMissingError) return undefined
        throw err
      })
      if (vocabulary?.dimensions !== dimensions) return undefined
      return Array.from({ length: scenes.length / dimensions }, (_, scene) => tagsOfScene(scenes.subarray(scene * dimensions, (scene + 1) * dimensions), vocabulary))
    }
  }
}

export const digestOfWords = (words: readonly string[]): string => createHash('sha256').update(words.join('\n')).digest('hex').slice(0, 16)

/** Softmax over all words and what is none. */
export function tagsOfScene(scene: Float32Array, { words, dimensions, values }: Vocabulary): Tag[] {
  const likeness = Array.from({ length: values.length / dimensions }, (_, i) => dot(scene, 0, values, i * dimensions, dimensions) * LIKENESS_SCALE)
  const most = Math.max(...likeness)
  const weights = likeness.map((value) => Math.exp(value - most))
  const sum = weights.reduce((all, weight) => all + weight, 0)
  const tags = words.map((name, i) => ({ name, score: weights[i]! / sum })).filter(({ score }) => score >= TAG_SHARE)
  return tags.sort((a, b) => b.score - a.score).slice(0, MAX_TAGS)
}
