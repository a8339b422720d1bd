/** What the index of a node is told: everything else about finding is its own. */
import type { SpaceId } from '../space.ts'
import type { Span, Subject } from '../subject.ts'
import type { Level, Sense } from '../moments/moments.ts'

/** A vector of a moment. */
export interface VectorEntry extends Span {
  readonly space: SpaceId
  readonly level: Level
  readonly pictureMs: number
  readonly vector: Float32Array
}

/** Characters of one moment's text that are kept. @default 2000 */
export const MAX_TEXT_CHARACTERS = 2_000

/** Words of a moment. */
export interface WordsEntry extends Span {
  readonly level: Level
  readonly sense: Sense
  readonly pictureMs: number
  readonly text: string
}

/**
 * The reading of stretches that were looked at while their camera was live. They are in the index of the node that looked, whoever owns the camera's partition, and it answers for them until
 * others take their place: a put of the hour that was recorded, or an empty one of the same stretch.
 */
export const LIVE = 'live'

/** How the readings of a camera's sound begin. Its words are the senses of speech, and it has no vectors. */
export const HEARD = 'heard@'

/** All that is known of a subject, or of a stretch of a camera's pictures or sound. */
export interface SubjectEntries {
  readonly subject: Subject
  /** Of a camera: entries in this stretch are replaced, those of its pictures or those of its sound; of an asset: all of them. */
  readonly stretch?: Span
  /** Of a camera's stretch. @default 'pictures' */
  readonly track?: 'pictures' | 'sound'
  readonly vectors: readonly VectorEntry[]
  readonly words: readonly WordsEntry[]
  /** Ms that were understood, and by what: names of readings. */
  readonly understood: { readonly ms: number; readonly readings: readonly string[] }
}

export interface MomentIndex {
  /** Resolves when it is on disk; it is found from then on. */
  put(entries: SubjectEntries): Promise<void>
  remove(subject: Subject): Promise<void>
  /** Readings that are in the index for a subject. */
  readings(subject: Subject): readonly string[]
}
