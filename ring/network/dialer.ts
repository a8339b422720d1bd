import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { InvalidInputError, MemberUnreachableError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { Routing } from './routing.ts'

/** Time to reach a member and open a stream, per attempt, in ms. @default 4000 */
export const DIAL_TIMEOUT_MS = 4_000
/** Time the DHT has to find a member that does not answer where it was, in ms. @default 3000 */
export const RELOCATE_TIMEOUT_MS = 3_000

/** A member is not searched for in the DHT again before this time has passed, in ms. @default 15000 */
export const RELOCATE_PAUSE_MS = 15_000

/** Opens connections and streams, and looks for members that moved. */
export interface Dialer {
  /** Connect to a multiaddr with /p2p/. @throws MemberUnreachableError, InvalidInputError */
  dial(address: string, options?: AbortOptions): Promise<PeerId>
  /** @throws MemberUnreachableError */
  open(peer: PeerId, protocol: string, options?: AbortOptions): Promise<Stream>
  learn(peer: PeerId, addresses: readonly string[]): Promise<void>
  connections(peer: PeerId): Connection[]
}

export function createDialer({ libp2p, routing }: { libp2p: Libp2p; routing: Routing }, { maxStreams }: { maxStreams: number }): Dialer {
  const connections = (peer: PeerId): Connection[] => libp2p.getConnections().filter((connection) => connection.remotePeer.toString() === peer)

  const attempt = (peer: PeerId, protocol: string, signal: AbortSignal | undefined): Promise<Stream> =>
    libp2p.dialProtocol(peerIdFromString(peer), protocol, { signal: within(DIAL_TIMEOUT_MS, signal), maxOutboundStreams: maxStreams })

  const searchedAt = new Map<PeerId, number>()

  /** Ask the others where the member is now. False when they know nothing. */
  async function relocate(peer: PeerId, signal: AbortSignal | undefined): Promise<boolean> {
    if (performance.now() - (searchedAt.get(peer) ?? -Infinity) < RELOCATE_PAUSE_MS) return false
    searchedAt.set(peer, performance.now())
    const found = await routing.findPeer(peer, { signal: within(RELOCATE_TIMEOUT_MS, signal) })
    if (found.length === 0) return false
    await libp2p.peerStore.patch(peerIdFromString(peer), { multiaddrs: found.map((address) => multiaddr(address)) })
    return true
  }

  async function openOrRelocate(peer: PeerId, protocol: string, signal: AbortSignal | undefined): Promise<Stream> {
    try {
      return await attempt(peer, protocol, signal)
    } catch (err) {
      if (isRefusal(err) || signal?.aborted === true) throw err
      for (const connection of connections(peer)) connection.abort(err as Error) // open, yet no stream can be opened on it
      if (!await relocate(peer, signal)) throw err
      return attempt(peer, protocol, signal)
    }
  }

  return {
    connections,
    async dial(address, { signal } = {}) {
      const target = dialable(address)
      try {
        const connection = await libp2p.dial(target, { signal: within(DIAL_TIMEOUT_MS, signal) })
        return connection.remotePeer.toString() as PeerId
      } catch (err) {
        throw unreachable(address, err)
      }
    },
    async open(peer, protocol, { signal } = {}) {
      try {
        return await openOrRelocate(peer, protocol, signal)
      } catch (err) {
        throw unreachable(peer, err)
      }
    },
    async learn(peer, addresses) {
      if (peer === libp2p.peerId.toString() || addresses.length === 0) return
      await libp2p.peerStore.merge(peerIdFromString(peer), { multiaddrs: addresses.map(parseAddress) })
    }
  }
}

/** The peer at the end of a multiaddr. @throws InvalidInputError when it names none */
export function peerOfAddress(address: string): PeerId {
  const peer = parseAddress(address).getComponents().findLast(({ name }) => name === 'p2p')?.value
  if (peer === undefined) throw new InvalidInputError(`an address must end in /p2p/ and a peer id: ${address.slice(0, 200)}`)
  return peer as PeerId
}

/** @throws InvalidInputError */
export function parseAddress(address: string): Multiaddr {
  try {
    return multiaddr(address)
  } catch {
    throw new InvalidInputError(`not a multiaddr: ${address.slice(0, 200)} (for example /ip4/192.168.1.20/tcp/4001)`)
  }
}

function dialable(address: string): Multiaddr {
  peerOfAddress(address)
  return parseAddress(address)
}

function within(ms: number, signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(ms)
  return signal === undefined ? limit : AbortSignal.any([signal, limit])
}

const isRefusal = (err: unknown): boolean => err instanceof Error && err.name === 'UnsupportedProtocolError'

function unreachable(target: string, err: unknown): MemberUnreachableError {
  if (err instanceof MemberUnreachableError) return err
  return new MemberUnreachableError(`cannot reach ${target}: ${err instanceof Error ? err.message : err}`, { cause: err })
}
