/** Which assets are most like which. Pure. */
import type { AssetId } from '#protocols/ids.ts'
import type { Summary } from './summary.ts'
import { dot } from '../vectors.ts'

/** Neighbours that are kept of each. @default 12 */
export const NEIGHBOURS = 12
/** Below it nothing is a neighbour, -1 to 1. @default 0.3 */
export const LEAST_LIKENESS = 0.3

export interface Neighbour {
  readonly id: AssetId
  readonly likeness: number
}

/** The nearest first, of those of its space; exact. */
export function nearestOf(one: Summary, others: Iterable<Summary>): Neighbour[] {
  const found: Neighbour[] = []
  for (const other of others) {
    const likeness = other.id === one.id || other.space !== one.space ? -1 : dot(one.mean, other.mean)
    if (likeness >= LEAST_LIKENESS) insert(found, { id: other.id, likeness })
  }
  return found
}

/** Neighbours of all, kept while assets come and go; exact. */
export class Neighbours {
  readonly #of = new Map<AssetId, Neighbour[]>()

  of(id: AssetId): readonly Neighbour[] {
    return this.#of.get(id) ?? []
  }

  /** Neighbours as they were known before. */
  load(id: AssetId, list: readonly Neighbour[]): void {
    this.#of.set(id, [...list])
  }

  /** Put an asset among the others, which it may be a neighbour of. */
  put(one: Summary, all: Iterable<Summary>): void {
    this.remove(one.id)
    const own: Neighbour[] = []
    for (const other of all) {
      if (other.id === one.id || other.space !== one.space) continue
      const likeness = dot(one.mean, other.mean)
      if (likeness < LEAST_LIKENESS) continue
      insert(own, { id: other.id, likeness })
      insert(this.#listOf(other.id), { id: one.id, likeness })
    }
    this.#of.set(one.id, own)
  }

  /** Those that lose a neighbour get none instead until they are put again: lists are longer than what is asked of them. */
  remove(id: AssetId): void {
    if (!this.#of.delete(id)) return
    for (const list of this.#of.values()) {
      const at = list.findIndex((one) => one.id === id)
      if (at >= 0) list.splice(at, 1)
    }
  }

  #listOf(id: AssetId): Neighbour[] {
    const list = this.#of.get(id) ?? []
    this.#of.set(id, list)
    return list
  }
}

function insert(list: Neighbour[], one: Neighbour): void {
  if (list.length >= NEIGHBOURS && one.likeness <= list.at(-1)!.likeness) return
  const at = list.findIndex(({ likeness }) => likeness < one.likeness)
  list.splice(at < 0 ? list.length : at, 0, one)
  if (list.length > NEIGHBOURS) list.pop()
}
