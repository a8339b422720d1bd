/** Finding the second at which something happened, in everything the ring holds. */
import type { AssetId, CameraId } from '#protocols/ids.ts'
import type { SpaceId } from '../space.ts'
import type { Span, Subject } from '../subject.ts'

/** 0: the asset as a whole; 1: a key picture, a line of speech, words in a picture; 2: a scene, a passage of what is said. 3 is how subjects hang together: `../relations/`. */
export type Level = 0 | 1 | 2
/** Where a match was seen; `meaning`: in what is written of the whole (0) or said in a passage (2), by what it means. */
export type Sense = 'picture' | 'words' | 'speech' | 'object' | 'tag' | 'caption' | 'name' | 'meaning'

export interface MomentQuery {
  /** A sentence, or words. */
  readonly text?: string
  /** Pictures like this one. */
  readonly like?: { readonly subject: Subject; readonly atMs: number } | { readonly space: SpaceId; readonly vector: Float32Array }
  /** @default all */
  readonly levels?: readonly Level[]
  /** @default all */
  readonly senses?: readonly Sense[]
  /** Only these, by the library's query language. */
  readonly filter?: string
  /** Only this subject. */
  readonly within?: Subject
  readonly cameras?: readonly CameraId[]
  /** For cameras and dated assets: Unix ms. */
  readonly fromMs?: number
  readonly toMs?: number
  /** Assets or cameras, 1 to 200. @default 30 */
  readonly limit?: number
  /** Only assets that are in one of these albums, and no cameras: for who may see those only. @default all */
  readonly albums?: readonly string[]
  /** Whose assets may be seen, asked of each that was found. @default everybody's */
  readonly maySee?: (asset: AssetId) => boolean
}

export interface Reason {
  readonly sense: Sense
  /** The words that matched, or what the tag or object is; of a meaning what is said there, absent where it is of what is written. */
  readonly text?: string
  /** 0 to 1: similarity for pictures and meanings, rank for words. */
  readonly score: number
}

export interface Moment extends Span {
  readonly level: Level
  /** The picture to show, in ms like the span. */
  readonly pictureMs: number
  /** 0 to 1, of the fused ranks. */
  readonly score: number
  readonly why: readonly Reason[]
}

/** What was found in one subject, the best moment first. */
export interface Found {
  readonly subject: Subject
  readonly score: number
  readonly moments: readonly Moment[]
}

/** How much of the library the answer is about. */
export interface Coverage {
  /** Ms of film and sound (a picture counts a second): understood by what was asked, and all. */
  readonly understoodMs: number
  readonly totalMs: number
  /** Names of nodes that hold a part and did not answer; with them no copy of that part did. */
  readonly silent: readonly string[]
  /** What is off, and what to do about it: no model for pictures, for example. */
  readonly off: readonly string[]
}

export interface Moments {
  /** Best first, then how much was covered. @throws InvalidInputError, InvalidQueryError for the filter, OverloadedError, the signal's reason */
  search(query: MomentQuery, options?: { readonly signal?: AbortSignal }): Promise<{ readonly found: readonly Found[]; readonly coverage: Coverage }>
}
