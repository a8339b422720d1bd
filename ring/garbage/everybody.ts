import type { PeerId } from '#protocols/ids.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Membership } from '../network/membership.ts'
import type { GarbageClient } from './garbage-wire.ts'

/** Why nothing can be judged now, in words for a person; not a failure. */
export class WaitingError extends Error {
  override readonly name = 'WaitingError'
}

export interface EverybodyComponents {
  readonly membership: Pick<Membership, 'members'>
  readonly catalog: Pick<Catalog, 'syncWith'> & { readonly copy: Pick<Catalog['copy'], 'isRestoring'> }
  readonly client: Pick<GarbageClient, 'writes'>
}

/** What all nodes together say. */
export interface Heard {
  /** Every write under way anywhere began after this, Unix ms of this node. */
  readonly quietUntilMs: number
  /** Age of the oldest write under way anywhere, in ms; 0 when there is none. */
  readonly oldestWriteMs: number
  /** The earliest clock of the ring, Unix ms: one that runs ahead ends nothing too soon. */
  readonly earliestMs: number
  /** Another node's clock says the same as this node's. */
  readonly isConfirmed: boolean
}

/** Clocks closer than this say the same, in ms. @default 60000 */
export const SAME_CLOCK_MS = 60_000

/** Which node of the layout does not answer now, in words; undefined when all do. */
export function silenceIn(membership: Pick<Membership, 'members'>): string | undefined {
  const silent = membership.members().find(({ self, alive }) => !self && !alive)
  return silent === undefined ? undefined : silenceOf(silent.name, silent.lastHeardMs)
}

/**
 * Hear every node of the layout, and then learn its whole catalog. In this order: a write that is entered in a catalog after it was
 * learnt was still under way when its node was asked, or began later. @throws WaitingError when one can not be heard
 */
export async function hearEverybody({ membership, catalog, client }: EverybodyComponents, own: { oldestMs: number; nowMs: number }, nowMs: () => number, signal: AbortSignal): Promise<Heard> {
  const others = membership.members().filter(({ self }) => !self)
  const silence = silenceIn(membership)
  if (silence !== undefined) throw new WaitingError(silence)
  const heard = await Promise.all([
    { askedAtMs: own.nowMs, ...own, answeredAtMs: undefined },
    ...others.map(async ({ peerId, name }) => {
      const askedAtMs = nowMs()
      return { askedAtMs, ...await orWait(client.writes(peerId, { signal }), name, signal), answeredAtMs: nowMs() }
    })
  ])
  for (const { peerId, name } of others) await orWait(catalog.syncWith(peerId as PeerId), name, signal)
  if (await catalog.copy.isRestoring()) throw new WaitingError('waiting for a restore that was begun and not finished: its chunks come before anything needs them. Finish it with "thatdam restore"')
  return {
    quietUntilMs: Math.min(...heard.map(({ askedAtMs, oldestMs }) => askedAtMs - oldestMs)),
    oldestWriteMs: Math.max(...heard.map(({ oldestMs }) => oldestMs)),
    earliestMs: Math.min(...heard.map((each) => each.nowMs)),
    isConfirmed: heard.some((each) => each.answeredAtMs !== undefined && each.nowMs > each.askedAtMs - SAME_CLOCK_MS && each.nowMs < each.answeredAtMs + SAME_CLOCK_MS)
  }
}

function silenceOf(name: string, lastHeardMs: number): string {
  const since = lastHeardMs > 0 ? `since ${new Date(lastHeardMs).toISOString()}` : 'since this node started'
  return `waiting for ${name}, silent ${since}: it may hold the only word of something new. Nothing is given up until it answers; if it never will, remove it from the ring`
}

async function orWait<T>(answer: Promise<T>, name: string, signal: AbortSignal): Promise<T> {
  try {
    return await answer
  } catch (err) {
    signal.throwIfAborted()
    throw new WaitingError(`waiting for ${name}, which could not be asked: ${err instanceof Error ? err.message : err}`)
  }
}
