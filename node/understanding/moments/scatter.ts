/**
 * One question to one live owner of each partition. Who fails, or declines, is replaced by the next owners of its partitions; who is slow is raced by them.
 * What all of them decline is asked for once more: then they answer what they have.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Partition, PeerId } from '#protocols/ids.ts'
import { coverPartitions } from './cover.ts'

/** Who has not answered by then, in ms, is raced by others that have the same. @default 1500 */
export const SLOW_MS = 1_500

/** Partitions it is not an answer of, though they were asked for. */
export interface Declining { readonly declined: readonly Partition[] }

export interface ScatterComponents<Answer extends Declining> {
  /** Who has a partition and answers now. */
  holders(partition: Partition): readonly PeerId[]
  /** `filled`: it declines those of which it lacks something. */
  ask(peer: PeerId, partitions: readonly Partition[], filled: boolean): Promise<Answer>
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

export async function scatter<Answer extends Declining>(partitions: readonly Partition[], components: ScatterComponents<Answer>): Promise<Gathered<Answer>> {
  const { holders, ask, cost, slowMs = SLOW_MS } = components
  const failed = new Set<PeerId>()
  const declined = new Set<Partition>()

  async function gather(wanted: readonly Partition[], filled: boolean, without: ReadonlySet<PeerId> = new Set()): Promise<Gathered<Answer>> {
    const { parts, uncovered } = coverPartitions(wanted, (partition) => holders(partition).filter((peer) => !without.has(peer) && !failed.has(peer)), cost)
    return joined([...await Promise.all([...parts].map(([peer, share]) => answerOf(peer, share, filled, without))), { answers: [], unanswered: uncovered }])
  }

  async function answerOf(peer: PeerId, share: readonly Partition[], filled: boolean, without: ReadonlySet<PeerId>): Promise<Gathered<Answer>> {
    const others = (of: readonly Partition[]): Promise<Gathered<Answer>> => gather(of, filled, new Set([...without, peer]))
    const asked = ask(peer, share, filled).then(async (answer): Promise<Gathered<Answer>> => {
      if (answer.declined.length === 0) return { answers: [answer], unanswered: [] }
      for (const partition of answer.declined) declined.add(partition)
      return joined([{ answers: [answer], unanswered: [] }, await others(answer.declined)])
    }, () => {
      failed.add(peer)
      return undefined
    })
    const answered = new AbortController()
    const first = await Promise.race([asked, sleep(slowMs, 'slow' as const, { signal: answered.signal })]).finally(() => answered.abort())
    if (first === undefined) return others(share)
    return first === 'slow' ? raced(asked, others(share)) : first
  }

  const { answers, unanswered } = await gather(partitions, true)
  const [partly, not] = [unanswered.filter((partition) => declined.has(partition)), unanswered.filter((partition) => !declined.has(partition))]
  return partly.length === 0 ? { answers, unanswered } : joined([{ answers, unanswered: not }, await gather(partly, false)])
}

/** The first of the two that is whole; else the one that lacks less. */
async function raced<Answer>(asked: Promise<Gathered<Answer> | undefined>, others: Promise<Gathered<Answer>>): Promise<Gathered<Answer>> {
  const first = await Promise.race([asked, others])
  if (first !== undefined && first.unanswered.length === 0) return first
  const [one, other] = await Promise.all([asked, others])
  return one === undefined || other.unanswered.length < one.unanswered.length ? other : one
}

const joined = <Answer>(parts: ReadonlyArray<Gathered<Answer>>): Gathered<Answer> => ({ answers: parts.flatMap(({ answers }) => answers), unanswered: parts.flatMap(({ unanswered }) => unanswered) })
