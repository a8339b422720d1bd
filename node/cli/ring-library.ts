import type { BackupContents, ChunkAnswer, RestoreBegun, Stored } from '#protocols/backup.ts'
import { CHUNK_BYTES } from '#ring'
import { MAX_DOCUMENT_BYTES } from '../backup/backup-format.ts'
import type { BackupSource, RestoreSink } from '../backup/backup-source.ts'
import { CommandError, type NodeApi } from './api.ts'

/** The library of the ring that a node belongs to, over its HTTP API. */
export function ringLibrary(api: NodeApi): BackupSource & RestoreSink {
  return {
    contents: () => api.get<BackupContents>('backup'),
    async document(name) {
      const { bytes, etag } = await api.getBytes(`backup/documents/${name}`, MAX_DOCUMENT_BYTES)
      return { update: bytes, digest: etag.replaceAll('"', '') }
    },
    async chunk(hash) {
      try {
        return (await api.getBytes(`backup/chunks/${hash}`, CHUNK_BYTES)).bytes
      } catch (err) {
        if (err instanceof CommandError && err.code === 'ERR_CHUNK_NOT_FOUND') return undefined
        throw err
      }
    },
    begin: (generation) => api.post<RestoreBegun>('restore', { generation }),
    missing: async (chunks) => (await api.post<ChunkAnswer>('restore/chunks', { chunks })).missing,
    async putChunk(hash, bytes) { await api.putBytes<Stored>(`restore/chunks/${hash}`, bytes) },
    async putDocument(name, update) { await api.putBytes<Stored>(`restore/documents/${name}`, update) },
    async putCameras(cameras) { await api.put<Stored>('restore/cameras', cameras) },
    async putRecords(records) { await api.put<Stored>('restore/records', records) },
    async finish(generation) { await api.post('restore/finish', { generation }) }
  }
}
