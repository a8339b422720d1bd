import type { PeerId as LibPeerId } from '@libp2p/interface'
import type { KadDHT } from '@libp2p/kad-dht'
import { CID } from 'multiformats/cid'
import { InvalidMessageError, NotAuthorizedError } from '#protocols/errors.ts'
import { PARTITIONS, type PeerId, type RingId } from '#protocols/ids.ts'
import { partitionCid } from './routing.ts'

interface DhtMessage {
  readonly type: string
  readonly key?: Uint8Array
}

/** Where a DHT answers every question of others; its types do not name it. */
interface Answering {
  readonly rpc: { handleMessage(from: LibPeerId, message: DhtMessage): Promise<unknown> }
}

/** Whoever is connected may ask the DHT. It remembers only that a member holds a partition of this ring: what it remembers lies in memory, and the ring stores no values in it. */
export function keepOnlyHolders(dht: KadDHT, isMember: (peer: PeerId) => boolean, ringId: RingId): void {
  const { rpc } = dht as KadDHT & Answering
  const names = new Set(Array.from({ length: PARTITIONS }, (_, partition) => nameOf(partitionCid(ringId, partition))))
  const answer = rpc.handleMessage.bind(rpc)
  rpc.handleMessage = async (from, message) => {
    if (message.type === 'PUT_VALUE') throw new InvalidMessageError('this DHT stores no values')
    if (message.type === 'ADD_PROVIDER') {
      if (!isMember(from.toString() as PeerId)) throw new NotAuthorizedError(`${from} is no member of this ring`)
      if (!names.has(nameOf(CID.decode(message.key ?? new Uint8Array(0))))) throw new InvalidMessageError('this DHT remembers who holds partitions of its ring, nothing else')
    }
    return answer(from, message)
  }
}

const nameOf = ({ multihash }: CID): string => Buffer.from(multihash.bytes).toString('hex')
