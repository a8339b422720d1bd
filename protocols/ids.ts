import { createHash } from 'node:crypto'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { InvalidIdError } from './errors.ts'

/** CIDv1 (raw, sha2-256, base32) of a chunk's bytes. A blob is named by the chunk id of its manifest. */
export type ChunkId = string & { readonly __chunkId: true }
/** Lower-case hex SHA-256 of an asset's original bytes. */
export type AssetId = string & { readonly __assetId: true }
/** Slug of a camera's name: `[a-z0-9-]`, 1 to 64 characters. */
export type CameraId = string & { readonly __cameraId: true }
/** base58btc libp2p peer id of an Ed25519 key. */
export type PeerId = string & { readonly __peerId: true }
/** Lower-case hex SHA-256 of the ring's Ed25519 public key. */
export type RingId = string & { readonly __ringId: true }
/** 0 to 255: the first byte of an id's hash. */
export type Partition = number & { readonly __partition: true }

export const PARTITIONS = 256
export const ALL_PARTITIONS: readonly Partition[] = Array.from({ length: PARTITIONS }, (_, partition) => partition as Partition)

const RAW_CODEC = 0x55
const SHA2_256 = 0x12

/** The id of these bytes (at most one chunk of them). */
export function chunkIdOf(bytes: Uint8Array): ChunkId {
  return chunkIdOfDigest(createHash('sha256').update(bytes).digest())
}

/** The id of the chunk whose SHA-256 is `digest` (32 bytes). */
export function chunkIdOfDigest(digest: Uint8Array): ChunkId {
  return CID.createV1(RAW_CODEC, createDigest(SHA2_256, digest)).toString() as ChunkId
}

/** The 32 bytes of SHA-256 inside a chunk id. */
export function digestOf(id: ChunkId): Uint8Array {
  return CID.parse(id).multihash.digest
}

/** The SHA-256 inside a chunk id, lower-case hex: what its file is called. */
export function hashOfChunk(id: ChunkId): string {
  return Buffer.from(digestOf(id)).toString('hex')
}

/** The id of the chunk whose SHA-256 is `hash` (64 hex digits). */
export function chunkOfHash(hash: string): ChunkId {
  return chunkIdOfDigest(Buffer.from(hash, 'hex'))
}

/** Check a string someone sent. @throws InvalidIdError */
export function parseChunkId(text: string): ChunkId {
  try {
    const cid = CID.parse(text)
    if (cid.version === 1 && cid.code === RAW_CODEC && cid.multihash.code === SHA2_256 && cid.toString() === text) return text as ChunkId
  } catch {}
  throw new InvalidIdError(`not a chunk id: ${text.slice(0, 80)}`)
}

/** Check a string someone sent. @throws InvalidIdError */
export function parseAssetId(text: string): AssetId {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidIdError(`not an asset id: ${text.slice(0, 80)}`)
  return text as AssetId
}

/** Check a string someone sent. @throws InvalidIdError */
export function parseCameraId(text: string): CameraId {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(text)) throw new InvalidIdError(`not a camera id: ${text.slice(0, 80)} (use a-z, 0-9 and -, at most 64)`)
  return text as CameraId
}

/** The id of the camera called `name`: lower case, everything else becomes a dash. @throws InvalidIdError when nothing is left */
export function cameraIdOf(name: string): CameraId {
  const slug = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 64).replace(/^-+|-+$/g, '')
  return parseCameraId(slug)
}

export function partitionOfChunk(id: ChunkId): Partition {
  return digestOf(id)[0] as Partition
}

export function partitionOfAsset(id: AssetId): Partition {
  return Number.parseInt(id.slice(0, 2), 16) as Partition
}

export function partitionOfCamera(id: CameraId): Partition {
  return createHash('sha256').update(id).digest()[0] as Partition
}
