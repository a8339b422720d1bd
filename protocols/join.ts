import { protoFile } from './codec.ts'
import type { PeerId, RingId } from './ids.ts'

export const JOIN_PROTOCOL = '/thatdam/join/1.0.0'

/** What an invite's text begins with; the rest is base64url of an Invite. */
export const INVITE_PREFIX = 'thatdam1.'

/** The ring's word that whoever signs with `inviteKey` may join in `role`. */
export interface Capability {
  /** The ring's Ed25519 public key of the time, 32 bytes. */
  ringKey: Uint8Array
  ringId: RingId
  /** Machines it lets in, 1 or more. */
  uses: number
  role: 'node' | 'peer'
  /** Unix ms. */
  issuedAtMs: number
  /** Unix ms. */
  expiresAtMs: number
  /** The invite's Ed25519 public key, 32 bytes. */
  inviteKey: Uint8Array
  /** The ring's signature, 64 bytes. */
  signature: Uint8Array
}

/** What a person hands to the machine that shall join. */
export interface Invite {
  capability: Capability
  /** The private half of `inviteKey`, 32 bytes. */
  inviteSeed: Uint8Array
  /** Multiaddrs with /p2p/ of nodes to dial. */
  addresses: string[]
}

/** Proof of membership for one libp2p key. */
export interface Certificate {
  ringId: RingId
  peerId: PeerId
  role: 'node' | 'peer'
  /** Unix ms. */
  issuedAtMs: number
  /** Unix ms. */
  expiresAtMs: number
  /** The ring's signature, 64 bytes. */
  signature: Uint8Array
}

/** What a joining machine says of itself, with the proof that it holds the invite. */
export interface JoinRequest {
  capability: Capability
  /** The invite key's signature over the caller's peer id. */
  proof: Uint8Array
  name: string
  zone: string
  weight: number
  addresses: string[]
}

/** Where a node of the ring is. */
export interface NodeAddress {
  peerId: PeerId
  name: string
  zone: string
  weight: number
  addresses: string[]
}

/** Membership, or why not: `errorCode` is empty when the caller is in. */
export interface JoinResponse {
  certificate: Certificate | null
  /** Nodes get the seed of the ring's key, 32 bytes; peers nothing. */
  ringSeed: Uint8Array
  nodes: NodeAddress[]
  /** The ring's public key that signed the certificate, 32 bytes. */
  ringKey: Uint8Array
  errorCode: string
  errorMessage: string
}

export const KEY_PROTOCOL = '/thatdam/key/1.0.0'

/** The seed of the ring's key of now, 32 bytes; empty when the node that answers does not have it yet. */
export interface KeyResponse {
  ringSeed: Uint8Array
}

const joinFile = protoFile('./join.proto')

export const capabilityCodec = joinFile<Capability>('Capability', 1_024)
export const inviteCodec = joinFile<Invite>('Invite', 16_384)
export const certificateCodec = joinFile<Certificate>('Certificate', 1_024)
export const joinRequestCodec = joinFile<JoinRequest>('JoinRequest', 32_768)
export const joinResponseCodec = joinFile<JoinResponse>('JoinResponse', 1_048_576)
export const keyRequestCodec = joinFile<Record<string, never>>('KeyRequest', 16)
export const keyResponseCodec = joinFile<KeyResponse>('KeyResponse', 64)
