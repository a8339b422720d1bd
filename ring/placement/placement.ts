import type { CameraId, Partition, PeerId } from '#protocols/ids.ts'
import type { Layouts } from './layouts.ts'

/** What placement knows of a node. */
export interface PlacementNode {
  readonly peerId: PeerId
  readonly zone: string
  readonly weight: number
}

/** Relative capacity of a node that says nothing else. @default 1 */
export const DEFAULT_WEIGHT = 1
/** Nodes each chunk is kept on; a ring with fewer nodes keeps it on all of them. @default 3 */
export const DEFAULT_REPLICAS = 3
/** Distinct nodes that must have a write on disk before it is acknowledged, when that many are alive. @default 2 */
export const DEFAULT_WRITE_QUORUM = 2

/** The layout's answer to "whose is it?", the same on every node that has the same layout. */
export interface Placement {
  /** All active nodes in order of preference for this partition: the first `replicas` are its owners, the next stand in for them. */
  ranking(partition: Partition): readonly PeerId[]
  /** The first `replicas` of the ranking. */
  owners(partition: Partition): readonly PeerId[]
  /** Of the owners that are alive and whose disks take writes, topped up with the next such candidates: where to write now. */
  targets(partition: Partition): readonly PeerId[]
  /** While data moves to this layout from older ones: the owners by each of them that belong to the ring still, newest layout first. Empty when the ring is at rest. */
  olderOwners(partition: Partition): ReadonlyArray<readonly PeerId[]>
  /** The same where a write has to hold as well: those of them that are alive and stay. */
  olderTargets(partition: Partition): ReadonlyArray<readonly PeerId[]>
  /** The current layout beside the older ones, and how far the data has come. */
  layouts(): Pick<Layouts, 'transition' | 'progress'>
  /** The first live node of the camera's ranking whose disk takes writes: where it is recorded now. */
  homeOf(camera: CameraId): PeerId
  readonly replicas: number
}
