import { protoFile } from './codec.ts'

export const SEARCH_PROTOCOL = '/thatdam/search/1.0.0'

/** Largest request, in bytes: a vector of 4096 numbers, 256 partitions, and what people type. @default 65536 */
export const MAX_SEARCH_REQUEST_BYTES = 65_536
/** Largest answer, in bytes. @default 2097152 */
export const MAX_SEARCH_RESPONSE_BYTES = 2_097_152

export interface MomentVectorMessage { space: string; values: Uint8Array }
export interface MomentSubjectMessage { isCamera: boolean; id: string }

export interface MomentsQueryMessage {
  text: string
  near?: MomentVectorMessage | null | undefined
  meaning?: MomentVectorMessage | null | undefined
  levels: number[]
  senses: string[]
  filter: string
  albums: string[]
  limitedToAlbums: boolean
  within?: MomentSubjectMessage | null | undefined
  cameras: string[]
  limitedToCameras: boolean
  fromMs?: number | undefined
  toMs?: number | undefined
  limit: number
}

export interface MomentHitMessage { subject?: MomentSubjectMessage | null; level: number; sense: string; fromMs: number; toMs: number; pictureMs: number; score: number; text: string }
export interface MomentFoundMessage { fromMs: number; toMs: number; pictureMs: number; level: number; score: number; why: Array<{ sense: string; text: string; score: number }> }
export interface SubjectFoundMessage { subject?: MomentSubjectMessage | null; score: number; moments: MomentFoundMessage[] }

export interface SliceResponseMessage { pictures: MomentHitMessage[]; words: MomentHitMessage[]; meanings: MomentHitMessage[]; understoodMs: number; notes: string[]; declined: number[] }
export interface WholeResponseMessage { found: SubjectFoundMessage[]; understoodMs: number; totalMs: number; silent: string[]; off: string[] }

/** One of them. */
export interface MomentRequest {
  slice?: { query?: MomentsQueryMessage | null; partitions: number[]; live: boolean; filled: boolean } | null
  whole?: { query?: MomentsQueryMessage | null } | null
  embed?: { text: string; space: string } | null
  meaning?: { text: string } | null
  picture?: { subject?: MomentSubjectMessage | null; atMs: number } | null
}

export interface MomentResponse {
  slice?: SliceResponseMessage | null
  whole?: WholeResponseMessage | null
  vector?: { vector?: MomentVectorMessage | null } | null
}

const proto = protoFile('./moments.proto')
export const momentRequestCodec = proto<MomentRequest>('MomentRequest', MAX_SEARCH_REQUEST_BYTES)
export const momentResponseCodec = proto<MomentResponse>('MomentResponse', MAX_SEARCH_RESPONSE_BYTES)
