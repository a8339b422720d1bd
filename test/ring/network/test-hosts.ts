import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { noise } from '@chainsafe/libp2p-noise'
import { gossipsub, type GossipSub } from '@libp2p/gossipsub'
import { identify, type Identify } from '@libp2p/identify'
import { kadDHT, passthroughMapper, type KadDHT } from '@libp2p/kad-dht'
import { ping, type Ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import { silentLog } from '#ring/base/log.ts'
import type { PeerId } from '#protocols/ids.ts'
import { emitter } from '../../../ring/base/emitter.ts'
import { issueCertificate } from '../../../ring/identity/certificate.ts'
import { createCredentials, createNodeCredentials } from '../../../ring/identity/credentials.ts'
import { publicKeyOf, ringIdOf } from '../../../ring/identity/ring-key.ts'
import { createHost, KAD_PROTOCOL, peerIdOfSeed, type Host, type HostInit } from '../../../ring/network/host.ts'
import type { Admission, LayoutEntry, LayoutStore } from '../../../ring/network/layout.ts'
import type { KeyGeneration } from '../../../ring/identity/key-generation.ts'
import type { Revocation } from '../../../ring/network/revocation.ts'
import type { Role } from '../../../ring/network/network.ts'
import { type LayoutHistoryStore, NO_HISTORY } from '../../../ring/placement/layout-version.ts'

/** A layout kept in memory. */
export function memoryLayout(): LayoutStore & Pick<LayoutHistoryStore, 'layoutHistory' | 'historyChanged'> & { revoke(peer: PeerId): void } {
  const entries = new Map<PeerId, LayoutEntry>()
  const admissions: Admission[] = []
  const revoked = new Map<PeerId, Revocation>()
  const generations: KeyGeneration[] = []
  const layoutChanged = emitter<void>()
  return {
    layout: () => [...entries.values()],
    async putLayout(entry) {
      entries.set(entry.peerId, entry)
      layoutChanged.emit()
    },
    admissions: () => admissions,
    async putAdmission(admission) { admissions.push(admission) },
    isRevoked: (peer) => revoked.has(peer),
    revocations: () => [...revoked.values()],
    async putRevocation(revocation) {
      revoked.set(revocation.peerId, revocation)
      layoutChanged.emit()
    },
    revoke(peer) {
      revoked.set(peer, { peerId: peer, role: 'peer', name: '', by: '', reason: '', atMs: 0 })
      layoutChanged.emit()
    },
    generations: () => [...generations],
    async putGeneration(generation) {
      generations.push(generation)
      layoutChanged.emit()
    },
    layoutChanged,
    layoutHistory: () => NO_HISTORY,
    historyChanged: emitter<void>()
  }
}

export interface TestHostInit extends Partial<HostInit> {
  readonly ringSeed: Uint8Array
  readonly role?: Role
  readonly layout?: LayoutStore
}

/** A started host on loopback that holds a certificate of the ring. */
export async function startHost({ ringSeed, role = 'node', layout, ...init }: TestHostInit): Promise<Host> {
  const seed = init.seed ?? randomBytes(32)
  const self = await peerIdOfSeed(seed)
  const host = await createHost({ credentials: credentialsFor(ringSeed, self, role, layout), log: silentLog }, { seed, listen: ['/ip4/127.0.0.1/tcp/0'], ...init })
  await host.start()
  return host
}

export function credentialsFor(ringSeed: Uint8Array, self: PeerId, role: Role, layout?: LayoutStore): ReturnType<typeof createNodeCredentials> {
  const components = { layout: () => layout }
  if (role === 'node') return createNodeCredentials(components, { ringSeed, self })
  const ringKey = publicKeyOf(ringSeed)
  const credentials = createCredentials(components, { ringId: ringIdOf(ringKey), ringKey })
  credentials.renew(issueCertificate(ringSeed, { ringId: ringIdOf(ringKey), peerId: self, role }, Date.now()))
  return credentials
}

/** Someone who speaks libp2p and knows nothing of rings. */
export function plainLibp2p(): Promise<Libp2p> {
  return createLibp2p({ transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()], connectionGater: { denyDialMultiaddr: () => false } })
}

/** The same, with gossip on top. */
export function plainGossip(): Promise<Libp2p<{ identify: Identify; pubsub: GossipSub }>> {
  return createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify(), pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }) }
  })
}

/** The same, with the DHT on top, as one who only asks. */
export function plainDht(): Promise<Libp2p<{ identify: Identify; ping: Ping; dht: KadDHT }>> {
  return createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify(), ping: ping(), dht: kadDHT({ protocol: KAD_PROTOCOL, clientMode: true, peerInfoMapper: passthroughMapper, allowQueryWithZeroPeers: true }) }
  })
}

/** Let `host` know where `other` is. */
export async function introduce(host: Host, other: Host): Promise<void> {
  await host.learn(other.self, other.addresses())
}

/** Wait until the claim holds. */
export async function until(claim: () => boolean | Promise<boolean>, what: string, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!await claim()) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(20)
  }
}
