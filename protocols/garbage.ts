import { protoFile } from './codec.ts'

export const GARBAGE_PROTOCOL = '/thatdam/garbage/1.0.0'

/** Ids one question or order may name. */
export const MAX_GARBAGE_IDS = 1_024

/** Exactly one field is set, as in the `oneof`. Ids are the 32 bytes of SHA-256. */
export interface GarbageRequest {
  writes?: Record<string, never> | null
  agree?: { ids: Uint8Array[] } | null
  sweep?: { ids: Uint8Array[] } | null
}

/** Exactly one field is set: the one that answers the request's. */
export interface GarbageResponse {
  writes?: { oldestMs: number; nowMs: number } | null
  agree?: { agreed: boolean[] } | null
  sweep?: { deleted: number } | null
}

const proto = protoFile('./garbage.proto')
export const garbageRequestCodec = proto<GarbageRequest>('GarbageRequest')
export const garbageResponseCodec = proto<GarbageResponse>('GarbageResponse')
