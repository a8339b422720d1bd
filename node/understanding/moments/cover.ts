import type { Partition, PeerId } from '#protocols/ids.ts'

export interface Cover {
  /** Who is asked for which partitions; nobody for the same as another. */
  readonly parts: ReadonlyMap<PeerId, readonly Partition[]>
  /** Nobody who could be asked has these. */
  readonly uncovered: readonly Partition[]
}

/**
 * As few nodes as it takes, one for each partition: again and again the one that has most of what is left; of those that have as many the one that costs least.
 * `cost` is in ms, 0 for this very node.
 */
export function coverPartitions(partitions: readonly Partition[], holders: (partition: Partition) => readonly PeerId[], cost: (peer: PeerId) => number): Cover {
  const left = new Map(partitions.map((partition) => [partition, holders(partition)]))
  const uncovered = partitions.filter((partition) => left.get(partition)?.length === 0)
  for (const partition of uncovered) left.delete(partition)
  const parts = new Map<PeerId, readonly Partition[]>()
  while (left.size > 0) {
    const shares = new Map<PeerId, Partition[]>()
    for (const [partition, peers] of left) for (const peer of peers) shares.set(peer, [...shares.get(peer) ?? [], partition])
    const [[peer, share]] = [...shares].sort(([one, its], [other, others]) => others.length - its.length || cost(one) - cost(other)) as [[PeerId, Partition[]]]
    parts.set(peer, share)
    for (const partition of share) left.delete(partition)
  }
  return { parts, uncovered }
}
