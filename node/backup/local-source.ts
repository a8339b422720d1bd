import { ChunkNotFoundError } from '#protocols/errors.ts'
import { chunkOfHash } from '#protocols/ids.ts'
import type { DocumentName, Ring } from '#ring'
import { camerasOf, CHUNK_WAIT_MS, recordsOf } from '../http/routes/backup.ts'
import type { BackupSource } from './backup-source.ts'

type LocalRing = Pick<Ring, 'id' | 'name' | 'chunks'> & { readonly catalog: Pick<Ring['catalog'], 'cameras' | 'copy' | 'policy' | 'records'> }

/** The ring this very node belongs to. */
export function localSource({ id, name, chunks, catalog }: LocalRing, signal: AbortSignal = new AbortController().signal): BackupSource {
  return {
    contents: async () => ({ ringId: id, node: name, cameras: camerasOf(catalog), records: recordsOf(catalog), documents: await catalog.copy.documents() }),
    document: (document) => catalog.copy.snapshot(document as DocumentName),
    async chunk(hash) {
      signal.throwIfAborted()
      try {
        return await chunks.get(chunkOfHash(hash), { signal: AbortSignal.any([signal, AbortSignal.timeout(CHUNK_WAIT_MS)]) })
      } catch (err) {
        signal.throwIfAborted()
        if (err instanceof ChunkNotFoundError) return undefined
        throw err
      }
    }
  }
}
