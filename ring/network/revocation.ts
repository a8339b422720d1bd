import type { PeerId } from '#protocols/ids.ts'
import type { Admission } from './layout.ts'

/** A member that was removed from the ring for good. */
export interface Revocation {
  readonly peerId: PeerId
  /** Whether it stored for the ring (and so held the ring's key), or only had cameras. */
  readonly role: 'node' | 'peer'
  readonly name: string
  /** Peer id of the node it was removed on; empty when the ring did so by rule. */
  readonly by: string
  readonly reason: string
  /** Unix ms. */
  readonly atMs: number
}

/**
 * Machines that came in by an invite that was used up, on another side of a cut: of all that one invite let in, the earliest stay, by peer id where times
 * are equal. The same admissions give the same answer on every node.
 */
export function overusedInvites(admissions: readonly Admission[]): Revocation[] {
  const byInvite = Map.groupBy(admissions, ({ inviteKey }) => inviteKey)
  return [...byInvite.values()].flatMap((guests) => {
    const uses = Math.max(...guests.map(({ uses }) => uses ?? Infinity))
    if (guests.length <= uses) return []
    const inOrder = guests.toSorted((a, b) => a.admittedAtMs - b.admittedAtMs || (a.peerId < b.peerId ? -1 : 1))
    return inOrder.slice(uses).map(({ peerId, role, name, admittedAtMs }) => (
      { peerId, role, name, by: '', reason: `its invite had been used by ${inOrder.slice(0, uses).map((guest) => guest.name).join(', ')}`, atMs: admittedAtMs }
    ))
  })
}
