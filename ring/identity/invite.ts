import { randomBytes } from 'node:crypto'
import { InvalidInputError, InvalidInviteError, ThatDamError } from '#protocols/errors.ts'
import type { PeerId, RingId } from '#protocols/ids.ts'
import { capabilityCodec, inviteCodec, INVITE_PREFIX, type Capability, type Invite } from '#protocols/join.ts'
import { CLOCK_TOLERANCE_MS } from './certificate.ts'
import { isSignedBy, KEY_BYTES, publicKeyOf, ringIdOf, signWith } from './ring-key.ts'

const CAPABILITY_CONTEXT = 'thatdam-capability-1'
const PROOF_CONTEXT = 'thatdam-join-1'
/** A longer text is not read at all. */
const MAX_INVITE_CHARACTERS = 24_000

/** Machines an invite lets in unless it says otherwise. @default 1 */
export const DEFAULT_INVITE_USES = 1
/** Most machines one invite lets in. @default 10000 */
export const MAX_INVITE_USES = 10_000

export interface InviteTerms {
  readonly role: 'node' | 'peer'
  /** @default DEFAULT_INVITE_USES */
  readonly uses?: number
  /** The ring's id, once its key was changed: until then it follows from the seed. */
  readonly ringId?: RingId
  readonly expiresAtMs: number
  /** Multiaddrs with /p2p/ of nodes that the invited machine can dial. */
  readonly addresses: readonly string[]
}

/** A new invite to the ring of this seed. */
export function createInvite(ringSeed: Uint8Array, { role, expiresAtMs, addresses, uses = DEFAULT_INVITE_USES, ringId }: InviteTerms, nowMs: number): Invite {
  if (!Number.isInteger(uses) || uses < 1 || uses > MAX_INVITE_USES) throw new InvalidInputError(`an invite lets 1 to ${MAX_INVITE_USES} machines in, not ${uses}`)
  const inviteSeed = randomBytes(KEY_BYTES)
  const ringKey = publicKeyOf(ringSeed)
  const terms = { ringKey, ringId: ringId ?? ringIdOf(ringKey), uses, role, issuedAtMs: nowMs, expiresAtMs, inviteKey: publicKeyOf(inviteSeed) }
  const signature = signWith(ringSeed, CAPABILITY_CONTEXT, capabilityCodec.encode(terms as Capability))
  return { capability: { ...terms, signature }, inviteSeed, addresses: [...addresses] }
}

/** What a person copies: `thatdam1.` and base64url. */
export function formatInvite(invite: Invite): string {
  return INVITE_PREFIX + Buffer.from(inviteCodec.encode(invite)).toString('base64url')
}

/** The same invite with other addresses: they are no part of what is signed. @throws InvalidInviteError */
export function readdressInvite(text: string, addresses: readonly string[]): string {
  return formatInvite({ ...parseInvite(text), addresses: [...addresses] })
}

/** Read an invite and check that it is whole; whether it has expired, the ring decides. @throws InvalidInviteError */
export function parseInvite(text: string): Invite {
  const trimmed = text.trim()
  if (!trimmed.startsWith(INVITE_PREFIX)) throw new InvalidInviteError(`an invite begins with "${INVITE_PREFIX}": copy all of what \`thatdam invite\` printed`)
  if (trimmed.length > MAX_INVITE_CHARACTERS) throw new InvalidInviteError('the invite is too long: copy only what `thatdam invite` printed')
  const invite = decodeInvite(trimmed.slice(INVITE_PREFIX.length))
  checkSignature(invite.capability)
  if (!Buffer.from(publicKeyOf(invite.inviteSeed)).equals(invite.capability.inviteKey)) throw new InvalidInviteError('the invite was altered: its key does not match')
  return invite
}

/** The capability's key: how the ring knows an invite again, in hex. */
export function inviteKeyOf(capability: Capability): string {
  return Buffer.from(capability.inviteKey).toString('hex')
}

/** Sign that this machine holds the invite. */
export function proveInvite(inviteSeed: Uint8Array, self: PeerId): Uint8Array {
  return signWith(inviteSeed, PROOF_CONTEXT, Buffer.from(self))
}

/** A presented capability and who presents it. */
export interface Presented {
  readonly capability: Capability
  readonly proof: Uint8Array
  readonly remote: PeerId
}

/** What the ring knows when a machine presents an invite. */
export interface Door {
  readonly ringId: RingId
  /** The ring's public key of now. */
  readonly ringKey: Uint8Array
  /** The same machine came in by the same invite before: neither expiry nor a change of the key keeps it out. */
  readonly admittedBefore: boolean
  /** Names of other machines that came in by it. */
  readonly usedBy: readonly string[]
}

/** Check what a joining machine presents. @throws InvalidInviteError saying what is wrong */
export function verifyPresented({ ringId, ringKey, admittedBefore, usedBy }: Door, { capability, proof, remote }: Presented, nowMs: number): void {
  if (capability.ringId !== ringId) throw new InvalidInviteError('the invite is for another ring')
  checkSignature(capability)
  if (!isSignedBy(capability.inviteKey, PROOF_CONTEXT, Buffer.from(remote), proof)) throw new InvalidInviteError('the machine could not prove that it holds the invite')
  if (admittedBefore) return
  if (!Buffer.from(ringKey).equals(capability.ringKey)) throw new InvalidInviteError("the invite is older than the ring's key, or not of this ring: ask for a new one")
  if (capability.issuedAtMs > nowMs + CLOCK_TOLERANCE_MS) throw new InvalidInviteError('the invite is of a later time: check the clocks of both machines')
  if (capability.expiresAtMs <= nowMs) throw new InvalidInviteError(`the invite expired at ${new Date(capability.expiresAtMs).toISOString()}: ask for a new one`)
  if (usedBy.length >= capability.uses) throw new InvalidInviteError(`this invite was used by ${usedBy.slice(0, 5).join(', ')}; print a new one`)
}

function decodeInvite(base64url: string): Invite {
  try {
    const invite = inviteCodec.decode(Buffer.from(base64url, 'base64url'))
    if (invite.capability && invite.inviteSeed.byteLength === KEY_BYTES) return invite
  } catch (err) {
    if (!(err instanceof ThatDamError)) throw err
  }
  throw new InvalidInviteError('the invite is damaged: copy all of what `thatdam invite` printed')
}

function checkSignature(capability: Capability): void {
  const { signature, ...terms } = capability
  if (!/^[0-9a-f]{64}$/.test(capability.ringId) || capability.uses < 1) throw new InvalidInviteError('the invite is damaged, or was made by an older program: print a new one')
  if (capability.role !== 'node' && capability.role !== 'peer') throw new InvalidInviteError('the invite names no known role')
  if (!isSignedBy(capability.ringKey, CAPABILITY_CONTEXT, capabilityCodec.encode(terms as Capability), signature)) throw new InvalidInviteError("the invite was altered: the ring's signature does not match")
}
