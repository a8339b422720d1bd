import type { PeerId } from '#protocols/ids.ts'
import { type DiskState, isWell } from '../chunks/disk-state.ts'

/** How the disk of a node is; `ok` when that is not known. */
export type DiskOf = (peer: PeerId) => DiskState

const isLastResort = (state: DiskState): boolean => state === 'slow' || state === 'failing'

/**
 * Of live nodes in order of preference, those to give something new: `wanted` whose disks are well. When there are fewer than
 * `least` of them, slow and failing disks fill up to that. When none can take anything, all are as good as any.
 */
export function preferWellDisks(live: readonly PeerId[], diskOf: DiskOf, wanted: number, least: number): PeerId[] {
  const well = live.filter((peer) => isWell(diskOf(peer)))
  if (well.length >= least) return well.slice(0, wanted)
  const able = [...well, ...live.filter((peer) => isLastResort(diskOf(peer)))]
  return able.length > 0 ? able.slice(0, least) : live.slice(0, wanted)
}
