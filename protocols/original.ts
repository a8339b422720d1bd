import { protoFile } from './codec.ts'

export const ORIGINAL_PROTOCOL = '/thatdam/original/1.0.0'

/** Bytes one answer holds at most. @default 1048576 */
export const MAX_ORIGINAL_BYTES = 1_048_576

export interface OriginalRequest {
  /** The 32 bytes of SHA-256. */
  asset: Uint8Array
  path: string
  start: number
  length: number
}

export interface OriginalResponse {
  bytes: Uint8Array
}

const proto = protoFile('./original.proto')
export const originalRequestCodec = proto<OriginalRequest>('OriginalRequest')
export const originalResponseCodec = proto<OriginalResponse>('OriginalResponse', MAX_ORIGINAL_BYTES + 64)
