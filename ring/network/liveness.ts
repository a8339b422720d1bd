import type { PeerId } from '#protocols/ids.ts'
import type { Presence } from '#protocols/presence.ts'

/** A node from which nothing was heard for this long is not alive, in ms. @default 4000 */
export const ALIVE_MS = 4_000

/** What was heard of one node, and when. */
export interface Heard {
  readonly presence: Presence
  /** On a clock that never jumps. */
  readonly atMs: number
  /** Unix ms. */
  readonly unixMs: number
  /** Its last connection closed and it did not answer since. */
  readonly lost: boolean
}

/** Who was heard when; pure but for the clocks it is given. */
export class Liveness {
  readonly #heard = new Map<PeerId, Heard>()
  readonly #monotonicMs: () => number
  readonly #nowMs: () => number

  constructor(monotonicMs: () => number, nowMs: () => number) {
    this.#monotonicMs = monotonicMs
    this.#nowMs = nowMs
  }

  /** Whether its presence differs from the last one. */
  hear(peer: PeerId, presence: Presence): boolean {
    const before = this.#heard.get(peer)?.presence
    this.#heard.set(peer, { presence, atMs: this.#monotonicMs(), unixMs: this.#nowMs(), lost: false })
    return before === undefined || JSON.stringify(before) !== JSON.stringify(presence)
  }

  /** It is gone for now, unless it was heard at or after `sinceMs`. */
  lose(peer: PeerId, sinceMs: number): void {
    const known = this.#heard.get(peer)
    if (known !== undefined && known.atMs < sinceMs) this.#heard.set(peer, { ...known, lost: true })
  }

  isAlive(peer: PeerId): boolean {
    const known = this.#heard.get(peer)
    return known !== undefined && !known.lost && this.silentMs(peer) <= ALIVE_MS
  }

  /** Since it was heard last, in ms; Infinity when it never was. */
  silentMs(peer: PeerId): number {
    return this.#monotonicMs() - (this.#heard.get(peer)?.atMs ?? Number.NEGATIVE_INFINITY)
  }

  of(peer: PeerId): Heard | undefined {
    return this.#heard.get(peer)
  }

  /** Forget nodes that are not in the layout any more. */
  keepOnly(peers: ReadonlySet<PeerId>): void {
    for (const peer of this.#heard.keys()) if (!peers.has(peer)) this.#heard.delete(peer)
  }
}
