import { ALL_PARTITIONS, type Partition, type PeerId } from '#protocols/ids.ts'
import type { Ring } from '#ring'

/** Whether a node keeps the index of a partition: it owns it, or stands in for who does. */
export const keepsIndex = (placement: Pick<Ring['placement'], 'owners' | 'targets'>, partition: Partition, node: PeerId): boolean => placement.owners(partition).includes(node) || placement.targets(partition).includes(node)

/** All partitions whose index a node keeps now. */
export const indexedPartitions = (placement: Pick<Ring['placement'], 'owners' | 'targets'>, node: PeerId): Partition[] =>
  ALL_PARTITIONS.filter((partition) => keepsIndex(placement, partition, node))

/** Of which partitions one who fills the index has told it of everything there is: of others a search had better ask another owner. */
export class Filled {
  #looked: ReadonlySet<Partition> = new Set()
  readonly #lacking = new Map<Partition, Set<string>>()

  has(partition: Partition): boolean {
    return this.#looked.has(partition) && (this.#lacking.get(partition)?.size ?? 0) === 0
  }

  /** These were looked through to the end: what the index lacks of them was said. */
  looked(partitions: readonly Partition[]): void {
    this.#looked = new Set(partitions)
  }

  /** The index knows nothing of it. */
  lacks(partition: Partition, id: string): void {
    this.#lacking.set(partition, (this.#lacking.get(partition) ?? new Set()).add(id))
  }

  told(partition: Partition, id: string): void {
    this.#lacking.get(partition)?.delete(id)
  }

  /** The index was begun anew. */
  clear(): void {
    this.#looked = new Set()
  }
}
