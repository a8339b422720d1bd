/** Puts random chunks into the store in `argv[2]`, eight at a time, and prints each id when it is acknowledged. Ends by being killed. */
import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { chunkIdOf } from '#protocols/ids.ts'
import { createFileChunkStore } from '../../../ring/chunks/file-chunk-store.ts'

const store = createFileChunkStore(process.argv[2] as string, { reserveBytes: 0 })
await store.start()
await Promise.all(Array.from({ length: 8 }, async () => {
  while (true) {
    const bytes = randomBytes(200_000)
    await store.put(chunkIdOf(bytes), bytes)
    writeSync(1, `${chunkIdOf(bytes)}\n`)
  }
}))
