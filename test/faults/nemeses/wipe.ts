import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Nemesis } from './nemesis.ts'

/** A node acknowledges an upload, dies at that very moment, and comes back without any of its chunks. */
export const wipe: Nemesis = {
  name: 'wipe chunks',
  destroys: true,
  async strike({ cluster, client }, node) {
    await client.upload(node)
    await cluster.kill(node)
    await rm(join(cluster.dataOf(node), 'chunks'), { recursive: true, force: true })
    return () => cluster.begin(node)
  }
}
