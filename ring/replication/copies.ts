import { MAX_HAS_IDS } from '#protocols/chunk.ts'
import type { ChunkId, PeerId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { ChunkStore } from '../chunks/chunk-store.ts'
import type { Membership } from '../network/membership.ts'
import type { Network } from '../network/network.ts'
import type { ChunkClient } from './chunk-client.ts'

/** A member and how many of the chunks asked about it holds; undefined when it did not answer. */
export interface Holding {
  readonly peerId: PeerId
  readonly chunks: number | undefined
}

export interface CopiesComponents {
  readonly network: Pick<Network, 'self'>
  readonly membership: Pick<Membership, 'members'>
  readonly local: Pick<ChunkStore, 'has'>
  readonly exchange: Pick<ChunkClient, 'has'>
}

/** Which of these chunks each member says it holds; undefined for a member that does not answer. */
export function holdersOf(components: CopiesComponents, ids: readonly ChunkId[], options: AbortOptions = {}): Promise<Array<{ peerId: PeerId; held: readonly boolean[] | undefined }>> {
  return askAll(components, ids, options)
}

/** Ask every member how many of these chunks it holds. */
export async function countCopies(components: CopiesComponents, ids: readonly ChunkId[], options: AbortOptions = {}): Promise<Holding[]> {
  return (await askAll(components, ids, options)).map(({ peerId, held }) => ({ peerId, chunks: held?.filter(Boolean).length }))
}

/** Ask every member, and answer on how many the least held of these chunks is. */
export async function leastCopies(components: CopiesComponents, ids: readonly ChunkId[], options: AbortOptions = {}): Promise<number> {
  const answers = await askAll(components, ids, options)
  return ids.reduce((least, _id, i) => Math.min(least, answers.filter(({ held }) => held?.[i] === true).length), answers.length)
}

function askAll({ network, membership, local, exchange }: CopiesComponents, ids: readonly ChunkId[], options: AbortOptions): Promise<Array<{ peerId: PeerId; held: boolean[] | undefined }>> {
  const heldBy = async (peer: PeerId): Promise<boolean[]> => {
    if (peer === network.self) return Promise.all(ids.map((id) => local.has(id, options)))
    const pages = Array.from({ length: Math.ceil(ids.length / MAX_HAS_IDS) }, (_, page) => ids.slice(page * MAX_HAS_IDS, (page + 1) * MAX_HAS_IDS))
    return (await Promise.all(pages.map((page) => exchange.has(peer, page, { ...options, counting: true })))).flat()
  }
  return Promise.all(membership.members().map(async ({ peerId, alive }) => ({ peerId, held: alive ? await heldBy(peerId).catch(() => undefined) : undefined })))
}
