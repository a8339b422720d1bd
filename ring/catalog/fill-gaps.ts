import * as Y from 'yjs'
import { DISK } from './document-name.ts'

/** Changes of one writer that are nowhere any more. */
export interface LostChanges {
  readonly client: number
  readonly clock: number
  readonly count: number
}

/** Rounds of filling: each lets through what waited for the gaps of the one before. */
const MAX_ROUNDS = 1000

/**
 * Give up changes that others build on and that nobody has: they count as made and deleted, so that what waits for them is used as far as it
 * stands on its own. Only when no node can bring them any more: who has them would differ from then on. Answers what was given up.
 */
export function fillGaps(doc: Y.Doc): LostChanges[] {
  const lost: LostChanges[] = []
  for (let round = 0; round < MAX_ROUNDS && isWaiting(doc); round++) {
    const gaps = gapsIn(doc)
    if (gaps.length === 0) break
    for (const gap of gaps) Y.applyUpdate(doc, deletedChanges(gap), DISK)
    lost.push(...gaps)
  }
  return lost
}

/** Whether changes wait for others that are missing. */
export function isWaiting({ store }: Y.Doc): boolean {
  return store.pendingStructs !== null || store.pendingDs !== null
}

function gapsIn({ store }: Y.Doc): LostChanges[] {
  const from = (client: number): number => Y.getState(store, client)
  const gaps = new Map<number, LostChanges>()
  const missUpTo = (client: number, end: number): void => {
    const clock = from(client)
    const known = gaps.get(client)
    if (end > clock && (known === undefined || end < clock + known.count)) gaps.set(client, { client, clock, count: end - clock })
  }
  if (store.pendingStructs !== null) {
    for (const [client, clock] of store.pendingStructs.missing) missUpTo(client, clock + 1)
    for (const { id, constructor } of Y.decodeUpdateV2(store.pendingStructs.update).structs) if (constructor !== Y.Skip) missUpTo(id.client, id.clock)
  }
  if (store.pendingDs !== null && gaps.size === 0) {
    for (const [client, deletes] of Y.decodeUpdateV2(store.pendingDs).ds.clients) for (const { clock, len } of deletes) missUpTo(client, clock + len)
  }
  return [...gaps.values()]
}

/** An update of format v1: one writer with one deleted run, and no delete set. */
function deletedChanges({ client, clock, count }: LostChanges): Uint8Array {
  return Uint8Array.from([1, 1, ...varUint(client), ...varUint(clock), 0, ...varUint(count), 0])
}

function varUint(value: number): number[] {
  const bytes: number[] = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(128 | (value % 128))
  return [...bytes, value]
}
