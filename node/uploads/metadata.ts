import { InvalidInputError } from '#protocols/errors.ts'
import { sentPath } from '../library/importer.ts'

/** Longest `Upload-Metadata`, in bytes. @default 8192 */
export const MAX_METADATA_BYTES = 8_192
/** Most keys of it. @default 32 */
export const MAX_METADATA_KEYS = 32

const KEY = /^[\x21-\x2b\x2d-\x7e]{1,128}$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/

/** What a sender says of a file. */
export interface UploadMetadata {
  /** Name, folders and all, as it is shown. */
  readonly path: string
  /** Hex, or empty when it was not said. */
  readonly sha256: string
  /** When the file was last written, Unix ms. */
  readonly modifiedAtMs: number | undefined
}

/** `Upload-Metadata` as tus 1.0 has it: `key base64,key base64,key`. @throws InvalidInputError */
export function parseMetadata(header: string): ReadonlyMap<string, string> {
  if (header.length > MAX_METADATA_BYTES) throw new InvalidInputError(`Upload-Metadata is longer than ${MAX_METADATA_BYTES} bytes: send less of it`)
  const pairs = new Map<string, string>()
  for (const pair of header.split(',').filter((text) => text.trim() !== '')) {
    const [key = '', value = '', ...rest] = pair.trim().split(' ')
    if (!KEY.test(key) || rest.length > 0 || !BASE64.test(value)) throw new InvalidInputError(`Upload-Metadata is pairs of a key and a value in Base64, with commas between: ${JSON.stringify(pair.slice(0, 60))} is none`)
    if (pairs.has(key)) throw new InvalidInputError(`Upload-Metadata says ${JSON.stringify(key.slice(0, 60))} twice`)
    if (pairs.size >= MAX_METADATA_KEYS) throw new InvalidInputError(`Upload-Metadata has more than ${MAX_METADATA_KEYS} keys`)
    pairs.set(key, Buffer.from(value, 'base64').toString('utf8'))
  }
  return pairs
}

/** The path by the names that clients give it, most telling first. @throws InvalidInputError */
export function readMetadata(header: string): UploadMetadata {
  const pairs = parseMetadata(header)
  const named = ['relativePath', 'filename', 'name'].map((key) => pairs.get(key)).find((value) => value !== undefined && value !== '' && value !== 'null')
  const sha256 = (pairs.get('sha256') ?? '').toLowerCase()
  if (!/^(?:[0-9a-f]{64})?$/.test(sha256)) throw new InvalidInputError('sha256 in Upload-Metadata is not 64 hex digits')
  return { path: sentPath(named ?? 'unnamed'), sha256, modifiedAtMs: readTime(pairs.get('lastModified')) }
}

/** Of JavaScript's dates. @throws InvalidInputError */
function readTime(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^-?\d{1,16}$/.test(text) || Number.isNaN(new Date(Number(text)).getTime())) throw new InvalidInputError('lastModified in Upload-Metadata is no time in whole milliseconds since 1970')
  return Number(text)
}
