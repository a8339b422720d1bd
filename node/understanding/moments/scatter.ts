/** One question to one live owner of each partition. Who fails is replaced by the next owners of its partitions; who is slow is raced by them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Partition, PeerId } from '#protocols/ids.ts'
import { coverPartitions } from './cover.ts'

/** Who has not answered by then, in ms, is raced by others that have the same. @default 1500 */
export const SLOW_MS = 1_500

export interface ScatterComponents<Answer> {
  /** Who has a partition and answers now. */
  holders(partition: Partition): readonly PeerId[]
  ask(peer: PeerId, partitions: readonly Partition[]): Promise<Answer>
  /** How long a node took of late, in ms. */
  cost(peer: PeerId): number
  /** @default SLOW_MS */
  readonly slowMs?: number
}

export interface Gathered<Answer> {
  /** Each of other partitions than the others. */
  readonly answers: readonly Answer[]
  /** Nobody answered for these. */
  readonly unanswered: readonly Partition[]
}

export async function scatter<Answer>(partitions: readonly Partition[], components: ScatterComponents<Answer>): Promise<Gathered<Answer>> {
  const { holders, ask, cost, slowMs = SLOW_MS } = components
  const failed = new Set<PeerId>()

  async function gather(wanted: readonly Partition[], without: ReadonlySet<PeerId>): Promise<Gathered<Answer>> {
    const { parts, uncovered } = coverPartitions(wanted, (partition) => holders(partition).filter((peer) => !without.has(peer) && !failed.has(peer)), cost)
    return joined([...await Promise.all([...parts].map(([peer, share]) => answerOf(peer, share, without))), { answers: [], unanswered: uncovered }])
  }

  async function answerOf(peer: PeerId, share: readonly Partition[], without: ReadonlySet<PeerId>): Promise<Gathered<Answer>> {
    const others = (): Promise<Gathered<Answer>> => gather(share, new Set([...without, peer]))
    const asked = ask(peer, share).then((answer): Gathered<Answer> => ({ answers: [answer], unanswered: [] }), () => {
      failed.add(peer)
      return undefined
    })
    const answered = new AbortController()
    const first = await Promise.race([asked, sleep(slowMs, 'slow' as const, { signal: answered.signal })]).finally(() => answered.abort())
    if (first === undefined) return others()
    return first === 'slow' ? raced(asked, others()) : first
  }

  return gather(partitions, new Set())
}

/** The first of the two that is whole; else what the others have. */
async function raced<Answer>(asked: Promise<Gathered<Answer> | undefined>, others: Promise<Gathered<Answer>>): Promise<Gathered<Answer>> {
  const first = await Promise.race([asked, others])
  if (first !== undefined && first.unanswered.length === 0) return first
  return await asked ?? await others
}

const joined = <Answer>(parts: ReadonlyArray<Gathered<Answer>>): Gathered<Answer> => ({ answers: parts.flatMap(({ answers }) => answers), unanswered: parts.flatMap(({ unanswered }) => unanswered) })
