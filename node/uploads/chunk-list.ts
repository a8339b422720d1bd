import { InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, chunkIdOfDigest, digestOf } from '#protocols/ids.ts'
import type { UploadRecord } from '#protocols/upload.ts'
import { CHUNK_BYTES, type Ring, UPLOAD_PAGE_CHUNKS } from '#ring'
import type { AbortOptions } from '#ring/base/lifecycle.ts'

const DIGEST_BYTES = 32
type Listed = Pick<UploadRecord, 'pages' | 'chunks' | 'tail' | 'offset' | 'copies'>

/** The chunks of an upload so far, in order; what follows the last whole one as the last. @throws ChunkNotFoundError, InvalidMessageError */
export async function* chunksOf({ pages, chunks, tail }: Pick<UploadRecord, 'pages' | 'chunks' | 'tail'>, ring: Pick<Ring['chunks'], 'get'>, options: AbortOptions = {}): AsyncGenerator<ChunkId> {
  for (const page of pages) {
    const bytes = await ring.get(chunkIdOfDigest(page), options)
    if (bytes.byteLength !== UPLOAD_PAGE_CHUNKS * DIGEST_BYTES) throw new InvalidMessageError('a page of an upload does not list 256 chunks')
    for (let at = 0; at < bytes.byteLength; at += DIGEST_BYTES) yield chunkIdOfDigest(bytes.slice(at, at + DIGEST_BYTES))
  }
  for (const digest of chunks) yield chunkIdOfDigest(digest)
  for (const { digest } of tail) yield chunkIdOfDigest(digest)
}

/** The list with one more whole chunk, which takes the place of what followed the last one. */
export async function withChunk(list: Listed, digest: Uint8Array, copies: number, ring: Pick<Ring['chunks'], 'put'>, options: AbortOptions = {}): Promise<Listed> {
  const tailBytes = list.tail.reduce((sum, { length }) => sum + length, 0)
  const next = { pages: list.pages, chunks: [...list.chunks, digest], tail: [], offset: list.offset - tailBytes + CHUNK_BYTES, copies: fewest(list.copies, copies) }
  if (next.chunks.length < UPLOAD_PAGE_CHUNKS) return next
  const page = await ring.put(Buffer.concat(next.chunks), options)
  return { ...next, pages: [...next.pages, digestOf(page.id)], chunks: [], copies: fewest(next.copies, page.copies) }
}

/** 0 is none yet. */
export const fewest = (known: number, copies: number): number => known === 0 ? copies : Math.min(known, copies)
