import { PARTITIONS, type PeerId } from '#protocols/ids.ts'
import type { LayoutEntry } from '../network/layout.ts'
import { layoutTable, placementKey, type LayoutTable } from './layout-table.ts'
import { type LayoutHistory, type LayoutProgress, type LayoutVersion, placedNodes, type Transition, transitionOf } from './layout-version.ts'

/** What the layouts of one moment say, all of it computed from the root document. */
export interface Layouts {
  readonly transition: Transition
  readonly progress: LayoutProgress
  /** All nodes of the current layout in order of preference for the partition. */
  ranking(partition: number): readonly PeerId[]
  /** The current owners. */
  owners(partition: number): readonly PeerId[]
  /** The owners by each older layout, newest layout first; nodes that are gone are left out. */
  olderOwners(partition: number): ReadonlyArray<readonly PeerId[]>
  readonly replicas: number
}

/** Tables are costly: those of layouts seen before are kept by whoever asks again. */
export type TableCache = Map<string, LayoutTable>

/** The layouts by these entries and this history. Pure but for the cache, which holds the tables in use and no others. */
export function layoutsOf(entries: readonly LayoutEntry[], history: LayoutHistory, maxReplicas: number, cache: TableCache = new Map()): Layouts {
  const transition = transitionOf(placedNodes(entries), history.versions)
  const { current, older } = transition
  const tables = new Map<string, LayoutTable>()
  const tableOf = ({ nodes }: LayoutVersion): LayoutTable => {
    const key = placementKey(nodes)
    const table = tables.get(key) ?? cache.get(key) ?? layoutTable(nodes)
    tables.set(key, table)
    return table
  }
  const gone = new Set(entries.filter(({ state }) => state === 'gone').map(({ peerId }) => peerId))
  const copiesOf = (nodes: number): number => Math.min(maxReplicas, Math.max(1, nodes))
  const now = tableOf(current)
  const before = older.map(tableOf).reverse()
  cache.clear()
  for (const [key, table] of tables) cache.set(key, table)
  const replicas = copiesOf(now.nodes)
  const owners = (partition: number): readonly PeerId[] => now.ranking(partition).slice(0, replicas)
  return {
    transition,
    progress: progressOf(transition, owners, entries, history),
    ranking: now.ranking,
    owners,
    olderOwners: (partition) => before.map((table) => table.ranking(partition).slice(0, copiesOf(table.nodes)).filter((peer) => !gone.has(peer))),
    replicas
  }
}

function progressOf({ current, older }: Transition, owners: (partition: number) => readonly PeerId[], entries: readonly LayoutEntry[], { confirmed }: LayoutHistory): LayoutProgress {
  const isPlaced = new Set(current.nodes.map(({ peerId }) => peerId))
  const isAnyoneLeaving = entries.some(({ peerId, state }) => state === 'draining' && !isPlaced.has(peerId))
  if (older.length === 0) return { moved: PARTITIONS, isComplete: !isAnyoneLeaving }
  const said = confirmed.get(current.id)
  const isMoved = (partition: number): boolean => owners(partition).every((peer) => said?.get(peer)?.has(partition) === true)
  const moved = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter(isMoved).length
  return { moved, isComplete: moved === PARTITIONS && !isAnyoneLeaving }
}
