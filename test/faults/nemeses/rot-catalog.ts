import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { flip } from './flip.ts'
import type { Nemesis } from './nemesis.ts'

/** Bits flipped by one strike. */
const FLIPS = 6

/** A node is down, and while it is, bits flip in the files of its catalog. */
export const rotCatalog: Nemesis = {
  name: 'rotten catalog',
  destroys: true,
  async strike({ cluster, random }, node) {
    await cluster.kill(node)
    const folder = join(cluster.dataOf(node), 'catalog')
    const files = (await readdir(folder, { recursive: true })).filter((file) => /\.(ldb|log)$|MANIFEST/.test(file)).sort()
    for (let i = 0; i < FLIPS && files.length > 0; i++) await flip(join(folder, random.pick(files)), (size) => random.between(0, size - 1))
    // LevelDB ends its process over some damage; the next start knows that
    return () => cluster.begin(node).catch(() => cluster.begin(node))
  }
}
