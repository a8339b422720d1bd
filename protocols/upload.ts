import { protoFile } from './codec.ts'

export const UPLOAD_PROTOCOL = '/thatdam/upload/1.0.0'

/** Longest record of an upload, in bytes. @default 131072 */
export const MAX_UPLOAD_RECORD_BYTES = 131_072
/** Uploads one answer may name. @default 16 */
export const MAX_UPLOADS_FOUND = 16

/** Bytes after the last whole chunk. */
export interface UploadPiece { readonly digest: Uint8Array; readonly length: number }

export type UploadState = 'open' | 'done' | 'refused' | 'gone'

/** How far an upload is, as its keepers have it. Of two records of one upload the one with the higher epoch holds, then the one with the higher seq. */
export interface UploadRecord {
  readonly id: string
  readonly epoch: number
  readonly seq: number
  readonly writer: number
  readonly state: UploadState
  readonly length: number
  readonly offset: number
  readonly metadata: string
  readonly path: string
  readonly sha256: string
  readonly concat: '' | 'partial' | 'final'
  readonly parts: readonly string[]
  readonly createdMs: number
  readonly touchedMs: number
  readonly pages: readonly Uint8Array[]
  readonly chunks: readonly Uint8Array[]
  readonly tail: readonly UploadPiece[]
  readonly copies: number
  readonly assetId: string
  readonly outcome: '' | 'imported' | 'known'
  readonly reason: string
  readonly code: string
  /** Who sends it, as people are named. */
  readonly by: string
}

/** Exactly one field is set, as in the `oneof`. */
export interface UploadRequest {
  read?: { id: string } | null
  write?: { record: UploadRecord } | null
  find?: { sha256: string; length: number } | null
}

/** Exactly one field is set: the one that answers the request's. */
export interface UploadResponse {
  held?: { record?: UploadRecord | null } | null
  written?: { accepted: boolean } | null
  found?: { ids: string[] } | null
}

const proto = protoFile('./upload.proto')
export const uploadRecordCodec = proto<UploadRecord>('UploadRecord', MAX_UPLOAD_RECORD_BYTES)
export const uploadRequestCodec = proto<UploadRequest>('UploadRequest', MAX_UPLOAD_RECORD_BYTES + 1_024)
export const uploadResponseCodec = proto<UploadResponse>('UploadResponse', MAX_UPLOAD_RECORD_BYTES + 1_024)
