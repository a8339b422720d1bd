import { InvalidMessageError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import { MAX_UPLOADS_FOUND, UPLOAD_PROTOCOL, type UploadRecord, type UploadRequest, uploadRequestCodec, type UploadResponse, uploadResponseCodec } from '#protocols/upload.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { Network, RpcProtocol } from '../network/network.ts'
import type { UploadFiles } from './upload-files.ts'
import { checkUpload } from './upload-record.ts'

/** `/thatdam/upload/1.0.0`: nodes only. */
export const uploadProtocol: RpcProtocol<UploadRequest, UploadResponse> = { id: UPLOAD_PROTOCOL, roles: ['node'], request: uploadRequestCodec, response: uploadResponseCodec, maxInFlight: 64 }

/** What one node asks another about uploads. All reject as `Network.request` does. */
export interface UploadClient {
  read(peer: PeerId, id: string, options?: AbortOptions): Promise<UploadRecord | undefined>
  /** False when the peer holds a later one. */
  write(peer: PeerId, record: UploadRecord, options?: AbortOptions): Promise<boolean>
  find(peer: PeerId, sha256: string, length: number, options?: AbortOptions): Promise<readonly string[]>
}

export function createUploadClient(network: Pick<Network, 'request'>): UploadClient {
  const ask = async <K extends keyof UploadResponse>(peer: PeerId, request: UploadRequest, answer: K, options?: AbortOptions): Promise<NonNullable<UploadResponse[K]>> => {
    const response = (await network.request(peer, uploadProtocol, request, options))[answer]
    if (response === undefined || response === null) throw new InvalidMessageError(`${UPLOAD_PROTOCOL}: the answer of ${peer} has no "${answer}"`)
    return response
  }
  return {
    async read(peer, id, options) {
      const { record } = await ask(peer, { read: { id } }, 'held', options)
      return record === undefined || record === null ? undefined : checkUpload(record)
    },
    write: async (peer, record, options) => (await ask(peer, { write: { record } }, 'written', options)).accepted,
    find: async (peer, sha256, length, options) => (await ask(peer, { find: { sha256, length } }, 'found', options)).ids
  }
}

/** @throws InvalidMessageError for what is no request, OverloadedError */
export async function answerUpload(request: UploadRequest, files: UploadFiles, now: () => number): Promise<UploadResponse> {
  if (request.read) {
    const record = await files.read(request.read.id)
    return { held: record === undefined ? {} : { record } }
  }
  if (request.write) return { written: { accepted: await files.write(request.write.record) } }
  if (request.find) return { found: { ids: findUploads(files, request.find, now()) } }
  throw new InvalidMessageError(`${UPLOAD_PROTOCOL}: a request says one of read, write and find`)
}

/** Open ones of these very bytes, the furthest first. */
export function findUploads(files: UploadFiles, { sha256, length }: { sha256: string; length: number }, nowMs: number): string[] {
  return files.heads()
    .filter((head) => head.state === 'open' && head.concat === '' && head.sha256 === sha256 && head.length === length && head.expiresMs > nowMs)
    .sort((a, b) => b.offset - a.offset).slice(0, MAX_UPLOADS_FOUND).map(({ id }) => id)
}
