import { partitionOfCamera, partitionOfChunk, type Partition, type PeerId } from '#protocols/ids.ts'
import type { LayoutStore } from '../network/layout.ts'
import type { Membership } from '../network/membership.ts'
import { layoutTable, placementKey, type LayoutTable } from './layout-table.ts'
import { DEFAULT_REPLICAS, type Placement, type PlacementNode } from './placement.ts'

export interface PlacementComponents {
  readonly layout: Pick<LayoutStore, 'layout' | 'layoutChanged'>
  readonly membership: Pick<Membership, 'isAlive'>
  readonly self: PeerId
}

/** Placement by the layout of this moment; the table is computed anew only when a node came, left or changed weight or zone. */
export function createPlacement({ layout, membership, self }: PlacementComponents, { replicas = DEFAULT_REPLICAS }: { replicas?: number } = {}): Placement {
  let isCurrent = false
  let key: string | undefined
  let current: LayoutTable = layoutTable([])

  function table(): LayoutTable {
    if (isCurrent) return current
    isCurrent = true
    const nodes: PlacementNode[] = layout.layout().filter(({ state }) => state === 'active')
    const nowKey = placementKey(nodes)
    if (nowKey !== key) current = layoutTable(nodes)
    key = nowKey
    return current
  }

  layout.layoutChanged.on(() => { isCurrent = false }) // both live as long as the ring
  const ranking = (partition: Partition): readonly PeerId[] => table().ranking(partition)
  const copies = (): number => Math.min(replicas, Math.max(1, table().nodes))
  const owners = (partition: Partition): readonly PeerId[] => ranking(partition).slice(0, copies())

  return {
    ranking,
    owners,
    // owners stand first in the ranking, so the first live ones are live owners and then their stand-ins
    targets: (partition) => ranking(partition).filter((peer) => membership.isAlive(peer)).slice(0, copies()),
    ownersOfChunk: (id) => owners(partitionOfChunk(id)),
    homeOf: (camera) => ranking(partitionOfCamera(camera)).find((peer) => membership.isAlive(peer)) ?? self,
    get replicas() { return copies() }
  }
}
