import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { gossipsub, type GossipSub } from '@libp2p/gossipsub'
import { identify, type Identify } from '@libp2p/identify'
import type { Connection, Libp2p, PeerId as LibPeerId } from '@libp2p/interface'
import { kadDHT, passthroughMapper, type KadDHT } from '@libp2p/kad-dht'
import { mdns } from '@libp2p/mdns'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { ping, type Ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { createLibp2p, type Libp2pOptions } from 'libp2p'
import { InvalidInputError } from '#protocols/errors.ts'
import type { PeerId, RingId } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Startable } from '../base/lifecycle.ts'
import { repeating } from '../base/tasks.ts'
import type { Credentials } from '../identity/credentials.ts'
import { keepOnlyHolders } from './dht-records.ts'
import { createDoorman, STRANGER_TIMEOUT_MS } from './doorman.ts'
import { createGossip } from './gossip.ts'
import { createMemberNetwork, type MemberNetwork } from './member-network.ts'
import { noiseWithKeys } from './noise-with-keys.ts'
import { createRouting } from './routing.ts'
import { yamuxHalfWindow } from './yamux-half-window.ts'

/** How soon the connections of a member that was removed from the ring are closed, in ms. @default 1000 */
export const REVOKED_SWEEP_MS = 1_000
/** Streams one peer may have open per protocol, each way. @default 1024 */
export const MAX_STREAMS = 1_024
/** The DHT of all rings' nodes that are connected; keys carry the ring id. */
export const KAD_PROTOCOL = '/thatdam/kad/1.0.0'
/** Gossip to a peer that is not known as a node scores this: heard of, but never sent anything. @default -60 */
export const STRANGER_SCORE = -60

/** Every node must use the same initial window (256 KiB, the default); the read buffer must exceed the window or `pause()` cuts the stream. */
const MUXER = { maxEarlyStreams: 1_000, streamOptions: { maxStreamWindowSize: 4 << 20, maxReadBufferLength: 8 << 20 } }

export interface HostComponents {
  readonly credentials: Credentials
  readonly log: Logger
  readonly metrics?: Metrics
}

export interface HostInit {
  /** Ed25519 seed of the host's key, 32 bytes: the same seed is the same peer id. */
  readonly seed: Uint8Array
  /** Multiaddrs to listen on; none makes a host that only dials. */
  readonly listen: readonly string[]
  /** Multiaddrs with /p2p/ dialled once at start. */
  readonly bootstrap?: readonly string[]
  /** Find nodes of the same ring on the local network by multicast DNS. @default false */
  readonly mdns?: boolean
  /** Whether it routes for others: gossip, DHT, and showing strangers out. @default true */
  readonly router?: boolean
  readonly strangerTimeoutMs?: number
  /** How long one frame of a stream may take, in ms. @default FRAME_TIMEOUT_MS */
  readonly frameTimeoutMs?: number
}

/** The network of a running host; `start` opens the sockets. */
export interface Host extends MemberNetwork, Startable {}

/** The peer id of a host with this seed (32 bytes). */
export async function peerIdOfSeed(seed: Uint8Array): Promise<PeerId> {
  return peerIdFromPrivateKey(await generateKeyPairFromSeed('Ed25519', seed)).toString() as PeerId
}

/** Multicast DNS service of one ring: other rings on the same network are not even noticed. */
export function mdnsServiceTag(ringId: RingId): string {
  return `_thatdam-${ringId.slice(0, 16)}._udp.local`
}

