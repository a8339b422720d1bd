import { partitionOfCamera, type Partition, type PeerId } from '#protocols/ids.ts'
import type { LayoutStore } from '../network/layout.ts'
import type { Membership } from '../network/membership.ts'
import { type DiskOf, preferWellDisks } from './disk-preference.ts'
import { layoutsOf, type Layouts, type TableCache } from './layouts.ts'
import type { LayoutHistoryStore } from './layout-version.ts'
import { DEFAULT_REPLICAS, DEFAULT_WRITE_QUORUM, type Placement } from './placement.ts'

export interface PlacementComponents {
  readonly layout: Pick<LayoutStore, 'layout' | 'layoutChanged'> & Pick<LayoutHistoryStore, 'layoutHistory' | 'historyChanged'>
  readonly membership: Pick<Membership, 'isAlive'>
  readonly self: PeerId
  /** @default every disk is well */
  readonly diskOf?: DiskOf
}

/** Placement by the layouts of this moment; a table is computed anew only when a node came, left or changed weight or zone. */
export function createPlacement({ layout, membership, self, diskOf = () => 'ok' }: PlacementComponents, { replicas = DEFAULT_REPLICAS }: { replicas?: number } = {}): Placement {
  const tables: TableCache = new Map()
  let current: Layouts | undefined
  let staying: ReadonlySet<PeerId> = new Set()

  function now(): Layouts {
    if (current !== undefined) return current
    const entries = layout.layout()
    staying = new Set(entries.filter(({ state }) => state === 'active').map(({ peerId }) => peerId))
    current = layoutsOf(entries, layout.layoutHistory(), replicas, tables)
    return current
  }

  for (const changed of [layout.layoutChanged, layout.historyChanged]) changed.on(() => { current = undefined }) // all live as long as the ring
  const ranking = (partition: Partition): readonly PeerId[] => now().ranking(partition)
  const live = (partition: Partition): PeerId[] => ranking(partition).filter((peer) => membership.isAlive(peer))
  const owners = (partition: Partition): readonly PeerId[] => now().owners(partition)
  const olderOwners = (partition: Partition): ReadonlyArray<readonly PeerId[]> => now().olderOwners(partition)

  return {
    ranking,
    owners,
    olderOwners,
    // owners stand first in the ranking, so the first live ones are live owners and then their stand-ins
    targets: (partition) => preferWellDisks(live(partition), diskOf, now().replicas, Math.min(DEFAULT_WRITE_QUORUM, now().replicas)),
    olderTargets: (partition) => olderOwners(partition).map((peers) => preferWellDisks(peers.filter((peer) => staying.has(peer) && membership.isAlive(peer)), diskOf, peers.length, 1)).filter(({ length }) => length > 0),
    homeOf: (camera) => preferWellDisks(live(partitionOfCamera(camera)), diskOf, 1, 1)[0] ?? self,
    layouts: now,
    get replicas() { return now().replicas }
  }
}
