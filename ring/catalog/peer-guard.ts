import { OverloadedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { Alarms } from '../base/alarms.ts'
import type { Logger } from '../base/log.ts'

/** Bytes of changes one member may send without being asked, per second, @default 4194304 */
export const PEER_BYTES_PER_SECOND = 4 * 1024 * 1024
/** and at once, after a rest. @default 67108864 */
export const PEER_BURST_BYTES = 64 * 1024 * 1024
/** What any message counts for beyond its bytes: some 4000 messages per second. @default 1024 */
export const MESSAGE_BYTES = 1024
/** Refused changes after which nothing more is taken from a member. @default 5 */
export const MAX_OFFENCES = 5
/** For how long, in milliseconds; and how long an offence counts. @default 600000 */
export const QUARANTINE_MS = 600_000
/** Members remembered at once. */
const MAX_PEERS = 1000

interface Peer {
  tokens: number
  seenAtMs: number
  offences: number
  lastOffenceMs: number
  /** 0: it is not in quarantine. */
  quarantinedAtMs: number
}

export interface PeerGuardComponents {
  readonly log: Logger
  readonly alarms?: Pick<Alarms, 'raise' | 'clear'>
  /** Milliseconds that never go back. */
  readonly clock: () => number
}

/** Keeps a member that sends too much, or what is refused again and again, from harming this node: its changes are not taken for a while. */
export class PeerGuard {
  readonly #components: PeerGuardComponents
  readonly #peers = new Map<PeerId, Peer>()

  constructor(components: PeerGuardComponents) {
    this.#components = components
  }

  /** A message of this length came from this member. @throws OverloadedError when it is not to be looked at */
  admit(id: PeerId, bytes: number): void {
    this.check(id)
    const peer = this.#peer(id)
    const now = this.#components.clock()
    peer.tokens = Math.min(PEER_BURST_BYTES, peer.tokens + Math.max(0, now - peer.seenAtMs) * PEER_BYTES_PER_SECOND / 1000)
    peer.seenAtMs = now
    if (peer.tokens < bytes + MESSAGE_BYTES) throw new OverloadedError(`${id} sends changes of the catalog faster than ${PEER_BYTES_PER_SECOND} bytes per second`)
    peer.tokens -= bytes + MESSAGE_BYTES
  }

  /** @throws OverloadedError while nothing is taken from this member */
  check(id: PeerId): void {
    const peer = this.#peers.get(id)
    if (peer === undefined || peer.quarantinedAtMs === 0) return
    const leftMs = peer.quarantinedAtMs + QUARANTINE_MS - this.#components.clock()
    if (leftMs > 0) throw new OverloadedError(`catalog changes of ${id} are refused for another ${Math.ceil(leftMs / 60_000)} min, because it sent ${MAX_OFFENCES} that had to be refused`)
    this.#peers.delete(id)
    this.#components.alarms?.clear(alarmOf(id))
  }

  /** What this member sent had to be refused. */
  offence(id: PeerId, reason: string): void {
    const peer = this.#peer(id)
    const now = this.#components.clock()
    peer.offences = now - peer.lastOffenceMs > QUARANTINE_MS ? 1 : peer.offences + 1
    peer.lastOffenceMs = now
    if (peer.offences < MAX_OFFENCES || peer.quarantinedAtMs > 0) return
    peer.quarantinedAtMs = now
    this.#components.log.error('catalog changes of %s are refused for %d min: %s', id, QUARANTINE_MS / 60_000, reason)
    this.#components.alarms?.raise({
      key: alarmOf(id), severity: 'critical',
      message: `Member ${id} sends catalog changes that can not be accepted (${reason.slice(0, 160)}). Nothing is taken from it for ${QUARANTINE_MS / 60_000} minutes; all other members go on. Update or restart it; if it is not to be trusted, take it out with: thatdam ring revoke ${id}`
    })
  }

  #forgetOne(): void {
    for (const [id, { quarantinedAtMs }] of this.#peers) if (quarantinedAtMs === 0) return void this.#peers.delete(id)
  }

  #peer(id: PeerId): Peer {
    let peer = this.#peers.get(id)
    if (peer === undefined) {
      if (this.#peers.size >= MAX_PEERS) this.#forgetOne()
      peer = { tokens: PEER_BURST_BYTES, seenAtMs: this.#components.clock(), offences: 0, lastOffenceMs: 0, quarantinedAtMs: 0 }
      this.#peers.set(id, peer)
    }
    return peer
  }
}

const alarmOf = (id: PeerId): string => `catalog-peer/${id}`
