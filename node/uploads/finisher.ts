import { Readable } from 'node:stream'
import type { ChunkId } from '#protocols/ids.ts'
import type { ImportResult } from '#protocols/http.ts'
import type { UploadRecord } from '#protocols/upload.ts'
import { type Ring, sharedHasher } from '#ring'
import { limiter } from '#ring/base/tasks.ts'
import type { Importer } from '../library/importer.ts'
import type { Spool } from '../library/spool.ts'
import { chunksOf, fewest } from './chunk-list.ts'
import { readMetadata } from './metadata.ts'

/** Uploads that are looked at at once, each of them a file in the spool meanwhile. @default 2 */
export const FINISH_CONCURRENCY = 2
/** Chunks fetched ahead of the hash. @default 3 */
export const FINISH_AHEAD = 3

export interface FinisherComponents {
  readonly ring: Pick<Ring, 'chunks' | 'blobs'>
  readonly spool: Spool
  readonly importer: Importer
}

/** What an ended upload says. */
export type UploadEnd = Pick<UploadRecord, 'state' | 'assetId' | 'outcome' | 'reason' | 'code' | 'copies'>

/** Makes an asset of a whole upload: every byte is read back from the ring, hashed, compared with what its sender said, and looked at. */
export function createFinisher({ ring, spool, importer }: FinisherComponents): (record: UploadRecord, signal: AbortSignal) => Promise<UploadEnd> {
  const inTurn = limiter(FINISH_CONCURRENCY)

  async function finish(record: UploadRecord, signal: AbortSignal): Promise<UploadEnd> {
    signal.throwIfAborted()
    const hash = sharedHasher().stream()
    const chunks: ChunkId[] = []
    async function* bytes(): AsyncGenerator<Uint8Array> {
      for await (const { id, read } of ahead(chunksOf(record, ring.chunks, { signal }), (id) => ring.chunks.get(id, { signal }))) {
        const chunk = await read
        chunks.push(id)
        await hash.update(chunk)
        yield chunk
      }
    }
    try {
      return await spool.with(Readable.from(bytes()), async (path) => {
        const sha256 = Buffer.from(await hash.digest()).toString('hex')
        if (record.sha256 !== '' && record.sha256 !== sha256) {
          return refused('ERR_CHECKSUM_MISMATCH', `what arrived is not what was sent: its SHA-256 is ${sha256} here and ${record.sha256} there. Nothing was kept; send it again`)
        }
        const store = (): ReturnType<Ring['blobs']['join']> => ring.blobs.join({ size: record.length, sha256, chunks }, { signal })
        return endOf(await importer.importFile(path, { shownPath: record.path, modifiedAtMs: readMetadata(record.metadata).modifiedAtMs ?? null, store, batch: { source: 'upload', ...(record.by !== '' && { by: record.by }) }, signal }), record)
      }, { size: record.length, signal })
    } finally {
      hash.discard()
    }
  }

  return (record, signal) => inTurn(() => finish(record, signal))
}

const refused = (code: string, reason: string): UploadEnd => ({ state: 'refused', assetId: '', outcome: '', reason, code, copies: 0 })

function endOf({ outcome, assetId, reason, copies }: ImportResult, record: UploadRecord): UploadEnd {
  if (outcome === 'refused') return refused('ERR_UNSUPPORTED_MEDIA', reason ?? 'it can not be read')
  return { state: 'done', assetId: assetId ?? '', outcome, reason: reason ?? '', code: '', copies: fewest(record.copies, copies) }
}

/** A few are read before their turn comes. */
async function* ahead(ids: AsyncIterable<ChunkId>, get: (id: ChunkId) => Promise<Uint8Array>): AsyncGenerator<{ id: ChunkId; read: Promise<Uint8Array> }> {
  const waiting: Array<{ id: ChunkId; read: Promise<Uint8Array> }> = []
  for await (const id of ids) {
    const read = get(id)
    read.catch(() => {}) // heard when its turn comes
    waiting.push({ id, read })
    if (waiting.length > FINISH_AHEAD) yield waiting.shift() as { id: ChunkId; read: Promise<Uint8Array> }
  }
  yield* waiting
}
