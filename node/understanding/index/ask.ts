/** What is asked of the index of one node, and what it answers: plain data, for threads and for the wire. */
import type { AssetId, CameraId, Partition } from '#protocols/ids.ts'
import type { Level, Sense } from '../moments/moments.ts'
import type { SpaceId } from '../space.ts'
import type { Span, Subject } from '../subject.ts'

export interface SliceQuery {
  /** Of these partitions, and nothing else. */
  readonly partitions: readonly Partition[]
  /** Instead of what is in the partitions: cameras that this node looks at while they are live. @default false */
  readonly live?: boolean
  /** Pictures near to this vector. */
  readonly near?: { readonly space: SpaceId; readonly vector: Float32Array }
  /** Texts of subjects, and passages that are said in them, that mean something like this. */
  readonly meaning?: { readonly space: SpaceId; readonly vector: Float32Array }
  /** Moments that have these words. */
  readonly words?: string
  /** @default all */
  readonly levels?: readonly Level[]
  /** @default all */
  readonly senses?: readonly Sense[]
  /** Only these. @default all */
  readonly assets?: readonly AssetId[]
  /** Only these. @default all */
  readonly cameras?: readonly CameraId[]
  /** Of cameras: Unix ms. */
  readonly fromMs?: number
  readonly toMs?: number
  /** Told how much is understood of this one alone. @default of the partitions */
  readonly within?: Subject
  /** Different subjects that are wanted of each kind of hit. */
  readonly subjects: number
}

/** One picture or text that matched. */
export interface Hit extends Span {
  readonly subject: Subject
  readonly level: Level
  readonly sense: Sense
  readonly pictureMs: number
  /** Of pictures and meanings the cosine; of words BM25, higher is better. */
  readonly score: number
  /** The words; of a meaning what is said there, absent where it is of what is written. */
  readonly text?: string
}

export interface SliceAnswer {
  /** The nearest first. */
  readonly pictures: readonly Hit[]
  /** The best first. */
  readonly words: readonly Hit[]
  /** The nearest first. */
  readonly meanings: readonly Hit[]
  /** Ms of film and sound of these partitions that are understood by what was asked; of what is live, all that was looked at. */
  readonly understoodMs: number
}

/** A vector that is in the index, and whose it is. */
export interface KnownVector extends Span {
  readonly subject: Subject
  readonly space: SpaceId
  readonly level: Level
  readonly vector: Float32Array
}

/** How large an index is. */
export interface IndexSize {
  readonly vectors: number
  /** Of those, in a graph; the rest is compared one by one. */
  readonly inGraphs: number
  readonly words: number
  readonly subjects: number
}
