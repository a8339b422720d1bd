import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from '../cluster.ts'
import type { Nemesis } from './nemesis.ts'

/** A node acknowledges an upload, dies at that very moment, and comes back without any of its chunks. */
export const wipe: Nemesis = {
  name: 'wipe chunks',
  destroys: true,
  async strike({ cluster, client }, node) {
    await client.upload(node)
    await cluster.kill(node)
    await throwAwayChunks(cluster, node)
    return () => cluster.begin(node)
  }
}

/** Of a node that is down. */
export function throwAwayChunks(cluster: Cluster, node: string): Promise<void> {
  return rm(join(cluster.dataOf(node), 'chunks'), { recursive: true, force: true })
}
