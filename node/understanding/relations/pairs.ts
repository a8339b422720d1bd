import type { AssetId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import { isApart, MAX_NEAR_PAIRS } from '../../library/duplicates.ts'

/** Bits of a hash. */
const BITS = 64

export interface Pair {
  readonly a: AssetId
  readonly b: AssetId
  /** 0 to 1. */
  readonly likeness: number
}

/** Assets that look alike as wholes, as the lists of this node know them; not those of which a person said that they are no duplicates. */
export interface Pairs {
  all(): readonly Pair[]
  of(id: AssetId): ReadonlyArray<{ readonly id: AssetId; readonly likeness: number }>
  /** Ask anew the next time. */
  forget(): void
}

export function createPairs({ index }: Pick<Ring['catalog'], 'index'>): Pairs {
  let known: Pair[] | undefined
  const all = (): readonly Pair[] => known ??= index.nearPairs({ limit: MAX_NEAR_PAIRS }).pairs.filter(({ assets }) => !isApart(assets)).map(({ assets: [a, b], distance }) => ({ a: a.facts.id, b: b.facts.id, likeness: 1 - distance / BITS }))
  return {
    all,
    of: (id) => all().flatMap(({ a, b, likeness }) => a === id ? [{ id: b, likeness }] : b === id ? [{ id: a, likeness }] : []),
    forget() { known = undefined }
  }
}
