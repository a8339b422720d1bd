import { type ChunkId, type Partition, type PeerId, digestOf } from '#protocols/ids.ts'
import type { Logger } from '../base/log.ts'
import type { FileChunkStore } from '../chunks/file-chunk-store.ts'
import { sameSummary } from '../chunks/partition-index.ts'
import type { Membership } from '../network/membership.ts'
import type { Network } from '../network/network.ts'
import type { Placement } from '../placement/placement.ts'
import type { ChunkClient } from './chunk-client.ts'
import { heldBy } from './partition-difference.ts'

export interface PartitionContentComponents {
  readonly network: Pick<Network, 'self'>
  readonly membership: Pick<Membership, 'isAlive'>
  readonly placement: Pick<Placement, 'owners'>
  readonly local: Pick<FileChunkStore, 'list' | 'summary' | 'recount'>
  readonly exchange: Pick<ChunkClient, 'digest' | 'buckets' | 'list'>
}

/** What this node holds of a partition, and what it should hold and does not. */
export interface PartitionContent {
  /** All of them, in the order of their digests. */
  readonly ids: readonly ChunkId[]
  /** Those that are not here and should be. */
  readonly wanted: ReadonlySet<ChunkId>
}

export interface PartitionContentInit {
  /** Ask the other owners only when files vanished here: repair compares with them anyway. */
  readonly onlyWhenVanished: boolean
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Compare the files of a partition with what was known of them, and with what the other owners hold. */
export async function contentOf(partition: Partition, parts: PartitionContentComponents, { onlyWhenVanished, log, signal }: PartitionContentInit): Promise<PartitionContent> {
  const { local, placement, network: { self } } = parts
  const { vanished, lost } = await local.recount(partition)
  const held = new Set(await local.list(partition))
  const wanted = new Set<ChunkId>(lost === undefined || held.has(lost) ? [] : [lost])
  if (vanished > 0) log.error('%d chunk files of partition %d vanished from this disk', vanished, partition)
  if (vanished > 0 || (!onlyWhenVanished && placement.owners(partition).includes(self))) {
    for (const id of await heldByOthers(partition, held, parts, log, signal)) if (!held.has(id)) wanted.add(id)
  }
  if (vanished > wanted.size) log.error('%d of them are on no live owner of the partition either', vanished - wanted.size)
  return { ids: inOrder([...held, ...wanted]), wanted }
}

async function heldByOthers(partition: Partition, mine: ReadonlySet<ChunkId>, { network: { self }, membership, placement, local, exchange }: PartitionContentComponents, log: Logger, signal: AbortSignal): Promise<ChunkId[]> {
  const others = placement.owners(partition).filter((peer) => peer !== self && membership.isAlive(peer))
  const ask = async (peer: PeerId): Promise<Iterable<ChunkId>> => {
    if (sameSummary(await exchange.digest(peer, partition, { signal }), local.summary(partition))) return []
    return heldBy(peer, partition, mine, exchange, { signal })
  }
  const lists = await Promise.allSettled(others.map(ask))
  signal.throwIfAborted()
  return lists.flatMap((list, i) => {
    if (list.status === 'fulfilled') return [...list.value]
    log('could not compare partition %d with %s - %s', partition, others[i], list.reason)
    return []
  })
}

function inOrder(ids: readonly ChunkId[]): ChunkId[] {
  return ids.map((id) => ({ id, digest: digestOf(id) })).sort((a, b) => Buffer.compare(a.digest, b.digest)).map(({ id }) => id)
}
