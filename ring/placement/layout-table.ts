import { PARTITIONS, type PeerId } from '#protocols/ids.ts'
import type { PlacementNode } from './placement.ts'
import { rankNodes } from './rendezvous.ts'

/** One layout's answer for all 256 partitions, computed once. */
export interface LayoutTable {
  readonly nodes: number
  /** All nodes in order of preference for the partition. */
  ranking(partition: number): readonly PeerId[]
}

export function layoutTable(nodes: readonly PlacementNode[]): LayoutTable {
  const rankings = Array.from({ length: PARTITIONS }, (_, partition) => Object.freeze(rankNodes(partition, nodes)))
  return { nodes: nodes.length, ranking: (partition) => rankings[partition] ?? [] }
}

/** Equal for layouts that place everything equally. */
export function placementKey(nodes: readonly PlacementNode[]): string {
  return JSON.stringify(nodes.map(({ peerId, zone, weight }) => [peerId, zone, weight]).sort(([one], [other]) => String(one) < String(other) ? -1 : 1))
}
