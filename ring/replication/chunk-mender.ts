import type { VerifyOutcome } from '#protocols/chunk.ts'
import { ChunkCorruptError } from '#protocols/errors.ts'
import { type ChunkId, type PeerId, partitionOfChunk } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'
import type { FileChunkStore } from '../chunks/file-chunk-store.ts'
import type { Membership } from '../network/membership.ts'
import type { Network } from '../network/network.ts'
import type { Placement } from '../placement/placement.ts'
import type { ChunkClient } from './chunk-client.ts'

/** How long one node may take to give a chunk that is damaged here, in ms. @default 10000 */
export const MEND_FETCH_TIMEOUT_MS = 10_000

export interface ChunkMenderComponents {
  readonly network: Pick<Network, 'self'>
  readonly membership: Pick<Membership, 'alive' | 'isAlive'>
  readonly placement: Pick<Placement, 'ranking'>
  readonly local: Pick<FileChunkStore, 'get' | 'put'>
  readonly exchange: Pick<ChunkClient, 'get'>
  readonly log: Logger
}

/** What a reading came to; `bytes` were read and good, from this disk. */
export interface Checked {
  readonly outcome: VerifyOutcome
  readonly bytes: number
}

type Mended = 'HEALED' | 'WAITING' | 'LOST'

/** Reads single chunks from this disk, and replaces what is not whole by what another node has. */
export class ChunkMender {
  readonly #parts: ChunkMenderComponents

  constructor(components: ChunkMenderComponents) {
    this.#parts = components
  }

  /** `wanted`: this node should hold it, so that not holding it is a fault. @throws the signal's reason */
  async check(id: ChunkId, wanted: boolean, signal: AbortSignal): Promise<Checked> {
    const held = await this.#read(id, signal)
    if (held instanceof Uint8Array) return { outcome: 'GOOD', bytes: held.byteLength }
    if (held === 'missing' && !wanted) return { outcome: 'ELSEWHERE', bytes: 0 }
    const { mended, bytes } = await this.mend(id, signal)
    return { outcome: `${held === 'missing' ? 'MISSING' : 'DAMAGED'}_${mended}`, bytes }
  }

  /** Fetch a chunk that is not whole here, store it and read it back. @throws the signal's reason */
  async mend(id: ChunkId, signal: AbortSignal): Promise<{ mended: Mended; bytes: number }> {
    const { exchange, log } = this.#parts
    let unsure = false
    for (const peer of this.#others(id)) {
      try {
        const bytes = await exchange.get(peer, id, { signal: AbortSignal.any([signal, AbortSignal.timeout(MEND_FETCH_TIMEOUT_MS)]) })
        if (bytes !== undefined) return { mended: await this.#keep(id, bytes, signal) ? 'HEALED' : 'WAITING', bytes: bytes.byteLength }
      } catch (err) {
        signal.throwIfAborted()
        log('could not fetch chunk %s from %s - %s', id, peer, err)
        unsure ||= !(err instanceof ChunkCorruptError) // damaged there too: that is an answer
      }
    }
    return { mended: unsure ? 'WAITING' : 'LOST', bytes: 0 }
  }

  async #read(id: ChunkId, signal: AbortSignal): Promise<Uint8Array | 'damaged' | 'missing'> {
    try {
      return await this.#parts.local.get(id, { signal }) ?? 'missing'
    } catch (err) {
      signal.throwIfAborted()
      if (!(err instanceof ChunkCorruptError)) this.#parts.log.error('chunk %s can not be read from this disk - %s', id, err)
      return 'damaged'
    }
  }

  async #keep(id: ChunkId, bytes: Uint8Array, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#parts.local.put(id, bytes, { signal, isHashed: true })
    } catch (err) {
      signal.throwIfAborted()
      this.#parts.log.error('chunk %s was fetched but can not be stored here - %s', id, err)
      return false
    }
    return await this.#read(id, signal) instanceof Uint8Array
  }

  /** Live nodes, the most likely holders first. */
  #others(id: ChunkId): PeerId[] {
    const { placement, membership, network: { self } } = this.#parts
    const ranked = placement.ranking(partitionOfChunk(id)).filter((peer) => membership.isAlive(peer))
    return [...new Set([...ranked, ...membership.alive()])].filter((peer) => peer !== self)
  }
}
