import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidInputError, InvalidInviteError, MemberUnreachableError, NotAuthorizedError, ThatDamError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import { JOIN_PROTOCOL, joinRequestCodec, joinResponseCodec, type Certificate, type Invite, type JoinRequest, type JoinResponse, type NodeAddress } from '#protocols/join.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import { limiter } from '../base/tasks.ts'
import { issueCertificate, verifyCertificate } from '../identity/certificate.ts'
import { inviteKeyOf, proveInvite, verifyPresented } from '../identity/invite.ts'
import { removed } from '../identity/credentials.ts'
import { publicKeyOf } from '../identity/ring-key.ts'
import { checkPrintable, checkWeight } from './claims.ts'
import { parseAddress, peerOfAddress } from './dialer.ts'
import type { FrameStream } from './frame-stream.ts'
import type { Admission, LayoutEntry, LayoutStore } from './layout.ts'
import type { MemberNetwork } from './member-network.ts'
import { errorFields, errorOf } from './rpc-errors.ts'

/** Time one node has to let us in, in ms. @default 10000 */
export const JOIN_TIMEOUT_MS = 10_000
/** Times every known node is asked before joining is given up. @default 3 */
export const JOIN_ROUNDS = 3
/** Pause between two rounds, in ms. @default 1000 */
export const JOIN_PAUSE_MS = 1_000
/** Addresses of one machine that are kept. @default 32 */
export const MAX_ADDRESSES = 32

export interface JoinServerComponents {
  readonly network: MemberNetwork
  readonly layout: LayoutStore
  readonly log: Logger
  /** Unix ms. */
  readonly now?: () => number
}

/** Let machines with an invite in: what every node does that has the ring's key of now. */
export function serveJoins({ network, layout, log, now = Date.now }: JoinServerComponents): void {
  const { credentials } = network
  const { ringId } = credentials
  const inTurn = limiter(1) // an invite's uses are counted and written before the next machine is looked at

  const entryOf = (peer: PeerId): LayoutEntry | undefined => layout.layout().find(({ peerId }) => peerId === peer)

  async function admit(request: JoinRequest, remote: PeerId): Promise<Partial<JoinResponse>> {
    if (!request.capability) throw new InvalidInviteError('the request carries no invite')
    const revocation = layout.revocations().find(({ peerId }) => peerId === remote)
    if (revocation !== undefined) throw removed(revocation.reason)
    const ringSeed = credentials.ringSeed()
    if (network.retired) throw new MemberUnreachableError('this node is no member of the ring any more: ask another')
    if (ringSeed === undefined) throw new MemberUnreachableError("this node is waiting for the ring's new key: ask another, or again in a moment")
    const ringKey = publicKeyOf(ringSeed)
    const { role } = request.capability
    const known = checkInvite(request, remote, ringKey)
    const isGone = entryOf(remote)?.state === 'gone'
    if (isGone && known !== undefined) throw new NotAuthorizedError('this machine left the ring or was struck off: it needs a new invite')
    if (isGone && role === 'node') await putNode(request, remote) // before the invite counts as used: asked again, it must still be good
    if (known === undefined) await layout.putAdmission({ peerId: remote, role, name: request.name, inviteKey: inviteKeyOf(request.capability), admittedAtMs: now(), uses: request.capability.uses })
    if (role === 'node') await putNode(request, remote)
    const certificate = issueCertificate(ringSeed, { ringId, peerId: remote, role }, now())
    network.admit({ peerId: remote, role }, certificate)
    log('%s joined as %s: %s', request.name, role, remote)
    return { certificate, ringKey, nodes: activeNodes(layout), ...(role === 'node' ? { ringSeed } : {}) }
  }

  /** The admission of a machine that came in by this invite before. @throws InvalidInviteError, InvalidInputError */
  function checkInvite(request: JoinRequest, remote: PeerId, ringKey: Uint8Array): Admission | undefined {
    const { capability, proof } = request
    const guests = layout.admissions().filter(({ inviteKey }) => inviteKey === inviteKeyOf(capability))
    const known = guests.find(({ peerId, role }) => peerId === remote && role === capability.role)
    const usedBy = guests.filter(({ peerId }) => peerId !== remote).map(({ name }) => name)
    verifyPresented({ ringId, ringKey, admittedBefore: known !== undefined, usedBy }, { capability, proof, remote }, now())
    checkClaims(request, remote)
    return known
  }

  async function putNode({ name, zone, weight, addresses }: JoinRequest, peerId: PeerId): Promise<void> {
    const known = entryOf(peerId)
    await layout.putLayout({ peerId, name, zone, weight, addresses, state: 'active', joinedAtMs: known?.joinedAtMs ?? now() })
  }

  network.serveStrangers(JOIN_PROTOCOL, joinRequestCodec.maxBytes, async (frames, remote) => {
    const first = await frames.read({ signal: AbortSignal.timeout(JOIN_TIMEOUT_MS) })
    if (first === undefined) return
    const request = joinRequestCodec.decode(first)
    const answer = await inTurn(() => admit(request, remote)).catch((err) => {
      log('%s may not join - %s', remote, err)
      return errorFields(err, undefined)
    })
    await frames.write(joinResponseCodec.encode(answer as JoinResponse))
  })
}

