/** How one record lies in the log: key `u!<document>!<sequence, 12 hex>`, value `crc32(key, update) (4 bytes, big endian) • update`. */
import { crc32 } from 'node:zlib'
import type { DocumentName } from './document-name.ts'

const CHECKSUM_BYTES = 4

export function recordKey(document: DocumentName, sequence: number): string {
  return `u!${document}!${sequence.toString(16).padStart(12, '0')}`
}

/** The span a document's records cover, written in the batch of every append: what should be there. */
export function spanKey(document: DocumentName): string {
  return `h!${document}`
}

export function digestKey(document: DocumentName): string {
  return `d!${document}`
}

/** Says that something of the document was lost; the value says what. It stays until the document is written anew. */
export function damageKey(document: DocumentName): string {
  return `s!${document}`
}

const KEY = /^(?:u!(?:root|[0-9a-f]{2})![0-9a-f]{12}|[hds]!(?:root|[0-9a-f]{2}))$/

/** Whether a log writes records under such keys. */
export function isRecordKey(key: string): boolean {
  return KEY.test(key)
}

export function encodeRecord(key: string, update: Uint8Array): Uint8Array {
  const record = Buffer.allocUnsafe(CHECKSUM_BYTES + update.byteLength)
  record.set(update, CHECKSUM_BYTES)
  record.writeUInt32BE(checksum(key, record.subarray(CHECKSUM_BYTES)), 0)
  return record
}

/** The update inside, or undefined when the record is not what was written under this key. */
export function decodeRecord(key: string, record: Uint8Array): Uint8Array | undefined {
  if (record.byteLength < CHECKSUM_BYTES) return undefined
  const expected = new DataView(record.buffer, record.byteOffset, record.byteLength).getUint32(0)
  const update = record.subarray(CHECKSUM_BYTES)
  return checksum(key, update) === expected ? update : undefined
}

// The key is part of the sum, so that a record can not stand in for another one.
function checksum(key: string, update: Uint8Array): number {
  return crc32(update, crc32(key))
}
