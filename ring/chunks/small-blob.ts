import type { ChunkId } from '#protocols/ids.ts'
import { bytesOf } from '../base/bytes.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { BlobStore } from './chunk-store.ts'

/** All bytes of a blob that should be small; undefined when it has more than `most`: any member may have written it. @throws ChunkNotFoundError, the signal's reason */
export async function smallBlob(blobs: Pick<BlobStore, 'read' | 'stat'>, id: ChunkId, most: number, options: AbortOptions = {}): Promise<Buffer | undefined> {
  const { size } = await blobs.stat(id, options)
  return size > most ? undefined : bytesOf(blobs.read(id, {}, options))
}
