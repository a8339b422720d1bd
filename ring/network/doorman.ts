import type { PeerId } from '#protocols/ids.ts'
import type { Credentials } from '../identity/credentials.ts'
import type { Caller } from './network.ts'

/** A stranger that has neither joined nor shown a certificate by then is disconnected, in ms. @default 15000 */
export const STRANGER_TIMEOUT_MS = 15_000

/** Knows who of the connected peers is a member, and shows strangers out. */
export interface Doorman {
  /** This peer has proven what it is. */
  admit(caller: Caller): void
  /** A node by certificate shown since it connected, or by the layout. */
  isNode(peer: PeerId): boolean
  isMember(peer: PeerId): boolean
  arrived(peer: PeerId): void
  left(peer: PeerId): void
  stop(): void
}

/** `showOut` closes all connections of a peer. */
export function createDoorman({ credentials, showOut }: { credentials: Credentials; showOut: (peer: PeerId) => void }, strangerTimeoutMs = STRANGER_TIMEOUT_MS): Doorman {
  const admitted = new Map<PeerId, Caller>()
  const waiting = new Map<PeerId, NodeJS.Timeout>()

  const isNode = (peer: PeerId): boolean => !credentials.isRevoked(peer) && (admitted.get(peer)?.role === 'node' || credentials.isLayoutNode(peer))
  const isMember = (peer: PeerId): boolean => !credentials.isRevoked(peer) && (admitted.has(peer) || credentials.isLayoutNode(peer))

  function forgetWait(peer: PeerId): void {
    clearTimeout(waiting.get(peer))
    waiting.delete(peer)
  }

  return {
    isNode,
    isMember,
    admit(caller) {
      admitted.set(caller.peerId, caller)
      forgetWait(caller.peerId)
    },
    arrived(peer) {
      if (isMember(peer)) return
      forgetWait(peer)
      waiting.set(peer, setTimeout(() => {
        waiting.delete(peer)
        if (!isMember(peer)) showOut(peer)
      }, strangerTimeoutMs).unref())
    },
    left(peer) {
      admitted.delete(peer)
      forgetWait(peer)
    },
    stop() {
      for (const peer of waiting.keys()) forgetWait(peer)
    }
  }
}
