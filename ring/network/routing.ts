import { createHash } from 'node:crypto'
import type { PeerId as LibPeerId } from '@libp2p/interface'
import type { KadDHT } from '@libp2p/kad-dht'
import { peerIdFromString } from '@libp2p/peer-id'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import type { PeerId, RingId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import { limiter } from '../base/tasks.ts'

/** How long a search in the DHT may take when the caller sets no limit, in ms. @default 5000 */
export const SEARCH_TIMEOUT_MS = 5_000
/** Partitions announced at once. @default 8 */
export const PROVIDE_CONCURRENCY = 8
/** How long announcing all partitions may take when the caller sets no limit, in ms. @default 120000 */
export const PROVIDE_TIMEOUT_MS = 120_000

const RAW_CODEC = 0x55
const SHA2_256 = 0x12

/** Questions the DHT answers for whoever knows one member only. */
export interface Routing {
  provide(partitions: readonly number[], options?: AbortOptions): Promise<void>
  findHolders(partition: number, options?: AbortOptions): Promise<PeerId[]>
  findPeer(peer: PeerId, options?: AbortOptions): Promise<string[]>
}

/** The name under which the holders of a partition announce themselves: raw CID of SHA-256 of `/thatdam/<ringId>/partition/<n>`. */
export function partitionCid(ringId: RingId, partition: number): CID {
  const digest = createHash('sha256').update(`/thatdam/${ringId}/partition/${partition}`).digest()
  return CID.createV1(RAW_CODEC, createDigest(SHA2_256, digest))
}

/** `addressesOf` lists what this machine itself knows of a peer. */
export function createRouting({ dht, addressesOf }: { dht: KadDHT; addressesOf: (peer: LibPeerId) => Promise<string[]> }, ringId: RingId): Routing {
  async function provideOne(partition: number, signal: AbortSignal): Promise<void> {
    for await (const _event of dht.provide(partitionCid(ringId, partition), { signal })) signal.throwIfAborted()
  }

  return {
    async provide(partitions, { signal = AbortSignal.timeout(PROVIDE_TIMEOUT_MS) } = {}) {
      const turn = limiter(PROVIDE_CONCURRENCY)
      await Promise.all(partitions.map((partition) => turn(() => provideOne(partition, signal))))
    },

    async findHolders(partition, { signal = AbortSignal.timeout(SEARCH_TIMEOUT_MS) } = {}) {
      const holders = new Set<PeerId>()
      await untilAborted(signal, async () => {
        for await (const event of dht.findProviders(partitionCid(ringId, partition), { signal })) {
          if (event.name === 'PROVIDER' || event.name === 'PEER_RESPONSE') for (const { id } of event.providers) holders.add(id.toString() as PeerId)
        }
      })
      return [...holders]
    },

    // our own record of the peer may be the outdated one, so the others are asked first
    async findPeer(peer, { signal = AbortSignal.timeout(SEARCH_TIMEOUT_MS) } = {}) {
      const id = peerIdFromString(peer)
      const addresses = new Set<string>()
      await untilAborted(signal, async () => {
        for await (const event of dht.findPeer(id, { signal, useCache: false })) {
          if (event.name === 'FINAL_PEER') for (const address of event.peer.multiaddrs) addresses.add(address.toString())
        }
      })
      return addresses.size > 0 ? [...addresses] : addressesOf(id)
    }
  }
}

/** A search that ends by its deadline, or finds nobody to ask, has found what it has found. */
async function untilAborted(signal: AbortSignal, search: () => Promise<void>): Promise<void> {
  try {
    await search()
  } catch (err) {
    const isExpected = signal.aborted || (err instanceof Error && /NotFound|QueryError|QueryAborted|Aggregate/.test(err.name))
    if (!isExpected) throw err
  }
}
