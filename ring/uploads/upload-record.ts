import { InvalidMessageError } from '#protocols/errors.ts'
import { MAX_UPLOAD_RECORD_BYTES, type UploadRecord, uploadRecordCodec } from '#protocols/upload.ts'

/** An upload nobody goes on with ends after this long, in ms. @default 259200000 */
export const UPLOAD_IDLE_MS = 3 * 86_400_000
/** An upload ends this long after it began, however it goes, in ms. @default 1209600000 */
export const UPLOAD_LIFE_MS = 14 * 86_400_000
/** How long it is remembered how an upload ended, in ms. @default 86400000 */
export const UPLOAD_MEMORY_MS = 86_400_000
/** Chunks one page lists. @default 256 */
export const UPLOAD_PAGE_CHUNKS = 256

const ID = /^[0-9a-f]{32}$/
const SHA256 = /^(?:[0-9a-f]{64})?$/
const STATES = new Set<string>(['open', 'done', 'refused', 'gone'])
const CONCATS = new Set<string>(['', 'partial', 'final'])

export const isUploadId = (id: string): boolean => ID.test(id)

/** Unix ms after which nobody may go on with it. */
export const uploadExpiresMs = ({ createdMs, touchedMs }: UploadRecord): number => Math.min(touchedMs + UPLOAD_IDLE_MS, createdMs + UPLOAD_LIFE_MS)

/** Positive when `a` was written after `b`. */
export const compareUploads = (a: Pick<UploadRecord, 'epoch' | 'seq'>, b: Pick<UploadRecord, 'epoch' | 'seq'>): number => a.epoch - b.epoch || a.seq - b.seq

/** Longest name of who sends one, in UTF-16 units. */
const MAX_BY = 200
const isDigest = (bytes: unknown): boolean => bytes instanceof Uint8Array && bytes.byteLength === 32

/** What another member wrote, when it can be a record at all; its bytes are copied. @throws InvalidMessageError */
export function checkUpload(record: UploadRecord): UploadRecord {
  const { id, state, concat, sha256, length, offset, createdMs, touchedMs, pages, chunks, tail } = record
  const isWell = isUploadId(id) && STATES.has(state) && CONCATS.has(concat) && SHA256.test(sha256) && record.parts.every(isUploadId)
    && [length, offset].every((count) => Number.isSafeInteger(count) && count >= 0) && offset <= length && createdMs > 0 && touchedMs >= createdMs
    && pages.every(isDigest) && chunks.every(isDigest) && chunks.length < UPLOAD_PAGE_CHUNKS && tail.every(({ digest }) => isDigest(digest)) && record.by.length <= MAX_BY
  if (!isWell) throw new InvalidMessageError('not the record of an upload')
  const bytes = uploadRecordCodec.encode(record)
  if (bytes.byteLength > MAX_UPLOAD_RECORD_BYTES) throw new InvalidMessageError(`the record of an upload has ${bytes.byteLength} bytes, ${MAX_UPLOAD_RECORD_BYTES} at most`)
  return uploadRecordCodec.decode(bytes)
}
