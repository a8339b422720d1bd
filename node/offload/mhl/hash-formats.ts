/** The hash formats of ASC MHL, by the names they have there and in the order in which they are written. */
import { createHash } from 'node:crypto'
import { createXXHash128, createXXHash3, createXXHash64, type IHasher } from 'hash-wasm'
import { InvalidInputError, InvalidMessageError } from '#protocols/errors.ts'
import { c4OfDigest, digestOfC4 } from './c4.ts'

export const HASH_FORMATS = ['c4', 'md5', 'sha1', 'xxh128', 'xxh3', 'xxh64'] as const
export type HashFormat = typeof HASH_FORMATS[number]

/** What an offload computes when nobody says otherwise. @default xxh128, md5, c4 */
export const DEFAULT_HASHES: readonly HashFormat[] = ['xxh128', 'md5', 'c4']

/** Something bytes are given to, and its text in the end. */
export interface Digest {
  update(bytes: Uint8Array): void
  text(): string
}

const native = (algorithm: string): Digest => {
  const hash = createHash(algorithm)
  return { update(bytes) { hash.update(bytes) }, text: () => hash.digest('hex') }
}

const wasm = (hasher: IHasher): Digest => {
  hasher.init()
  return { update(bytes) { hasher.update(bytes) }, text: () => hasher.digest('hex') }
}

function c4(): Digest {
  const hash = createHash('sha512')
  return { update(bytes) { hash.update(bytes) }, text: () => c4OfDigest(hash.digest()) }
}

const MAKERS: Readonly<Record<HashFormat | 'sha256', () => Digest | Promise<Digest>>> = {
  c4, md5: () => native('md5'), sha1: () => native('sha1'), sha256: () => native('sha256'),
  xxh128: async () => wasm(await createXXHash128()), xxh3: async () => wasm(await createXXHash3()), xxh64: async () => wasm(await createXXHash64())
}

/** A new digest of this format. */
export const digestOf = async (format: HashFormat | 'sha256'): Promise<Digest> => MAKERS[format]()

/** As it is written in a manifest. */
export async function hashBytes(format: HashFormat, ...pieces: readonly Uint8Array[]): Promise<string> {
  const digest = await digestOf(format)
  for (const piece of pieces) digest.update(piece)
  return digest.text()
}

/** The bytes behind a hash as written. @throws InvalidMessageError */
export function bytesOfHash(format: HashFormat, text: string): Uint8Array {
  if (format === 'c4') return digestOfC4(text)
  if (!/^(?:[0-9a-fA-F]{2}){8,20}$/.test(text)) throw new InvalidMessageError(`no ${format}: ${JSON.stringify(text.slice(0, 100))}`)
  return Buffer.from(text, 'hex')
}

/** @throws InvalidInputError */
export function parseHashFormats(names: readonly string[]): HashFormat[] {
  const wrong = names.find((name) => !(HASH_FORMATS as readonly string[]).includes(name))
  if (wrong !== undefined) throw new InvalidInputError(`there is no hash format ${JSON.stringify(wrong.slice(0, 40))}: they are ${HASH_FORMATS.join(', ')}`)
  if (names.length === 0) throw new InvalidInputError(`name at least one hash format: ${HASH_FORMATS.join(', ')}`)
  return HASH_FORMATS.filter((format) => names.includes(format))
}
