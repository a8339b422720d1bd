import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { flip } from './flip.ts'
import type { Nemesis } from './nemesis.ts'

/** Chunk files damaged by one strike at most. */
const FILES = 12

/** Bits flip in chunk files of a running node, each chunk on one node at most. */
export function createRot(): Nemesis {
  const rotten = new Set<string>()
  return {
    name: 'flip bits',
    destroys: true,
    async strike({ cluster, random }, node) {
      const folder = join(cluster.dataOf(node), 'chunks')
      const files = (await readdir(folder, { recursive: true })).filter((file) => /^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(file) && !rotten.has(file)).sort()
      for (const file of random.shuffled(files).slice(0, FILES)) {
        rotten.add(file)
        await flip(join(folder, file), (size) => random.between(0, size - 1))
      }
      return async () => {}
    }
  }
}
