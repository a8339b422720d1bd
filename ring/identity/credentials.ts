import { MemberRemovedError, NotAuthorizedError } from '#protocols/errors.ts'
import type { PeerId, RingId } from '#protocols/ids.ts'
import type { Certificate } from '#protocols/join.ts'
import type { LayoutStore } from '../network/layout.ts'
import type { Caller } from '../network/network.ts'
import { CERTIFICATE_VALIDITY_MS, checkClaims, isCertifiedBy, issueCertificate, verifyCertificate } from './certificate.ts'
import { roleIn, settleKey, type SettledKey } from './key-generation.ts'
import { publicKeyOf, ringIdOf } from './ring-key.ts'

/** What this machine shows to others, and how it judges what others show. */
export interface Credentials {
  readonly ringId: RingId
  /** Undefined until this machine has joined. */
  certificate(): Certificate | undefined
  /**
   * Who the remote end is. Whom the ring's root document names, that decides; a certificate speaks for machines it does not name yet, and must be by the
   * ring's key of now. @throws NotAuthorizedError, MemberRemovedError
   */
  verify(certificate: Certificate, remote: PeerId): Caller
  isRevoked(peer: PeerId): boolean
  /** Whether the ring's root document names this peer as a node: it needs no certificate to stay connected and to gossip. */
  isLayoutNode(peer: PeerId): boolean
  /** The ring's key of now, as far as this machine knows. */
  settled(): SettledKey
  /** Seed of the ring's key of now, 32 bytes; undefined while this machine does not have it. */
  ringSeed(): Uint8Array | undefined
}

/** The ring's layout, as soon as there is one. */
export type LayoutReader = () => Pick<LayoutStore, 'layout' | 'admissions' | 'generations' | 'revocations' | 'isRevoked'> | undefined

export interface CredentialsComponents {
  readonly layout?: LayoutReader
  /** Unix ms. */
  readonly now?: () => number
}

export interface MemberCredentials extends Credentials {
  /** Show this certificate from now on. */
  renew(certificate: Certificate): void
  /** Nodes hold the ring's key (seed of 32 bytes): from now on this one issues its own certificate with it, when it is the key of now. */
  holdRingSeed(ringSeed: Uint8Array, self: PeerId): void
}

/** The ring and the public key it went by when this machine last knew. */
export interface RingName {
  readonly ringId: RingId
  readonly ringKey: Uint8Array
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Credentials of a machine of this ring; it has no certificate until it joined. */
export function createCredentials(components: CredentialsComponents, name: RingName): MemberCredentials {
  return new RingCredentials(components, name)
}

/** Credentials of a node that belongs to a ring; `ringId` only once the ring's key was changed. */
export function createNodeCredentials(components: CredentialsComponents, { ringSeed, self, ringId }: { ringSeed: Uint8Array; self: PeerId; ringId?: RingId }): MemberCredentials {
  const ringKey = publicKeyOf(ringSeed)
  const credentials = createCredentials(components, { ringId: ringId ?? ringIdOf(ringKey), ringKey })
  credentials.holdRingSeed(ringSeed, self)
  return credentials
}

class RingCredentials implements MemberCredentials {
  readonly ringId: RingId
  readonly #layout: LayoutReader
  readonly #now: () => number
  readonly #seeds = new Map<string, Uint8Array>()
  #self: PeerId | undefined
  #own: Certificate | undefined
  /** Public key the own certificate is by, hex; undefined when somebody else issued it. */
  #ownKey: string | undefined
  #settled: SettledKey
  #settledFrom: readonly unknown[] = []

  constructor({ layout = () => undefined, now = Date.now }: CredentialsComponents, { ringId, ringKey }: RingName) {
    this.ringId = ringId
    this.#layout = layout
    this.#now = now
    this.#settled = { ringKey: hex(ringKey), generation: 0, entry: undefined }
  }

  certificate(): Certificate | undefined {
    const { ringKey } = this.settled()
    const seed = this.#seeds.get(ringKey)
    const nowMs = this.#now()
    const isDue = this.#own === undefined || this.#ownKey !== ringKey || this.#own.issuedAtMs > nowMs || this.#own.expiresAtMs - nowMs < CERTIFICATE_VALIDITY_MS / 2
    if (seed !== undefined && this.#self !== undefined && isDue) {
      this.#own = issueCertificate(seed, { ringId: this.ringId, peerId: this.#self, role: 'node' }, nowMs)
      this.#ownKey = ringKey
    }
    return this.#own
  }

  renew(certificate: Certificate): void {
    this.#own = certificate
    this.#ownKey = undefined
  }

  holdRingSeed(ringSeed: Uint8Array, self: PeerId): void {
    this.#self = self
    this.#seeds.set(hex(publicKeyOf(ringSeed)), ringSeed)
    this.certificate()
  }

  ringSeed(): Uint8Array | undefined {
    return this.#seeds.get(this.settled().ringKey)
  }

  isRevoked(peer: PeerId): boolean {
    return this.#layout()?.isRevoked(peer) ?? false
  }

  isLayoutNode(peer: PeerId): boolean {
    return this.#roleOf(peer) === 'node'
  }

  verify(certificate: Certificate, remote: PeerId): Caller {
    if (this.isRevoked(remote)) throw removed(this.#layout()?.revocations().find(({ peerId }) => peerId === remote)?.reason)
    checkClaims(this.ringId, certificate, remote)
    const role = this.#roleOf(remote)
    if (role !== undefined && certificate.role === role) return { peerId: remote, role }
    this.#checkCertificate(this.settled().ringKey, certificate, remote)
    return { peerId: remote, role: certificate.role }
  }

  settled(): SettledKey {
    const layout = this.#layout()
    const from = [layout?.generations(), layout?.revocations()]
    if (layout !== undefined && from.some((value, index) => value !== this.#settledFrom[index])) {
      this.#settledFrom = from
      this.#settled = settleKey({ ringId: this.ringId, pinned: this.#settled.ringKey, generations: layout.generations(), isRevoked: (peer) => layout.isRevoked(peer) })
    }
    return this.#settled
  }

  /** By the roll of the ring's key of now; before the first change, by the layout and the admissions. */
  #roleOf(peer: PeerId): 'node' | 'peer' | undefined {
    const layout = this.#layout()
    if (layout === undefined || layout.isRevoked(peer)) return undefined
    const settled = this.settled()
    const entry = layout.layout().find(({ peerId }) => peerId === peer)
    if (settled.entry !== undefined) return entry?.state === 'gone' ? undefined : roleIn(settled, peer)
    if (entry !== undefined) return entry.state === 'gone' ? undefined : 'node'
    return layout.admissions().find(({ peerId }) => peerId === peer)?.role
  }

  #checkCertificate(ringKey: string, certificate: Certificate, remote: PeerId): void {
    const older = this.#layout()?.generations().map(({ previous }) => previous).filter((key) => key !== ringKey) ?? []
    if (older.some((key) => isCertifiedBy(Buffer.from(key, 'hex'), certificate))) {
      throw new NotAuthorizedError("the certificate is by an older key of the ring, and this machine was no member when the key was changed: join again with a new invite")
    }
    verifyCertificate({ ringId: this.ringId, ringKey: Buffer.from(ringKey, 'hex') }, certificate, remote, this.#now())
  }
}

/** What a removed machine is told. */
export function removed(reason: string | undefined): MemberRemovedError {
  return new MemberRemovedError(`this machine was removed from the ring${reason === undefined || reason === '' ? '' : ` (${reason})`}: it comes back only with a new invite and a new key`)
}
