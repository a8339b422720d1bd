/**
 * A vector space: vectors of one space may be compared, those of two never. Its name says what made it: the model, its revision, its number format, and how pictures are prepared for it.
 */
export type SpaceId = string & { readonly __spaceId: true }

/** Numbers of a vector, at most: of any model, in any reading, in the index. @default 4096 */
export const MAX_DIMENSIONS = 4_096

/** Letters, digits, `-` and `.`, at most 48, so that `vectors@<space>` is a name in `made`. */
const SPACE = /^[a-z0-9][a-z0-9.-]{0,47}$/

export const isSpaceId = (text: string): text is SpaceId => SPACE.test(text)

/** Vectors of one space, each of length 1. */
export interface Vectors {
  readonly space: SpaceId
  /** Numbers of each. */
  readonly dimensions: number
  /** One after the other, `dimensions` each. */
  readonly values: Float32Array
}

/** @throws RangeError */
export function vectorAt({ dimensions, values }: Vectors, place: number): Float32Array {
  if (place < 0 || (place + 1) * dimensions > values.length) throw new RangeError(`no vector ${place} of ${values.length / dimensions}`)
  return values.subarray(place * dimensions, (place + 1) * dimensions)
}