/** A libp2p host that speaks only with members of its ring, and for a short while with who wants to join. */
export async function createHost({ credentials, log, metrics }: HostComponents, init: HostInit): Promise<Host> {
  const router = init.router ?? true
  const libp2p = await createLibp2p(await libp2pOptions(credentials, init, (peer) => doorman.isNode(peer)))
  const { dht, pubsub } = libp2p.services

  const addressesOf = async (peer: LibPeerId): Promise<string[]> => {
    const known = await libp2p.peerStore.get(peer).catch(() => undefined)
    return known?.addresses.map(({ multiaddr }) => multiaddr.toString()) ?? []
  }
  const showOut = (peer: PeerId): void => {
    log('disconnecting %s: no member of this ring', peer)
    for (const connection of connectionsOf(libp2p, peer)) connection.abort(new Error('no member of this ring'))
  }
  const doorman = createDoorman({ credentials, showOut }, init.strangerTimeoutMs ?? STRANGER_TIMEOUT_MS)
  keepOnlyHolders(dht, doorman.isMember, credentials.ringId)
  let checkedBy = credentials.settled()
  const sweep = repeating(() => {
    if (checkedBy !== credentials.settled()) doorman.recheck() // the ring's key was changed, or somebody removed
    checkedBy = credentials.settled()
    for (const peer of libp2p.getPeers()) if (credentials.isRevoked(peer.toString() as PeerId)) showOut(peer.toString() as PeerId)
  }, REVOKED_SWEEP_MS, log)
  const gossip = pubsub && createGossip({ pubsub, isNode: doorman.isNode, log: log.scope('ring:network:gossip') })
  const routing = createRouting({ dht, addressesOf }, credentials.ringId)
  const network = createMemberNetwork({ libp2p, credentials, doorman, gossip, routing, log: log.scope('ring:network') }, { maxStreams: MAX_STREAMS, frameTimeoutMs: init.frameTimeoutMs })

  if (router) libp2p.addEventListener('connection:open', ({ detail }) => { if (detail.direction === 'inbound') doorman.arrived(detail.remotePeer.toString() as PeerId) })
  libp2p.addEventListener('peer:disconnect', ({ detail }) => doorman.left(detail.toString() as PeerId))
  libp2p.addEventListener('peer:discovery', ({ detail }) => { void libp2p.dial(detail.id, { signal: AbortSignal.timeout(5_000) }).catch(() => {}) })
  metrics?.gauge('network_connections', 'Open libp2p connections', () => libp2p.getConnections().length)
  metrics?.gauge('network_peers', 'Connected libp2p peers', () => libp2p.getPeers().length)

  return Object.assign(network, {
    async start() {
      await listen(libp2p, init.listen)
      gossip?.start()
      sweep.start()
      for (const address of init.bootstrap ?? []) void network.dial(address).catch((err) => log('could not reach %s - %s', address, err))
    },
    async stop() {
      doorman.stop()
      await sweep.stop()
      gossip?.stop()
      network.close()
      await libp2p.stop()
    }
  })
}

async function listen(libp2p: Libp2p<HostServices>, addresses: readonly string[]): Promise<void> {
  try {
    await libp2p.start()
  } catch (err) {
    await libp2p.stop()
    const message = err instanceof Error ? err.message : String(err)
    const reason = /E[A-Z]+: [^\n]*/.exec(message)?.[0] ?? message // libp2p tells it over several lines
    throw new InvalidInputError(`cannot listen on ${addresses.join(', ')} (${reason}): choose another --listen`, { cause: err })
  }
}

type HostServices = { identify: Identify; ping: Ping; dht: KadDHT; pubsub?: GossipSub }

function connectionsOf(libp2p: Libp2p<HostServices>, peer: PeerId): Connection[] {
  return libp2p.getConnections().filter((connection) => connection.remotePeer.toString() === peer)
}

async function libp2pOptions(credentials: Credentials, init: HostInit, isNode: (peer: PeerId) => boolean): Promise<Libp2pOptions<HostServices>> {
  const router = init.router ?? true
  return {
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', init.seed),
    addresses: { listen: [...init.listen] },
    transports: [tcp()],
    connectionEncrypters: [noiseWithKeys()],
    streamMuxers: [yamuxHalfWindow(MUXER)],
    peerDiscovery: init.mdns === true ? [mdns({ serviceTag: mdnsServiceTag(credentials.ringId) })] : [],
    connectionGater: { // a removed member may come to the door, where it is told so and shown out
      denyDialPeer: (peer) => credentials.isRevoked(peer.toString() as PeerId),
      denyDialMultiaddr: () => false // the default refuses private networks, where rings live
    },
    connectionManager: {
      inboundConnectionThreshold: 1_000, // default: 5 per second and address, too few for a rack behind one
      maxIncomingPendingConnections: 100,
      reconnectRetries: 1_000_000, // default: 5, then a member is forgotten
      reconnectRetryInterval: 1_000,
      reconnectBackoffFactor: 1
    },
    // bulk on a slow link delays pings; too small a timeout here cuts a working connection
    connectionMonitor: { pingInterval: 5_000, pingTimeout: { minTimeout: 10_000 } },
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({
        protocol: KAD_PROTOCOL,
        clientMode: !router,
        peerInfoMapper: passthroughMapper, // the default drops private addresses
        allowQueryWithZeroPeers: true, // the default waits for a peer until the deadline
        initialQuerySelfInterval: 500
      }),
      ...(router ? { pubsub: topics(isNode) } : {})
    }
  }
}

function topics(isNode: (peer: PeerId) => boolean): ReturnType<typeof gossipsub> {
  return gossipsub({
    allowPublishToZeroTopicPeers: true,
    globalSignaturePolicy: 'StrictSign',
    maxInboundDataLength: 1 << 20,
    maxOutboundBufferSize: 8 << 20,
    scoreParams: {
      IPColocationFactorWeight: 0, // ten nodes behind one address are a studio, not an attack
      appSpecificWeight: 1,
      appSpecificScore: (peer) => isNode(peer as PeerId) ? 0 : STRANGER_SCORE
    }
  })
}
