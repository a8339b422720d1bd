/** Texts that a model of sentences reads. Pure. */
import { createHash } from 'node:crypto'
import type { Asset } from '#ring'
import type { Span } from '../../subject.ts'
import type { SpaceId } from '../../space.ts'

/** Texts of one asset that are read in one reading. @default 5000 */
export const MAX_TEXTS = 5_000

/** A text, and of which part of the asset it is. */
export interface Passage extends Span {
  readonly text: string
  /** 0: of the whole; 2: of what is said in between. */
  readonly level: 0 | 2
  /** The picture to show, in ms. */
  readonly pictureMs: number
}

/** One kind of texts of assets. */
export interface Texts {
  /** The name in `made` of what a model of this space reads of them. */
  nameIn(space: SpaceId): string
  /** Whether this is such a name. */
  reads(name: string): boolean
  /** Changes with what is to be read of an asset. */
  stateOf(asset: Asset): string
  /** What a reading may be of, at most `MAX_TEXTS` each: the first is what is read now; none where there is nothing to read. @throws ChunkNotFoundError */
  of(asset: Asset): Promise<ReadonlyArray<readonly Passage[]>>
}

/** Other texts have another one. */
export const digestOf = (texts: readonly string[]): string => createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16)
