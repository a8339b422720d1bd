import { NotFoundError } from '#protocols/errors.ts'
import type { ChunkId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import { MAX_TRANSCRIPT_BYTES, type Transcript } from './transcript.ts'
import { decodeTranscript, encodeTranscript } from './transcript-codec.ts'

/** Transcripts as blobs of the ring. */
export interface TranscriptStore {
  put(transcript: Transcript, options?: AbortOptions): Promise<ChunkId>
  /** @throws NotFoundError for what is too long, InvalidMessageError for what is none, ChunkNotFoundError */
  get(blob: ChunkId, options?: AbortOptions): Promise<Transcript>
}

export function createTranscriptStore({ blobs }: { readonly blobs: Pick<Ring['blobs'], 'put' | 'read' | 'stat'> }): TranscriptStore {
  return {
    put: async (transcript, options = {}) => (await blobs.put(once(encodeTranscript(transcript)), options)).id,
    async get(blob, options = {}) {
      const { size } = await blobs.stat(blob, options)
      if (size > MAX_TRANSCRIPT_BYTES) throw new NotFoundError('it is larger than any transcript: it was not made by this program')
      const parts: Uint8Array[] = []
      for await (const bytes of blobs.read(blob, {}, options)) parts.push(bytes)
      return decodeTranscript(Buffer.concat(parts))
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
