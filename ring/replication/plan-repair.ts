import type { ChunkId, PeerId } from '#protocols/ids.ts'

/** How one node stands at the moment of planning. */
export interface Standing {
  readonly alive: boolean
  /** How long nothing was heard of it, in ms; 0 when it is alive. */
  readonly silentMs: number
}

/**
 * The nodes that should have every chunk of a partition now: the first `replicas` of the ranking, where a node that has
 * been silent for less than `repairAfterMs` keeps its place and one that was silent for longer is passed over.
 */
export function keepersOf(ranking: readonly PeerId[], replicas: number, standing: (peer: PeerId) => Standing, repairAfterMs: number): PeerId[] {
  return ranking.filter((peer) => {
    const { alive, silentMs } = standing(peer)
    return alive || silentMs < repairAfterMs
  }).slice(0, replicas)
}

/** One partition as this node sees it. */
export interface PartitionView {
  readonly self: PeerId
  /** The first `replicas` of the ranking, whatever their state. */
  readonly owners: readonly PeerId[]
  /** The owners by older layouts, while data moves: keepers ask them, and nobody drops what they lack. */
  readonly older: readonly PeerId[]
  /** `keepersOf` the partition. */
  readonly keepers: readonly PeerId[]
  readonly alive: ReadonlySet<PeerId>
  /** What each live node that was asked holds, this one included. A node that could not be asked is missing. */
  readonly holdings: ReadonlyMap<PeerId, ReadonlySet<ChunkId>>
  /** False while members may still disagree about the layout: nothing is dropped then. */
  readonly settled: boolean
}

/** What this node does for one partition. */
export interface RepairPlan {
  /** What this node should hold and lacks, and who has it. */
  readonly pull: ReadonlyArray<{ id: ChunkId; from: readonly PeerId[] }>
  /** What this node holds without being its keeper, and the live keepers that lack it. */
  readonly push: ReadonlyArray<{ id: ChunkId; to: readonly PeerId[] }>
  /** What this node may let go of, once every owner has said again that it holds it. */
  readonly drop: readonly ChunkId[]
  /** Of a keeper's partition: chunks with fewer live copies than it has owners. */
  readonly short: readonly ChunkId[]
}

/**
 * Keepers pull what they lack, also from owners by older layouts; a node that none of them asks pushes what keepers lack, and
 * lets go of what all owners have, by every layout. So every transfer has one initiator, and nobody drops anything while an
 * owner is away or data is on its way from it.
 */
export function planRepair(view: PartitionView): RepairPlan {
  const { self, owners, older, keepers, alive, holdings } = view
  const holders = [...new Set([...owners, ...older])]
  const isKeeper = keepers.includes(self)
  const mine = holdings.get(self) ?? new Set<ChunkId>()
  const liveKeepers = keepers.filter((peer) => alive.has(peer) && holdings.has(peer))
  const holdersOf = (id: ChunkId): PeerId[] => [...holdings].filter(([peer, held]) => peer !== self && held.has(id)).map(([peer]) => peer)

  const all = new Set<ChunkId>()
  for (const held of holdings.values()) for (const id of held) all.add(id)

  const pull = isKeeper ? [...all].filter((id) => !mine.has(id)).map((id) => ({ id, from: holdersOf(id) })) : []
  const push = isKeeper || older.includes(self) ? [] : [...mine].map((id) => ({ id, to: liveKeepers.filter((peer) => !holdings.get(peer)?.has(id)) })).filter(({ to }) => to.length > 0)
  const allAnswer = owners.length > 0 && holders.every((peer) => alive.has(peer) && holdings.has(peer))
  const mayDrop = view.settled && !isKeeper && !holders.includes(self) && allAnswer
  const drop = mayDrop ? [...mine].filter((id) => holders.every((peer) => holdings.get(peer)?.has(id))) : []
  const short = isKeeper ? [...all].filter((id) => holdersOf(id).length + (mine.has(id) ? 1 : 0) < owners.length) : []
  return { pull, push, drop, short }
}
