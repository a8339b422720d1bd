/** A camera peer's way into the ring: no disk, no place in the layout, the same peer id after every restart. */
import { hkdfSync } from 'node:crypto'
import { InvalidInviteError, MemberUnreachableError } from '#protocols/errors.ts'
import type { PeerId, RingId } from '#protocols/ids.ts'
import type { Invite, NodeAddress } from '#protocols/join.ts'
import type { Logger } from './base/log.ts'
import { createCredentials } from './identity/credentials.ts'
import { parseInvite } from './identity/invite.ts'
import { KEY_BYTES } from './identity/ring-key.ts'
import { createHost, type Host } from './network/host.ts'
import { joinByInvite, joinThrough, type Joined } from './network/join.ts'
import type { Network } from './network/network.ts'

export interface GuestInit {
  /** The invite's text, of role `peer`. */
  readonly invite: string
  /** Shown to people. */
  readonly name: string
  /** What this machine is known by, and others can not guess. The same invite and salt are the same peer. */
  readonly salt: string
  /** Tells the peers of one machine apart that came by an invite for several. @default [] */
  readonly cameras?: readonly string[]
  readonly log: Logger
}

/** A camera peer that was let in. */
export interface Guest {
  readonly network: Network
  readonly ringId: RingId
  /** The ring's active nodes, as of the last join or refresh. */
  nodes(): NodeAddress[]
  /** Ask any known node for the nodes of now, and for a new certificate. @throws MemberUnreachableError, NotAuthorizedError when removed */
  refresh(): Promise<void>
  stop(): Promise<void>
}

/** Join as a camera peer. @throws InvalidInviteError, NotAuthorizedError, MemberUnreachableError */
export async function joinAsGuest({ invite: text, name, salt, cameras = [], log }: GuestInit): Promise<Guest> {
  const invite = parseInvite(text)
  if (invite.capability.role !== 'peer') throw new InvalidInviteError('this invite is for a node: make one with `thatdam invite peer`')
  const credentials = createCredentials({}, invite.capability)
  const host = await createHost({ credentials, log }, { seed: guestSeed(invite, invite.capability.uses > 1 ? JSON.stringify([salt, cameras]) : salt), listen: [], router: false })
  const init = { invite, name, zone: '', weight: 0 }
  let nodes: NodeAddress[] = []

  function accept(joined: Joined): void {
    credentials.renew(joined.certificate)
    if (joined.nodes.length > 0) nodes = joined.nodes
  }

  await host.start()
  try {
    accept(await joinByInvite(host, init))
  } catch (err) {
    await host.stop()
    throw err
  }
  return {
    network: host,
    ringId: credentials.ringId,
    nodes: () => nodes,
    async refresh() {
      const known = byConnection(host, nodes.map(({ peerId }) => peerId))
      accept(await joinThrough(host, init, known).catch((err) => {
        if (err instanceof MemberUnreachableError) return joinByInvite(host, init)
        throw err
      }))
    },
    stop: async () => { await host.stop() }
  }
}

/** Seed of the guest's key: HKDF-SHA-256 (RFC 5869) of the invite's seed. */
function guestSeed({ inviteSeed }: Invite, salt: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', inviteSeed, salt, 'thatdam-guest-1', KEY_BYTES))
}

function byConnection(host: Host, peers: PeerId[]): PeerId[] {
  return [...peers].sort((one, other) => Number(host.isConnected(other)) - Number(host.isConnected(one)))
}
