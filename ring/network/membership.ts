import type { PeerId } from '#protocols/ids.ts'
import type { Presence } from '#protocols/presence.ts'
import type { Signal } from '../base/emitter.ts'
import type { Startable } from '../base/lifecycle.ts'
import type { DiskState } from '../chunks/disk-state.ts'
import type { LayoutEntry } from './layout.ts'

/** A node of the layout and how it is now. */
export interface Member extends LayoutEntry {
  readonly self: boolean
  /** Heard within `aliveMs`; always true for this node. */
  readonly alive: boolean
  /** Unix ms of the last heartbeat; 0 when never heard since start. */
  readonly lastHeardMs: number
  /** Ms since then, however the clock was set meanwhile; Infinity when never heard since start. */
  readonly silentMs: number
  readonly presence: Presence | undefined
}

export interface Membership extends Startable {
  /** All nodes of the layout that are not gone, this one included, sorted by peer id. */
  members(): Member[]
  /** Peer ids of `members()` that answer now, this node included. */
  alive(): PeerId[]
  isAlive(peer: PeerId): boolean
  /** How another node's disk is, as it last said; `ok` when it did not say yet. */
  diskOf(peer: PeerId): DiskState
  /** A node came, went, changed its place in the layout, or takes writes from now on, or no more. */
  readonly changed: Signal<void>
  /** A heartbeat brought another presence (cameras, disk). */
  readonly presenceChanged: Signal<PeerId>
  /** Send this node's presence now instead of with the next heartbeat. */
  announce(): void
}
