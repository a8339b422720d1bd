import { protoFile } from './codec.ts'

export const HISTORY_PROTOCOL = '/thatdam/history/1.0.0'

/** Largest request: somebody may be limited to many albums. */
export const MAX_HISTORY_REQUEST_BYTES = 512 * 1024
/** Largest answer: what an undo left alone is named. */
export const MAX_HISTORY_ANSWER_BYTES = 2 * 1024 * 1024

export interface HistoryRequest { way: string; kind: string; id: string; step: string; limitedToAlbums: boolean; albums: string[]; editAlbums: string[] }
export interface HistoryStep { id: string; atMs: number; who: string; title: string; assets: number; undone: boolean; turnedMs: number }
export interface StepLeft { id: string; name: string; field: string; now: string; by: string }
export interface HistoryResponse { steps: HistoryStep[]; restored: number; left: StepLeft[]; leftCount: number }

const proto = protoFile('./history.proto')
export const historyRequestCodec = proto<HistoryRequest>('HistoryRequest', MAX_HISTORY_REQUEST_BYTES)
export const historyResponseCodec = proto<HistoryResponse>('HistoryResponse', MAX_HISTORY_ANSWER_BYTES)