export interface JoinInit {
  readonly invite: Invite
  readonly name: string
  readonly zone: string
  readonly weight: number
}

/** What a node gave us when it let us in. */
export interface Joined {
  readonly via: PeerId
  readonly certificate: Certificate
  /** Nodes get the seed of the ring's key. */
  readonly ringSeed: Uint8Array | undefined
  readonly nodes: NodeAddress[]
}

/** Join through the first of the invite's addresses that answers. @throws MemberUnreachableError when none does, and what the ring refused us with */
export async function joinByInvite(network: MemberNetwork, init: JoinInit, options: AbortOptions = {}): Promise<Joined> {
  const { addresses } = init.invite
  for (const address of addresses) await network.learn(peerOfAddress(address), [address])
  return joinThrough(network, init, [...new Set(addresses.map(peerOfAddress))], options)
}

/** Join through the first of these nodes that answers; a round in which none did is repeated, for a stream can be cut while a node is busy. @throws as joinByInvite */
export async function joinThrough(network: MemberNetwork, init: JoinInit, nodes: readonly PeerId[], options: AbortOptions = {}): Promise<Joined> {
  let failures: string[] = []
  for (let round = 0; round < JOIN_ROUNDS; round++) {
    if (round > 0) await sleep(JOIN_PAUSE_MS, undefined, { signal: options.signal })
    failures = []
    for (const node of nodes) {
      try {
        return await joinVia(network, init, node, options)
      } catch (err) {
        if (!(err instanceof MemberUnreachableError) || options.signal?.aborted === true) throw err
        failures.push(err.message)
      }
    }
  }
  throw new MemberUnreachableError(`no node of the ring answers; is one running, and can this machine reach it? ${failures.join('; ')}`)
}

async function joinVia(network: MemberNetwork, { invite, name, zone, weight }: JoinInit, node: PeerId, { signal }: AbortOptions): Promise<Joined> {
  const limit = AbortSignal.any([AbortSignal.timeout(JOIN_TIMEOUT_MS), ...(signal ? [signal] : [])])
  const frames = await network.openBare(node, JOIN_PROTOCOL, joinResponseCodec.maxBytes, { signal: limit })
  try {
    const proof = proveInvite(invite.inviteSeed, network.self)
    await frames.write(joinRequestCodec.encode({ capability: invite.capability, proof, name, zone, weight, addresses: network.addresses() }), { signal: limit })
    const joined = readAnswer(await answerOf(frames, node, limit), network.self, invite, node)
    for (const { peerId, addresses } of joined.nodes) await network.learn(peerId, addresses)
    return joined
  } finally {
    await frames.close()
  }
}

async function answerOf(frames: FrameStream, node: PeerId, signal: AbortSignal): Promise<JoinResponse> {
  const answer = await frames.read({ signal }).catch((err) => {
    throw err instanceof ThatDamError ? err : new MemberUnreachableError(`${node} did not answer in time`)
  })
  if (answer === undefined) throw new MemberUnreachableError(`${node} closed the connection without an answer`)
  return joinResponseCodec.decode(answer)
}

function readAnswer({ certificate, ringKey, ringSeed, nodes, errorCode, errorMessage }: JoinResponse, self: PeerId, { capability }: Invite, via: PeerId): Joined {
  if (errorCode !== '') throw errorOf(errorCode, errorMessage)
  if (!certificate) throw new NotAuthorizedError('the node sent no certificate')
  // The key may have been changed since the invite was printed: then the node, which the invite names and noise proved, is believed.
  verifyCertificate({ ringId: capability.ringId, ringKey }, certificate, self, certificate.issuedAtMs) // by the node's clock: ours may be wrong
  if (capability.role === 'peer') return { via, certificate, ringSeed: undefined, nodes }
  if (ringSeed.byteLength === 0 || !Buffer.from(publicKeyOf(ringSeed)).equals(ringKey)) throw new NotAuthorizedError("the node sent a key that is not the ring's")
  return { via, certificate, ringSeed, nodes }
}

/** Where the ring's active nodes are. */
export function activeNodes(layout: Pick<LayoutStore, 'layout'>): NodeAddress[] {
  return layout.layout().filter(({ state }) => state === 'active')
    .map(({ peerId, name, zone, weight, addresses }) => ({ peerId, name, zone, weight, addresses: [...addresses] }))
}

function checkClaims({ name, zone, weight, addresses, capability }: JoinRequest, remote: PeerId): void {
  checkPrintable('name', name)
  checkPrintable('zone', zone)
  if (name.trim() === '') throw new InvalidInputError('a machine needs a name: use --name')
  if (capability.role === 'node') checkWeight(weight)
  if (addresses.length > MAX_ADDRESSES) throw new InvalidInputError(`more than ${MAX_ADDRESSES} addresses: listen on fewer`)
  for (const address of addresses) {
    parseAddress(address)
    if (peerOfAddress(address) !== remote) throw new InvalidInputError(`the address ${address.slice(0, 200)} is of another machine`)
  }
}
