import { InvalidMessageError, NotFoundError } from '#protocols/errors.ts'
import type { ChunkId } from '#protocols/ids.ts'
import { type Ring, smallBlob } from '#ring'
import { once } from '#ring/base/bytes.ts'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import { type Line, MAX_TRANSCRIPT_BYTES, type Transcript } from './transcript.ts'
import { decodeTranscript, encodeTranscript } from './transcript-codec.ts'

/** Transcripts as blobs of the ring. */
export interface TranscriptStore {
  put(transcript: Transcript, options?: AbortOptions): Promise<ChunkId>
  /** @throws NotFoundError for what is too long, InvalidMessageError for what is none, ChunkNotFoundError */
  get(blob: ChunkId, options?: AbortOptions): Promise<Transcript>
  /** What is said in it: what can not be read says nothing; what can not be reached is asked for again. @throws ChunkNotFoundError */
  lines(blob: ChunkId): Promise<readonly Line[]>
}

export function createTranscriptStore({ blobs }: { readonly blobs: Pick<Ring['blobs'], 'put' | 'read' | 'stat'> }): TranscriptStore {
  async function get(blob: ChunkId, options: AbortOptions = {}): Promise<Transcript> {
    const bytes = await smallBlob(blobs, blob, MAX_TRANSCRIPT_BYTES, options)
    if (bytes === undefined) throw new NotFoundError('it is larger than any transcript: it was not made by this program')
    return decodeTranscript(bytes)
  }

  return {
    get,
    put: async (transcript, options = {}) => (await blobs.put(once(encodeTranscript(transcript)), options)).id,
    async lines(blob) {
      try {
        return (await get(blob)).lines
      } catch (err) {
        if (err instanceof InvalidMessageError || err instanceof NotFoundError) return []
        throw err
      }
    }
  }
}
