/** C4 ids (SMPTE ST 2114): a SHA-512 in base 58, always 90 characters. */
import { createHash } from 'node:crypto'
import { InvalidMessageError } from '#protocols/errors.ts'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const DIGITS = 88

/** Of a SHA-512 digest. */
export function c4OfDigest(digest: Uint8Array): string {
  let value = BigInt(`0x${Buffer.from(digest).toString('hex')}`)
  let text = ''
  for (; value > 0n; value /= 58n) text = ALPHABET[Number(value % 58n)] + text
  return `c4${text.padStart(DIGITS, '1')}`
}

export const c4Of = (bytes: Uint8Array): string => c4OfDigest(createHash('sha512').update(bytes).digest())

/** The 64 bytes of SHA-512 in a C4 id. @throws InvalidMessageError */
export function digestOfC4(id: string): Uint8Array {
  if (!/^c4[1-9A-HJ-NP-Za-km-z]{88}$/.test(id)) throw new InvalidMessageError(`no C4 id: ${JSON.stringify(id.slice(0, 100))}`)
  const value = Array.from(id.slice(2)).reduce((sum, digit) => sum * 58n + BigInt(ALPHABET.indexOf(digit)), 0n)
  const hex = value.toString(16).padStart(128, '0')
  if (hex.length > 128) throw new InvalidMessageError(`no C4 id: ${JSON.stringify(id)} is larger than a SHA-512`)
  return Buffer.from(hex, 'hex')
}
