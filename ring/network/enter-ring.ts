import { hostname } from 'node:os'
import type { NodeAddress } from '#protocols/join.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { createCredentials, createNodeCredentials, type LayoutReader, type MemberCredentials } from '../identity/credentials.ts'
import type { DataFolder, Identity } from '../identity/data-folder.ts'
import { parseInvite } from '../identity/invite.ts'
import { settleIdentity, type NodeClaims } from '../identity/node-identity.ts'
import { createHost, peerIdOfSeed, type Host, type HostInit } from './host.ts'
import { joinByInvite } from './join.ts'
import { listenAgain, portsOf } from './listen-again.ts'

export interface EnterComponents {
  readonly folder: DataFolder
  /** The layout, once the catalog is open: until then nobody is known by it. */
  readonly layout: LayoutReader
  readonly log: Logger
  readonly metrics?: Metrics
  /** Unix ms. */
  readonly now?: () => number
}

export interface EnterInit extends NodeClaims, Pick<HostInit, 'listen' | 'bootstrap' | 'mdns'> {
  /** The invite's text. */
  readonly invite?: string
}

/** A node that belongs to its ring, with its network running. */
export interface Entered {
  readonly identity: Identity & { readonly ringSeed: Uint8Array }
  readonly credentials: MemberCredentials
  readonly host: Host
  /** The nodes the ring named when it let us in; empty for a node that was in already. */
  readonly nodes: NodeAddress[]
}

/**
 * Found a ring, join one, or go on in the one the folder belongs to, and start the host.
 * The same command line works for the first start and every later one.
 * @throws InvalidInputError, InvalidInviteError, NotAuthorizedError, MemberUnreachableError
 */
export async function enterRing(components: EnterComponents, init: EnterInit, options: AbortOptions = {}): Promise<Entered> {
  const { folder } = components
  const invite = init.invite === undefined ? undefined : parseInvite(init.invite)
  const claims = { name: init.name, zone: init.zone, weight: init.weight }
  const { identity, mustJoin } = settleIdentity(folder.identity(), invite, claims, hostname().slice(0, 64))
  const listen = await listenAgain(init.listen, identity.ports)
  await folder.save(identity) // before joining: after a crash the same machine asks again
  const entered = identity.ringSeed !== undefined && !mustJoin
    ? await resume(components, { ...init, listen }, { ...identity, ringSeed: identity.ringSeed })
    : await join(components, { ...init, listen }, identity, invite as NonNullable<typeof invite>, options)
  await folder.save({ ...entered.identity, ports: portsOf(listen, entered.host.addresses()) })
  return entered
}

async function resume({ layout, log, metrics, now }: EnterComponents, init: EnterInit, identity: Entered['identity']): Promise<Entered> {
  const credentials = createNodeCredentials({ layout, now }, { ringSeed: identity.ringSeed, self: await peerIdOfSeed(identity.hostSeed), ringId: identity.ringId })
  if (identity.nextRingSeed !== undefined) credentials.holdRingSeed(identity.nextRingSeed, await peerIdOfSeed(identity.hostSeed))
  const host = await createHost({ credentials, log, metrics }, hostInit(init, identity))
  await host.start()
  return { identity, credentials, host, nodes: [] }
}

async function join({ folder, layout, log, metrics, now }: EnterComponents, init: EnterInit, identity: Identity, invite: ReturnType<typeof parseInvite>, options: AbortOptions): Promise<Entered> {
  const credentials = createCredentials({ layout, now }, invite.capability)
  const host = await createHost({ credentials, log, metrics }, hostInit(init, identity))
  await host.start()
  try {
    const joined = await joinByInvite(host, { invite, name: identity.name, zone: identity.zone, weight: identity.weight }, options)
    const member = { ...identity, ringSeed: Uint8Array.from(joined.ringSeed ?? []) }
    credentials.holdRingSeed(member.ringSeed, host.self)
    credentials.renew(joined.certificate)
    await folder.save(member)
    return { identity: member, credentials, host, nodes: joined.nodes }
  } catch (err) {
    await host.stop()
    throw err
  }
}

function hostInit({ listen, bootstrap, mdns }: EnterInit, { hostSeed }: Identity): HostInit {
  return { seed: hostSeed, listen, bootstrap, mdns }
}
