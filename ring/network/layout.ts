import { createHash } from 'node:crypto'
import type { PeerId } from '#protocols/ids.ts'
import type { Signal } from '../base/emitter.ts'
import type { KeyGeneration } from '../identity/key-generation.ts'
import type { Revocation } from './revocation.ts'

/** Who belongs to the ring, by decision. Whether it answers is another matter (membership). */
export interface LayoutEntry {
  readonly peerId: PeerId
  readonly name: string
  /** Failure domain: a room, a site. Owners of one chunk are put in distinct zones first. */
  readonly zone: string
  /** Relative capacity, more than 0. */
  readonly weight: number
  readonly state: 'active' | 'draining' | 'gone'
  readonly addresses: readonly string[]
  readonly joinedAtMs: number
}

/** Hex SHA-256 over the layout: equal exactly when two nodes have the same one. */
export function layoutDigest(entries: readonly LayoutEntry[]): string {
  const rows = entries.map(({ peerId, name, zone, weight, state, addresses, joinedAtMs }) => [peerId, name, zone, weight, state, addresses, joinedAtMs])
  return createHash('sha256').update(JSON.stringify(rows.sort(([one], [other]) => String(one) < String(other) ? -1 : 1))).digest('hex')
}

/** A machine that was admitted, and by which invite. */
export interface Admission {
  readonly peerId: PeerId
  readonly role: 'node' | 'peer'
  readonly name: string
  /** Hex of the invite's public key. */
  readonly inviteKey: string
  readonly admittedAtMs: number
  /** Machines the invite lets in; undefined for one of which that was not noted. */
  readonly uses?: number
}

/** Where the layout is kept: the catalog's root document. Reads are from memory; a put resolves when it is durable. */
export interface LayoutStore {
  layout(): readonly LayoutEntry[]
  putLayout(entry: LayoutEntry): Promise<void>
  admissions(): readonly Admission[]
  putAdmission(admission: Admission): Promise<void>
  /** Who was removed, by a person or by rule. */
  revocations(): readonly Revocation[]
  putRevocation(revocation: Revocation): Promise<void>
  isRevoked(peer: PeerId): boolean
  /** Changes of the ring's key, as they were written; which of them count, `settleKey` decides. */
  generations(): readonly KeyGeneration[]
  putGeneration(generation: KeyGeneration): Promise<void>
  readonly layoutChanged: Signal<void>
}
