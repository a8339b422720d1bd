import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
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

async function flip(path: string, choose: (size: number) => number): Promise<void> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r+')
    const { size } = await file.stat()
    if (size === 0) return
    const at = choose(size)
    const byte = Buffer.alloc(1)
    await file.read(byte, 0, 1, at)
    await file.write(Buffer.of((byte[0] as number) ^ 0x10), 0, 1, at)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'ENOENT') throw err // let go of meanwhile
  } finally {
    await file?.close()
  }
}
