/** What is said in an asset: lines with their words, in ms from its beginning. */
import type { ChunkId } from '#protocols/ids.ts'
import type { Asset } from '#ring'
import type { Span } from '../subject.ts'

export interface Word extends Span {
  readonly text: string
  /** 0 to 1; undefined where nobody said. */
  readonly confidence?: number | undefined
}

export interface Line extends Span {
  /** Stays with the line through edits, so that two people's edits merge line by line. */
  readonly id: string
  readonly text: string
  /** Empty when nobody named one. */
  readonly speaker: string
  /** In order; empty where only the line has a time. */
  readonly words: readonly Word[]
}

/** Who or what wrote it down. */
export interface Origin {
  readonly kind: 'model' | 'captions' | 'person'
  /** The model's name; the stream or file the captions were in; the person. */
  readonly from: string
}

export interface Transcript {
  readonly origin: Origin
  /** The language of most of it, ISO 639-1 (639-2 where there is none); empty when not known. */
  readonly language: string
  /** Mean over what was heard in it, 0 to 1; 0 when nobody measured. */
  readonly languageConfidence: number
  /** All languages that were heard and their shares of the speech, the largest first. More than one: it is mixed. */
  readonly languages: ReadonlyArray<{ readonly language: string; readonly share: number }>
  /** By when they begin. */
  readonly lines: readonly Line[]
  /** Words a model said over and over, and that were left out for it. */
  readonly dropped: number
  /** Of a person's: when it was written, and of which transcript it was made. */
  readonly edited?: { readonly atMs: number; readonly of: ChunkId | undefined } | undefined
}

/** Lines of one transcript. @default 50000 */
export const MAX_LINES = 50_000
/** Longest text of a line, in UTF-16 units. @default 2000 */
export const MAX_LINE_TEXT = 2_000
/** Words of one line that have times. @default 1000 */
export const MAX_LINE_WORDS = 1_000
/** Longest name of a speaker, in UTF-16 units. @default 100 */
export const MAX_SPEAKER = 100
/** Longest asset and farthest time, in ms: a hundred days. @default 8640000000 */
export const MAX_TIME_MS = 100 * 86_400_000
/** Largest blob of a transcript, in bytes. @default 33554432 */
export const MAX_TRANSCRIPT_BYTES = 32 * 1024 ** 2

const PREFIX = 'transcript@'
/** Name in `made` of a person's. */
export const EDITED = 'transcript'
/** Of what a person's took the place of, so that going back one step finds its bytes. */
export const BEFORE = 'transcript-before'
/** Of captions that came with the original. */
export const ORIGINAL = `${PREFIX}original`
/** Of a model's; `made` takes names of 64 characters. */
export const heardBy = (model: string): string => (PREFIX + model.replace(/\s+/g, '-')).slice(0, 64)

/** Whether this is the name in `made` of a transcript that is shown. */
export const isTranscript = (name: string): boolean => name === EDITED || (name.startsWith(PREFIX) && name.length > PREFIX.length)

export const hasTranscript = ({ made }: Pick<Asset, 'made'>): boolean => Object.keys(made).some(isTranscript)

/** A transcript that an asset has. */
export interface Version {
  /** `edited`, `original`, or the model. */
  readonly version: string
  readonly name: string
  readonly blob: ChunkId
}

/** The one that is shown first: a person's, then captions, then models', the one in use before others. */
export function versionsOf({ made }: Pick<Asset, 'made'>, model?: string): Version[] {
  const rank = (name: string): number => [EDITED, ORIGINAL, model === undefined ? '' : heardBy(model)].indexOf(name) + 1 || 9
  return Object.entries(made)
    .filter(([name]) => isTranscript(name))
    .map(([name, blob]) => ({ version: name === EDITED ? 'edited' : name.slice(PREFIX.length), name, blob }))
    .sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1))
}

/** Those of which one is shown first, whichever model is in use: a person's, else captions, else all that models heard. */
export function shownOnes(asset: Pick<Asset, 'made'>, model?: string): Version[] {
  const [first, ...others] = versionsOf(asset, model)
  return first === undefined ? [] : first.name === EDITED || first.name === ORIGINAL ? [first] : [first, ...others]
}
