import { type ChunkId, chunkIdOf } from '#protocols/ids.ts'

/** Blobs of a ring, whole in memory, by the hash of their bytes. */
export function memoryBlobs() {
  const blobs = new Map<ChunkId, Uint8Array>()
  return {
    async put(source: AsyncIterable<Uint8Array>) {
      const parts: Uint8Array[] = []
      for await (const part of source) parts.push(part)
      const bytes = Buffer.concat(parts)
      blobs.set(chunkIdOf(bytes), bytes)
      return { id: chunkIdOf(bytes) }
    },
    stat: async (id: ChunkId) => ({ size: blobs.get(id)!.byteLength }),
    async *read(id: ChunkId) { yield blobs.get(id)! }
  }
}
