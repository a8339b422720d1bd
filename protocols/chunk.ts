import { protoFile } from './codec.ts'

export const CHUNK_PROTOCOL = '/thatdam/chunk/1.0.0'

/** Largest message of the protocol: one chunk and its envelope, in bytes. */
export const MAX_CHUNK_MESSAGE_BYTES = 1_048_576 + 16_384
/** Ids one ChunkHas may ask for. */
export const MAX_HAS_IDS = 1_024
/** Ids one ListAnswer carries at most. */
export const MAX_LIST_IDS = 8_192

/** Chunks one ChunkVerify or PartitionVerify reads at most. */
export const MAX_VERIFY_CHUNKS = 64
/** What became of a chunk that was to be read from disk; `chunk.proto` says what each means. */
export const VERIFY_OUTCOMES = ['ELSEWHERE', 'GOOD', 'DAMAGED_HEALED', 'MISSING_HEALED', 'DAMAGED_WAITING', 'MISSING_WAITING', 'DAMAGED_LOST', 'MISSING_LOST'] as const
export type VerifyOutcome = typeof VERIFY_OUTCOMES[number]

/** Exactly one field is set, as in the `oneof`. Ids are the 32 bytes of SHA-256. */
export type ChunkRequest =
  | { get: { id: Uint8Array } }
  | { put: { id: Uint8Array; data: Uint8Array } }
  | { has: { ids: Uint8Array[]; counting: boolean } }
  | { digest: { partition: number } }
  | { list: { partition: number; after: Uint8Array; limit: number; buckets: Uint8Array } }
  | { buckets: { partition: number } }
  | { digests: Record<string, never> }
  | { bulk: Record<string, never> }
  | { pull: { id: Uint8Array; size: number } }
  | { verify: { ids: Uint8Array[] } }
  | { verifyPartition: { partition: number; after: Uint8Array; limit: number } }

/** Exactly one field is set: the one that answers the request's. */
export type ChunkResponse =
  | { data: { found: boolean; data: Uint8Array } }
  | { stored: Record<string, never> }
  | { held: { held: boolean[] } }
  | { digest: { chunks: number; digest: Uint8Array } }
  | { list: { ids: Uint8Array[]; more: boolean } }
  | { digests: { chunks: number[]; digests: Uint8Array[] } }
  | { buckets: { chunks: readonly number[]; digests: Uint8Array } }
  | { bulk: { port: number; key: Uint8Array; hosts: string[] } }
  | { pulled: { stored: boolean } }
  | { verified: { ids: Uint8Array[]; outcomes: VerifyOutcome[]; bytes: number; after: Uint8Array; more: boolean } }

const proto = protoFile('./chunk.proto')
export const chunkRequestCodec = proto<ChunkRequest>('ChunkRequest', MAX_CHUNK_MESSAGE_BYTES)
export const chunkResponseCodec = proto<ChunkResponse>('ChunkResponse', MAX_CHUNK_MESSAGE_BYTES)
