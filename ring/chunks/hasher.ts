import { createHash, hash } from 'node:crypto'
import { type ChunkId, digestOf } from '#protocols/ids.ts'

/** SHA-256 of bytes that do not change until it is answered. */
export interface Hasher {
  /** 32 bytes. */
  digest(bytes: Uint8Array): Promise<Uint8Array>
  /** For bytes that come one piece after the other. */
  stream(): HashStream
}

/** SHA-256 of all its pieces in the order of the calls. Every stream is ended or discarded. */
export interface HashStream {
  /** Resolves when the piece is taken over: who awaits it has no more than a few of them waiting. */
  update(piece: Uint8Array): Promise<void>
  /** 32 bytes; the stream has ended. */
  digest(): Promise<Uint8Array>
  /** Nobody wants to know any more. Does nothing after `digest`. */
  discard(): void
}

/** Whether `bytes` are the chunk. */
export async function isChunk(id: ChunkId, bytes: Uint8Array, hasher: Hasher): Promise<boolean> {
  return Buffer.compare(await hasher.digest(bytes), digestOf(id)) === 0
}

/** On the thread that calls. */
export const plainHasher: Hasher = {
  digest: async (bytes) => hash('sha256', bytes, 'buffer'),
  stream() {
    const sha256 = createHash('sha256')
    return {
      async update(piece) { sha256.update(piece) },
      digest: async () => sha256.digest(),
      discard() {}
    }
  }
}
