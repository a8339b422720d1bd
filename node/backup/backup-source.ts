import type { BackupContents } from '#protocols/backup.ts'
import type { Hash } from './backup-format.ts'

/** The ring that is backed up. */
export interface BackupSource {
  contents(): Promise<BackupContents>
  /** A document as a Yjs update, and the digest of its content. */
  document(name: string): Promise<{ update: Uint8Array; digest: string }>
  /** Bytes of a chunk, not yet checked; undefined when no node that answers has a good copy. */
  chunk(hash: Hash): Promise<Uint8Array | undefined>
}

/** The ring that is restored into. */
export interface RestoreSink {
  /** @throws when the ring is not empty */
  begin(generation: Hash): Promise<{ resumed: boolean }>
  /** Those of these chunks that no node of the ring holds yet. */
  missing(hashes: readonly Hash[]): Promise<Hash[]>
  putChunk(hash: Hash, bytes: Uint8Array): Promise<void>
  putDocument(name: string, update: Uint8Array): Promise<void>
  putCameras(cameras: BackupContents['cameras']): Promise<void>
  putRecords(records: BackupContents['records']): Promise<void>
  finish(generation: Hash): Promise<void>
}
