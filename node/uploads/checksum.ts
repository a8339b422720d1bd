import { createHash, type Hash } from 'node:crypto'
import { ChecksumMismatchError, InvalidInputError } from '#protocols/errors.ts'

/** What `Upload-Checksum` may be made with. */
export const CHECKSUM_ALGORITHMS = ['sha256', 'sha1', 'md5'] as const

/** A running check of one request's bytes. */
export interface Checksum {
  update(bytes: Uint8Array): void
  /** @throws ChecksumMismatchError */
  verify(): void
}

/** Reads `Upload-Checksum: ALGORITHM BASE64`; undefined when there is none. @throws InvalidInputError */
export function checksumOf(header: string | undefined): Checksum | undefined {
  if (header === undefined) return undefined
  const [, name = '', expected = ''] = /^([a-z0-9]{1,20}) ([A-Za-z0-9+/]{1,200}={0,2})$/.exec(header) ?? []
  const algorithm = CHECKSUM_ALGORITHMS.find((known) => known === name)
  if (algorithm === undefined) throw new InvalidInputError(`Upload-Checksum is an algorithm (${CHECKSUM_ALGORITHMS.join(', ')}) and a sum in Base64`)
  return checkOf(createHash(algorithm), Buffer.from(expected, 'base64'))
}

function checkOf(hash: Hash, expected: Buffer): Checksum {
  return {
    update: (bytes) => { hash.update(bytes) },
    verify() {
      if (!hash.digest().equals(expected)) throw new ChecksumMismatchError('these bytes do not have the checksum that was sent with them: they were not kept, send them again')
    }
  }
}
