import { hkdfSync } from 'node:crypto'

/** Bytes of a derived secret. */
export const RING_SECRET_BYTES = 32

/** A secret that all nodes have and nobody else: made of the ring's key of now, another one for each purpose, and useless to find the key. */
export function ringSecret(ringSeed: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', ringSeed, 'thatdam-secret-1', purpose, RING_SECRET_BYTES))
}
