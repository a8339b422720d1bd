import { encode as encodeCbor } from '@ipld/dag-cbor'
import { InvalidMessageError } from '#protocols/errors.ts'
import { cborMap } from '../base/cbor-map.ts'
import { CHUNK_BYTES } from './chunk-store.ts'

/** Chunks one manifest lists; a longer blob has a root manifest that lists part manifests of this many. @default 16384 */
export const MANIFEST_CHUNKS = 16_384
const DIGEST_BYTES = 32

/** What a blob consists of. dag-cbor `{v: 1, size, chunkBytes, sha256, chunks: [digest…]}`, or `parts` instead of `chunks` when it is long. */
export interface Manifest {
  /** Bytes of the blob. */
  readonly size: number
  /** Bytes of every chunk but the last, which has the rest. */
  readonly chunkBytes: number
  /** SHA-256 of the whole blob, 32 bytes. */
  readonly sha256: Uint8Array
  /** Digests of the chunks in order; empty when `parts` is set. */
  readonly chunks: readonly Uint8Array[]
  /** Digests of part manifests, each listing MANIFEST_CHUNKS chunks (the last one the rest). */
  readonly parts: readonly Uint8Array[]
}

/** How many chunks a blob of `size` bytes is cut into. */
export function chunkCount({ size, chunkBytes }: Pick<Manifest, 'size' | 'chunkBytes'>): number {
  return Math.ceil(size / chunkBytes)
}

export function encodeManifest({ size, chunkBytes, sha256, chunks, parts }: Manifest): Uint8Array {
  const list = parts.length > 0 ? { parts } : { chunks }
  return encodeCbor({ v: 1, size, chunkBytes, sha256, ...list })
}

/** @throws InvalidMessageError naming what is wrong */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const { v, size, chunkBytes, sha256, chunks, parts, ...unknown } = cborMap(bytes, CHUNK_BYTES, refuse)
  if (v !== 1) refuse('version is not 1')
  if (Object.keys(unknown).length > 0) refuse('it has fields of no version 1 manifest')
  if (!isCount(size)) refuse('size is not a whole number of bytes')
  if (!isCount(chunkBytes) || chunkBytes < 1 || chunkBytes > CHUNK_BYTES) refuse(`chunkBytes is not between 1 and ${CHUNK_BYTES}`)
  if (!isDigest(sha256)) refuse('sha256 is not 32 bytes')
  if ((chunks === undefined) === (parts === undefined)) refuse('it has not exactly one of chunks and parts')

  const count = chunkCount({ size, chunkBytes })
  if (parts === undefined) {
    if (count > MANIFEST_CHUNKS) refuse(`it has more than ${MANIFEST_CHUNKS} chunks and no parts`)
    return { size, chunkBytes, sha256, chunks: digests(chunks, count), parts: [] }
  }
  if (count <= MANIFEST_CHUNKS) refuse('it has parts but is short enough for one manifest')
  return { size, chunkBytes, sha256, chunks: [], parts: digests(parts, Math.ceil(count / MANIFEST_CHUNKS)) }
}

/** One part of a long blob's manifest: dag-cbor `{v: 1, chunks: [digest…]}`. */
export function encodeManifestPart(chunks: readonly Uint8Array[]): Uint8Array {
  return encodeCbor({ v: 1, chunks })
}

/** @throws InvalidMessageError when it is not a part listing `count` chunks */
export function decodeManifestPart(bytes: Uint8Array, count: number): readonly Uint8Array[] {
  const { v, chunks, ...unknown } = cborMap(bytes, CHUNK_BYTES, refuse)
  if (v !== 1 || Object.keys(unknown).length > 0) refuse('it is no version 1 part')
  return digests(chunks, count)
}

function digests(list: unknown, count: number): Uint8Array[] {
  if (!Array.isArray(list) || list.length !== count) refuse(`it does not list ${count} digests`)
  if (!list.every(isDigest)) refuse('a digest is not 32 bytes')
  return list
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isDigest = (value: unknown): value is Uint8Array => value instanceof Uint8Array && value.byteLength === DIGEST_BYTES

function refuse(why: string): never {
  throw new InvalidMessageError(`not a manifest: ${why}`)
}
