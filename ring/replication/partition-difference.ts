import { type ChunkId, type Partition, type PeerId, digestOf } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { ChunkClient } from './chunk-client.ts'
import { BUCKETS, bucketOf, bucketsOf, differingBuckets } from './partition-buckets.ts'

/** Of a partition with fewer chunks than this the whole list is asked for: it is no longer than the digests of its buckets. @default 128 */
export const MIN_BUCKETED_CHUNKS = 128

/** What a peer holds of a partition, when this node holds `mine`: only buckets that differ are listed. */
export async function heldBy(peer: PeerId, partition: Partition, mine: Iterable<ChunkId>, exchange: Pick<ChunkClient, 'buckets' | 'list'>, options?: AbortOptions): Promise<Set<ChunkId>> {
  const digests = new Map([...mine].map((id) => [id, digestOf(id)]))
  if (digests.size < MIN_BUCKETED_CHUNKS) return new Set(await exchange.list(peer, partition, options))
  const differing = new Set(differingBuckets(bucketsOf(digests.values()), await exchange.buckets(peer, partition, options)))
  if (differing.size === BUCKETS) return new Set(await exchange.list(peer, partition, options))
  const held = new Set([...digests].filter(([, digest]) => !differing.has(bucketOf(digest))).map(([id]) => id))
  if (differing.size === 0) return held
  for (const id of await exchange.list(peer, partition, { ...options, buckets: [...differing] })) held.add(id)
  return held
}
