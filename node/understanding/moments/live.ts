/** What was seen live is only where it was looked at, whoever owns the camera's partition: every living node is asked for what it has of that. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { PeerId } from '#protocols/ids.ts'
import { SLOW_MS } from './scatter.ts'
import type { Slice } from './wire.ts'

export interface LiveComponents {
  /** This node among them. */
  nodes(): readonly PeerId[]
  /** Who has not answered by then, in ms, is waited for no longer. @default SLOW_MS */
  readonly slowMs?: number
}

export interface LiveAnswers {
  readonly answers: readonly Slice[]
  /** Nodes that had something live when they were asked last, and did not answer now. */
  readonly silent: readonly PeerId[]
}

export function createLiveAsking({ nodes, slowMs = SLOW_MS }: LiveComponents): (ask: (peer: PeerId) => Promise<Slice>) => Promise<LiveAnswers> {
  const holders = new Set<PeerId>()

  /** Undefined: it did not answer. */
  async function answerOf(peer: PeerId, asked: Promise<Slice>): Promise<Slice | undefined> {
    const answered = new AbortController()
    const late = sleep(slowMs, undefined, { signal: answered.signal }).catch(() => undefined)
    const slice = await Promise.race([asked.catch(() => undefined), late]).finally(() => answered.abort())
    if (slice !== undefined) holders[slice.understoodMs > 0 ? 'add' : 'delete'](peer)
    return slice
  }

  return async (ask) => {
    const peers = nodes()
    for (const holder of holders) if (!peers.includes(holder)) holders.delete(holder) // what was recorded there has other owners
    const answers = await Promise.all(peers.map((peer) => answerOf(peer, ask(peer))))
    return { answers: answers.filter((slice) => slice !== undefined), silent: peers.filter((peer, at) => answers[at] === undefined && holders.has(peer)) }
  }
}
