import { createHash } from 'node:crypto'
import type { PeerId } from '#protocols/ids.ts'
import type { PlacementNode } from './placement.ts'

const HASH_BYTES = 6
const HASH_RANGE = 2 ** (8 * HASH_BYTES)

interface Scored {
  readonly node: PlacementNode
  readonly score: number
}

/**
 * All nodes in order of preference for a partition (0 to 255): weighted rendezvous hashing, zones taking turns.
 * The best node of every zone comes before the second best of any; within a turn the higher score wins.
 * The answer depends on the set of nodes only, not on their order.
 */
export function rankNodes(partition: number, nodes: readonly PlacementNode[]): PeerId[] {
  const scored = nodes.map((node) => ({ node, score: scoreOf(node, partition) })).sort(byPreference)
  const seen = new Map<string, number>()
  const turns: PeerId[][] = []
  for (const { node } of scored) {
    const turn = seen.get(node.zone) ?? 0
    seen.set(node.zone, turn + 1)
    turns[turn] ??= []
    turns[turn].push(node.peerId)
  }
  return turns.flat()
}

/** `-weight / ln(u)`, u in (0, 1) from the first 48 bits of SHA-256 of `<peerId>/<partition>`: a node wins in proportion to its weight. */
export function scoreOf({ peerId, weight }: PlacementNode, partition: number): number {
  const hash = createHash('sha256').update(`${peerId}/${partition}`).digest().readUIntBE(0, HASH_BYTES)
  return -weight / Math.log((hash + 0.5) / HASH_RANGE)
}

function byPreference(one: Scored, other: Scored): number {
  return other.score - one.score || (one.node.peerId < other.node.peerId ? -1 : 1)
}
