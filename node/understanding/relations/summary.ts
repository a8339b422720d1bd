/** What is kept of an asset to tell what it hangs together with. Pure. */
import type { AssetId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import { ANALYSIS, type Analysis, type ObjectsReading, type VectorsReading, vectorsOf } from '../analysis/analysis.ts'
import { type SpaceId, vectorAt } from '../space.ts'
import { meanOf, unit } from '../vectors.ts'

/** Scenes of an asset that are compared with those of others: the longest. @default 24 */
export const MAX_SCENES = 24
/** Words of an asset that may name a topic. @default 40 */
export const MAX_WORDS = 40
/** Objects less sure than this name nothing, 0 to 1. @default 0.6 */
export const LEAST_CONFIDENCE = 0.6
/** Shortest word of a title that may name a topic, in letters. @default 4 */
export const LEAST_LETTERS = 4

/** A scene as it is compared. */
export interface SceneLook {
  readonly fromMs: number
  readonly toMs: number
  readonly vector: Float32Array
  /** Of its hero picture, in hex; `-` for a flat one. */
  readonly hash: string
}

/** The same scene in this asset and in another. */
export interface SceneEdge {
  readonly other: AssetId
  readonly fromMs: number
  readonly toMs: number
  readonly otherFromMs: number
  readonly otherToMs: number
  readonly likeness: number
}

export interface Summary {
  readonly id: AssetId
  /** What it was made of: another key, and it is made anew. */
  readonly key: string
  readonly space: SpaceId
  readonly mean: Float32Array
  /** The picture that stands for it. */
  readonly heroMs: number
  /** What people and models call what is in it. */
  readonly words: readonly string[]
  /** Of those, what models said. */
  readonly labels: readonly string[]
  /** What the labels come from: another, and they are read anew. */
  readonly labelled: string
  /** Where it is like others; both sides have it. */
  readonly scenes: readonly SceneEdge[]
  /** Whether others were searched for its scenes; else `scenes` are what they found. */
  readonly isSearched: boolean
}

/** What models read of an asset, as far as it is looked at here. */
export interface Seen {
  readonly analysis: Analysis
  readonly vectors: readonly VectorsReading[]
  readonly objects: readonly ObjectsReading[]
}

/** Which blobs a summary would be made of; undefined while one is missing. */
export function keyOf({ made }: Pick<Asset, 'made'>, space: SpaceId): string | undefined {
  const [analysis, vectors] = [made[ANALYSIS], made[vectorsOf(space)]]
  return analysis === undefined || vectors === undefined ? undefined : `${analysis} ${vectors}`
}

/** Which blobs its labels would be read from, and with which words. */
export const labelledBy = ({ made }: Pick<Asset, 'made'>, words: string): string => [words, ...Object.entries(made).filter(([name]) => name.startsWith('objects@')).map(([, blob]) => blob).sort()].join(' ')

/** Its scenes as they are compared, the longest of them. */
export function looksOf({ analysis: { scenes, pictures } }: Seen, vectors: VectorsReading): SceneLook[] {
  const all = scenes.flatMap(({ fromMs, toMs, hero }, at) => {
    const vector = unit(vectorAt({ ...vectors, values: vectors.scenes }, at))
    return vector === undefined ? [] : [{ fromMs, toMs, vector, hash: pictures[hero]?.hash ?? '-' }]
  })
  return all.sort((a, b) => (b.toMs - b.fromMs) - (a.toMs - a.fromMs) || a.fromMs - b.fromMs).slice(0, MAX_SCENES)
}

/** Its mean, each scene by its length; undefined when its vectors say nothing. */
export const meanLook = (looks: readonly SceneLook[]): Float32Array | undefined => meanOf(looks.map(({ vector, fromMs, toMs }) => [vector, Math.max(1, toMs - fromMs)]))

/** The moment of the best picture. */
export const heroOf = ({ analysis: { pictures } }: Seen): number => pictures.reduce((best, picture) => picture.score > best.score ? picture : best, pictures[0]!)?.atMs ?? 0

const isNameOfFile = (word: string): boolean => /\d/.test(word)

/** Objects that were seen in it. */
export const labelsOf = (readings: readonly ObjectsReading[]): string[] => [...new Set(readings.flatMap(({ objects }) => objects).filter(({ confidence }) => confidence >= LEAST_CONFIDENCE).map(({ label }) => label))]

/** What people and models call what is in it: tags, what models said, words of a title that a person wrote. Each once, in small letters. */
export function wordsOf({ tags, title }: Pick<Asset, 'tags' | 'title'>, labels: readonly string[]): string[] {
  const ofTitle = [...title.matchAll(/[\p{L}\p{N}]+/gu)].map(([word]) => word).filter((word) => word.length >= LEAST_LETTERS && !isNameOfFile(word))
  return [...new Set([...tags.map((tag) => tag.split('/').at(-1) ?? tag), ...labels, ...ofTitle].map((word) => word.toLowerCase().trim()).filter((word) => word !== ''))].slice(0, MAX_WORDS)
}
