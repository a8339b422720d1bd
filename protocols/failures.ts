import { protoFile } from './codec.ts'

export const FAILURES_PROTOCOL = '/thatdam/failures/1.0.0'

export type FailuresRequest = Record<string, never>

/** Of how many assets, whose turn is that node's, something could not be made. */
export interface FailuresResponse { counts: Array<{ name: string; assets: number }> }

/** Names that one node tells of, at most. @default 64 */
export const MAX_FAILURE_NAMES = 64

const proto = protoFile('./failures.proto')
export const failuresRequestCodec = proto<FailuresRequest>('FailuresRequest')
export const failuresResponseCodec = proto<FailuresResponse>('FailuresResponse', 16 * 1024)
