import { NotAuthorizedError } from '#protocols/errors.ts'
import type { PeerId, RingId } from '#protocols/ids.ts'
import type { Certificate } from '#protocols/join.ts'
import type { LayoutStore } from '../network/layout.ts'
import type { Caller } from '../network/network.ts'
import { CERTIFICATE_VALIDITY_MS, issueCertificate, verifyCertificate } from './certificate.ts'
import { publicKeyOf, ringIdOf } from './ring-key.ts'

/** What this machine shows to others, and how it judges what others show. */
export interface Credentials {
  readonly ringId: RingId
  /** Undefined until this machine has joined. */
  certificate(): Certificate | undefined
  /** Who the remote end is. @throws NotAuthorizedError */
  verify(certificate: Certificate, remote: PeerId): Caller
  isRevoked(peer: PeerId): boolean
  /** Whether the layout names this peer: it needs no certificate to stay connected and to gossip. */
  isLayoutNode(peer: PeerId): boolean
}

/** The ring's layout, as soon as there is one. */
export type LayoutReader = () => Pick<LayoutStore, 'layout' | 'isRevoked'> | undefined

export interface CredentialsComponents {
  readonly layout?: LayoutReader
  /** Unix ms. */
  readonly now?: () => number
}

export interface MemberCredentials extends Credentials {
  /** Show this certificate from now on. */
  renew(certificate: Certificate): void
  /** Nodes hold the ring's key (seed of 32 bytes): from now on this one renews its own certificate in time. */
  holdRingSeed(ringSeed: Uint8Array, self: PeerId): void
}

/** Credentials of a machine of the ring with this public key; it has no certificate until it joined. */
export function createCredentials({ layout, now = Date.now }: CredentialsComponents, ringKey: Uint8Array): MemberCredentials {
  const ringId = ringIdOf(ringKey)
  let own: Certificate | undefined
  let issue: (() => Certificate) | undefined
  const isRevoked = (peer: PeerId): boolean => layout?.()?.isRevoked(peer) ?? false
  return {
    ringId,
    certificate() {
      if (issue !== undefined && (own === undefined || own.expiresAtMs - now() < CERTIFICATE_VALIDITY_MS / 2)) own = issue()
      return own
    },
    renew(certificate) { own = certificate },
    holdRingSeed(ringSeed, self) { issue = () => issueCertificate(ringSeed, { ringId, peerId: self, role: 'node' }, now()) },
    isRevoked,
    isLayoutNode: (peer) => !isRevoked(peer) && (layout?.()?.layout().some((entry) => entry.peerId === peer && entry.state !== 'gone') ?? false),
    verify(certificate, remote) {
      if (isRevoked(remote)) throw new NotAuthorizedError('this member was removed from the ring')
      verifyCertificate(ringKey, certificate, remote, now())
      return { peerId: remote, role: certificate.role }
    }
  }
}

/** Credentials of a node that belongs to the ring of this seed. */
export function createNodeCredentials(components: CredentialsComponents, { ringSeed, self }: { ringSeed: Uint8Array; self: PeerId }): MemberCredentials {
  const credentials = createCredentials(components, publicKeyOf(ringSeed))
  credentials.holdRingSeed(ringSeed, self)
  return credentials
}
