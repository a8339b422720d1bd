import type { Nemesis } from './nemesis.ts'

/** Less free than a node keeps in reserve (512 MiB), in KiB. */
const BELOW_RESERVE_KIB = 256 * 1024

/** The disk of one node is as full as it lets it become: it takes no more chunks, and does again when there is room. */
export const fillDisk: Nemesis = {
  name: 'full disk',
  destroys: false,
  target: ({ small }) => small,
  async strike({ cluster }) {
    cluster.fillSmallDisk(BELOW_RESERVE_KIB)
    return async () => cluster.emptySmallDisk()
  }
}

/** Somebody else took the reserve, too: not even the catalog can be written, until there is room again. */
export const exhaustDisk: Nemesis = {
  name: 'no byte left',
  destroys: false,
  target: ({ small }) => small,
  async strike({ cluster }) {
    cluster.fillSmallDisk(64)
    return async () => cluster.emptySmallDisk()
  }
}
