import { randomBytes } from 'node:crypto'
import { InvalidInputError, InvalidInviteError } from '#protocols/errors.ts'
import type { Invite } from '#protocols/join.ts'
import { DEFAULT_WEIGHT } from '../placement/placement.ts'
import type { Identity } from './data-folder.ts'
import { KEY_BYTES, publicKeyOf, ringIdOf } from './ring-key.ts'

/** What the command line may say of a node; what it leaves out stays as it was. */
export interface NodeClaims {
  readonly name?: string
  readonly zone?: string
  readonly weight?: number
}

/** The identity to go on with, and whether the ring has to be joined with it first. */
export interface SettledIdentity {
  readonly identity: Identity
  readonly mustJoin: boolean
}

/**
 * Decide who this node is: go on as before, join the invite's ring, or found one.
 * @throws InvalidInputError when the folder belongs to another ring than the invite's, InvalidInviteError when the invite is for a camera peer
 */
export function settleIdentity(known: Identity | undefined, invite: Invite | undefined, claims: NodeClaims, defaultName: string): SettledIdentity {
  if (known === undefined) {
    if (invite === undefined) return { identity: foundRing(claims, defaultName), mustJoin: false }
    if (invite.capability.role !== 'node') throw new InvalidInviteError('this invite is for a camera peer: make one with `thatdam invite node`')
    return { identity: { ...claimed(claims, defaultName), ringId: invite.capability.ringId, hostSeed: randomBytes(KEY_BYTES), ringSeed: undefined, ports: [] }, mustJoin: true }
  }
  if (invite !== undefined && invite.capability.ringId !== known.ringId) {
    throw new InvalidInputError(`the data folder belongs to ring ${known.ringId.slice(0, 12)}, the invite is of ring ${invite.capability.ringId.slice(0, 12)}: use another --data, or leave --join out`)
  }
  if (known.ringSeed === undefined && invite === undefined) throw new InvalidInputError(`the data folder was to join ring ${known.ringId.slice(0, 12)} and was not let in yet: start again with --join and its invite`)
  return { identity: { ...known, ...withoutUndefined(claims) }, mustJoin: known.ringSeed === undefined }
}

function foundRing(claims: NodeClaims, defaultName: string): Identity {
  const ringSeed = randomBytes(KEY_BYTES)
  return { ...claimed(claims, defaultName), ringId: ringIdOf(publicKeyOf(ringSeed)), hostSeed: randomBytes(KEY_BYTES), ringSeed, ports: [] }
}

function claimed({ name, zone, weight }: NodeClaims, defaultName: string): Required<NodeClaims> {
  return { name: name ?? defaultName, zone: zone ?? '', weight: weight ?? DEFAULT_WEIGHT }
}

function withoutUndefined(claims: NodeClaims): NodeClaims {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
}
