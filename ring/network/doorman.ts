import type { PeerId } from '#protocols/ids.ts'
import type { Certificate } from '#protocols/join.ts'
import type { Credentials } from '../identity/credentials.ts'
import type { Caller } from './network.ts'

/** A stranger that has neither joined nor shown a certificate by then is disconnected, in ms. @default 15000 */
export const STRANGER_TIMEOUT_MS = 15_000

/** Knows who of the connected peers is a member, and shows strangers out. */
export interface Doorman {
  /** This peer has proven what it is, by this certificate. */
  admit(caller: Caller, certificate: Certificate): void
  /** Show out whoever is no member any more: removed, or admitted by a key that is no longer the ring's. */
  recheck(): void
  /** A node by certificate shown since it connected, or by the layout. */
  isNode(peer: PeerId): boolean
  isMember(peer: PeerId): boolean
  /** Camera peers that are here now. */
  cameraPeers(): PeerId[]
  arrived(peer: PeerId): void
  left(peer: PeerId): void
  stop(): void
}

/** `showOut` closes all connections of a peer. */
export function createDoorman({ credentials, showOut }: { credentials: Credentials; showOut: (peer: PeerId) => void }, strangerTimeoutMs = STRANGER_TIMEOUT_MS): Doorman {
  const admitted = new Map<PeerId, { role: Caller['role']; certificate: Certificate }>()
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
    admit({ peerId, role }, certificate) {
      admitted.set(peerId, { role, certificate })
      forgetWait(peerId)
    },
    recheck() {
      for (const [peer, { certificate }] of admitted) {
        try {
          credentials.verify(certificate, peer)
        } catch {
          admitted.delete(peer)
          showOut(peer)
        }
      }
    },
    cameraPeers: () => [...admitted].filter(([, { role }]) => role === 'peer').map(([peer]) => peer),
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
