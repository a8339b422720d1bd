import type { ChunkId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'

/** Where a chunk lies in a blob. */
export interface ChunkPlace {
  /** Manifest of the blob. */
  readonly blob: ChunkId
  /** Offset of its first byte. */
  readonly at: number
  /** Its length in bytes. */
  readonly bytes: number
}

/** Blobs whose bytes lie where no node of the ring is, whole: a bucket. What it answers is hashed before anybody gets it. */
export interface Beyond {
  /** Whether this blob's bytes were taken off the ring's disks. */
  isAway(blob: ChunkId): boolean
  /** undefined when it is not there either. */
  read(place: ChunkPlace, options: AbortOptions): Promise<Uint8Array | undefined>
}

/** For a ring that has nothing but its nodes. */
export const NOTHING_BEYOND: Beyond = Object.freeze({ isAway: () => false, read: async () => undefined })
