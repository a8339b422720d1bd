import { ChunkNotFoundError } from '#protocols/errors.ts'
import { chunkOfHash } from '#protocols/ids.ts'
import type { DocumentName, Ring } from '#ring'
import type { BackupSource } from './backup-source.ts'
import { CHUNK_WAIT_MS, type ContentsRing, ringContents } from './ring-contents.ts'

type LocalRing = ContentsRing & Pick<Ring, 'chunks'>

/** The ring this very node belongs to. */
export function localSource(ring: LocalRing, signal: AbortSignal = new AbortController().signal): BackupSource {
  return {
    contents: () => ringContents(ring),
    document: (document) => ring.catalog.copy.snapshot(document as DocumentName),
    async chunk(hash) {
      signal.throwIfAborted()
      try {
        return await ring.chunks.get(chunkOfHash(hash), { signal: AbortSignal.any([signal, AbortSignal.timeout(CHUNK_WAIT_MS)]) })
      } catch (err) {
        signal.throwIfAborted()
        if (err instanceof ChunkNotFoundError) return undefined
        throw err
      }
    }
  }
}
