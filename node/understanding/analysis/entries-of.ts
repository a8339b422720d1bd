/** What the index is told of an asset, of what was read of it. Pure. */
import type { Asset } from '#ring'
import { MAX_TEXT_CHARACTERS, type SubjectEntries, type VectorEntry, type WordsEntry } from '../index/entries.ts'
import { mergeLines, type StandingLine } from '../inference/reading/merge-lines.ts'
import type { Sense } from '../moments/moments.ts'
import type { Span } from '../subject.ts'
import { lengthOf } from '../length.ts'
import { ANALYSIS, type Analysis, isOfTexts, type TextReading, type VectorsReading } from './analysis.ts'
import { meanOf } from './readings/pooled.ts'
import type { Known } from './readings/read-made.ts'
import type { Tag } from './tags.ts'

/** Less sure objects are not searched for. @default 0.5 */
export const OBJECT_CONFIDENCE = 0.5

/** What is known beside the pictures: what is said, for example. */
export interface MoreEntries {
  readonly vectors?: readonly VectorEntry[]
  readonly words?: readonly WordsEntry[]
  readonly readings: readonly string[]
  /** Names of what is of something else, or is none: it is to be made anew. */
  readonly stale?: readonly string[]
}

export interface EntriesInit {
  readonly known: Known | undefined
  /** Of every scene. */
  readonly tags?: ReadonlyArray<readonly Tag[]> | undefined
  readonly more?: readonly MoreEntries[]
}

export function entriesOf({ facts, made }: Asset, { known, tags, more = [] }: EntriesInit): SubjectEntries {
  const seen = known === undefined ? { vectors: [], words: [], names: [] } : { vectors: known.vectors.flatMap((reading) => vectorsOf(reading, known.analysis)), words: wordsOf(known, tags), names: [ANALYSIS, ...known.names] }
  const readings = [...seen.names, ...more.flatMap((each) => each.readings)].filter((name) => made[name] !== undefined)
  return {
    subject: { kind: 'asset', id: facts.id },
    vectors: [...seen.vectors, ...more.flatMap(({ vectors = [] }) => vectors)],
    words: [...seen.words, ...more.flatMap(({ words = [] }) => words)],
    understood: { ms: readings.every(isOfTexts) ? 0 : lengthOf(facts), readings } // whose name was read was not looked into
  }
}

/** From a key picture to the next one of its scene. */
function spanOf({ pictures, scenes }: Analysis, place: number): Span {
  const { atMs, scene } = pictures[place]!
  const next = pictures[place + 1]
  return { fromMs: atMs, toMs: Math.max(atMs, next?.scene === scene ? next.atMs : scenes[scene]!.toMs) }
}

function vectorsOf({ space, dimensions, pictures, scenes, medoids }: VectorsReading, analysis: Analysis): VectorEntry[] {
  const at = (values: Float32Array, place: number): Float32Array => values.subarray(place * dimensions, (place + 1) * dimensions)
  const best = analysis.pictures.reduce((found, { score }, place) => (score > analysis.pictures[found]!.score ? place : found), 0)
  return [
    { space, level: 0, fromMs: 0, toMs: analysis.durationMs, pictureMs: analysis.pictures[best]!.atMs, vector: meanOf(pictures, dimensions, 0, analysis.pictures.length) },
    ...analysis.pictures.map(({ atMs }, place): VectorEntry => ({ space, level: 1, ...spanOf(analysis, place), pictureMs: atMs, vector: at(pictures, place) })),
    ...analysis.scenes.map(({ fromMs, toMs }, scene): VectorEntry => ({ space, level: 2, fromMs, toMs, pictureMs: analysis.pictures[medoids[scene]!]!.atMs, vector: at(scenes, scene) }))
  ]
}

function wordsOf({ analysis, text, objects, captions }: Known, tags: EntriesInit['tags']): WordsEntry[] {
  const labels = (newest(objects)?.objects ?? []).filter(({ confidence }) => confidence >= OBJECT_CONFIDENCE).map(({ picture, label }) => ({ picture, text: label }))
  return [
    ...linesOf(analysis, newest(text)?.lines ?? []), ...ofPictures(analysis, labels),
    ...(newest(captions)?.captions ?? []).map(({ scene, text: caption }) => ofScene(analysis, scene, 'caption', caption)),
    ...(tags ?? []).flatMap((each, scene) => each.length === 0 ? [] : [ofScene(analysis, scene, 'tag', each.map(({ name }) => name).join('\n'))])
  ]
}

/** Of several models the one that is named last: a change of the model leaves the older reading behind. */
const newest = <T>(readings: readonly T[]): T | undefined => readings.at(-1)

/** What stands for as long is one text: a question of several words may be answered by several lines. */
function linesOf(analysis: Analysis, lines: TextReading['lines']): WordsEntry[] {
  const together = Map.groupBy(mergeLines(lines), ({ fromPicture, toPicture }) => `${fromPicture} ${toPicture}`)
  return [...together.values()].flatMap((standing) => {
    const [{ fromPicture, toPicture, picture }] = standing as [StandingLine]
    const place = { level: 1, sense: 'words', fromMs: spanOf(analysis, fromPicture).fromMs, toMs: spanOf(analysis, toPicture).toMs, pictureMs: analysis.pictures[picture]!.atMs } as const
    return textsOf(standing).map((text) => ({ ...place, text }))
  })
}

/** As few as hold all lines: of a longer text only the beginning would be kept. */
function textsOf(lines: readonly StandingLine[]): string[] {
  const texts: string[] = []
  for (const { text } of lines) {
    const longer = `${texts.at(-1) ?? ''}\n${text}`
    if (texts.length > 0 && longer.length <= MAX_TEXT_CHARACTERS) texts[texts.length - 1] = longer
    else texts.push(text)
  }
  return texts
}

/** All things of one picture, each once. */
function ofPictures(analysis: Analysis, read: ReadonlyArray<{ readonly picture: number; readonly text: string }>): WordsEntry[] {
  return [...Map.groupBy(read, ({ picture }) => picture)].sort(([a], [b]) => a - b).map(([picture, all]) =>
    ({ level: 1, sense: 'object', ...spanOf(analysis, picture), pictureMs: analysis.pictures[picture]!.atMs, text: [...new Set(all.map(({ text }) => text))].join('\n') }))
}

function ofScene({ scenes, pictures }: Analysis, scene: number, sense: Sense, text: string): WordsEntry {
  const { fromMs, toMs, hero } = scenes[scene]!
  return { level: 2, sense, fromMs, toMs, pictureMs: pictures[hero]!.atMs, text }
}
