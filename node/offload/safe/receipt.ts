/**
 * Which copies of a roll's chunks were read back from disks. The chunks are numbered as they are named beneath the roll's list, one that is
 * named twice twice; a node has a bit for each that it read and found good. dag-cbor `{v: 1, manifest, nodes: [{peerId, readMs, bits}]}`.
 */
import { encode } from '@ipld/dag-cbor'
import { InvalidMessageError } from '#protocols/errors.ts'
import { type ChunkId, parseChunkId, type PeerId } from '#protocols/ids.ts'
import { chunksUnder, type Ring } from '#ring'
import { cborMap } from '#ring/base/cbor-map.ts'
import type { AbortOptions } from '#ring/base/lifecycle.ts'

/** Chunks that nodes are asked about at once. @default 1024 */
export const RECEIPT_BATCH = 1_024
/** Longest receipt that is read, in bytes: 8 million chunks on 64 nodes. @default 67108864 */
export const MAX_RECEIPT_BYTES = 64 * 1024 ** 2

export interface NodeReceipt {
  /** When its disk was read last, Unix ms. */
  readMs: number
  bits: Uint8Array
}

export interface Receipt {
  readonly manifest: ChunkId
  readonly nodes: Map<PeerId, NodeReceipt>
}

export const hasBit = (bits: Uint8Array, at: number): boolean => ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0

export function encodeReceipt({ manifest, nodes }: Receipt): Uint8Array {
  return encode({ v: 1, manifest, nodes: [...nodes].map(([peerId, { readMs, bits }]) => ({ peerId, readMs, bits })) })
}

/** @throws InvalidMessageError */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const { v, manifest, nodes } = cborMap(bytes, MAX_RECEIPT_BYTES, refuse)
  if (v !== 1 || typeof manifest !== 'string' || !Array.isArray(nodes)) refuse('it is of no version that is known')
  return { manifest: parseChunkId(manifest), nodes: new Map(nodes.map(nodeOf)) }
}

function nodeOf(value: unknown): [PeerId, NodeReceipt] {
  const { peerId, readMs, bits } = (value ?? {}) as Record<string, unknown>
  if (typeof peerId !== 'string' || typeof readMs !== 'number' || !(bits instanceof Uint8Array)) refuse('what it says of a node is not readable')
  return [peerId as PeerId, { readMs, bits }]
}

function refuse(why: string): never {
  throw new InvalidMessageError(`not a receipt of a roll: ${why}`)
}

/** Everything beneath a roll's list, some at a time, with the number of the first. */
export async function* batchesUnder(ring: Pick<Ring, 'chunks'>, manifest: ChunkId, options: AbortOptions = {}): AsyncGenerator<{ first: number; ids: ChunkId[] }> {
  let ids: ChunkId[] = []
  let first = 0
  for await (const { id } of chunksUnder({ kind: 'roll', id: manifest }, (id) => ring.chunks.get(id, options))) {
    ids.push(id)
    if (ids.length < RECEIPT_BATCH) continue
    yield { first, ids }
    first += ids.length
    ids = []
  }
  if (ids.length > 0) yield { first, ids }
}

export interface ReadBackInit extends AbortOptions {
  onProgress?: (chunks: number, bytes: number) => void
  /** Unix ms. @default Date.now */
  now?: () => number
}

/** Have every live node read its chunks of the roll from its disk, now; what is not whole is mended by the way. */
export async function readBackRoll(ring: Pick<Ring, 'chunks' | 'verification'>, manifest: ChunkId, { signal, onProgress, now = Date.now }: ReadBackInit = {}): Promise<Receipt> {
  const nodes = new Map<PeerId, NodeReceipt>()
  for await (const { first, ids } of batchesUnder(ring, manifest, { signal })) {
    const good = new Map<PeerId, Set<ChunkId>>()
    await ring.verification.chunks(ids, {
      signal, onProgress: ({ chunks, bytes }) => onProgress?.(chunks, bytes),
      onGood: (peer, some) => good.set(peer, new Set([...good.get(peer) ?? [], ...some]))
    })
    for (const [peer, whole] of good) note(nodes, peer, first, ids.map((id) => whole.has(id)), now())
  }
  return { manifest, nodes }
}

function note(nodes: Map<PeerId, NodeReceipt>, peer: PeerId, first: number, good: readonly boolean[], readMs: number): void {
  const receipt = nodes.get(peer) ?? { readMs, bits: new Uint8Array() }
  const bits = new Uint8Array(Math.max(receipt.bits.byteLength, ((first + good.length) >> 3) + 1))
  bits.set(receipt.bits)
  for (const [i, isGood] of good.entries()) if (isGood) bits[(first + i) >> 3] = (bits[(first + i) >> 3] ?? 0) | (1 << ((first + i) & 7))
  nodes.set(peer, { readMs, bits })
}
