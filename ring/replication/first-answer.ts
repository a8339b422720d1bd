import { setTimeout as sleep } from 'node:timers/promises'
import type { PeerId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'

export interface FirstAnswerInit extends AbortOptions {
  /** A peer silent for this long, in ms, is overtaken by the next; it may still win. */
  hedgeMs: number
  onFailure?(peer: PeerId, error: unknown): void
}

type Event<T> = { type: 'answer'; peer: PeerId; value: T | undefined } | { type: 'candidate'; peer: PeerId | undefined } | { type: 'late' }

/**
 * Ask one peer after the other until one has an answer other than undefined; failures and slow ones bring in the next.
 * Candidates are taken one at a time, so a costly source of them is asked only when needed. The losers' signal is aborted.
 */
export async function firstAnswer<T>(candidates: AsyncIterable<PeerId>, ask: (peer: PeerId, signal: AbortSignal) => Promise<T | undefined>, init: FirstAnswerInit): Promise<{ peer: PeerId; value: T } | undefined> {
  const done = new AbortController()
  const signal = init.signal === undefined ? done.signal : AbortSignal.any([done.signal, init.signal])
  const source = candidates[Symbol.asyncIterator]()
  const asked = new Map<PeerId, Promise<Event<T>>>()
  let candidate: Promise<Event<T>> | undefined
  let exhausted = false
  let impatient = true

  const answerOf = async (peer: PeerId): Promise<Event<T>> => {
    try {
      return { type: 'answer', peer, value: await ask(peer, signal) }
    } catch (error) {
      if (!signal.aborted) init.onFailure?.(peer, error)
      return { type: 'answer', peer, value: undefined }
    }
  }
  const nextCandidate = async (): Promise<Event<T>> => {
    const next = await source.next().catch(() => undefined) // a source that fails has no more candidates
    return { type: 'candidate', peer: next === undefined || next.done === true ? undefined : next.value }
  }
  const late = async (until: AbortSignal): Promise<Event<T>> => {
    await sleep(init.hedgeMs, undefined, { signal: until, ref: false }).catch(() => {})
    return { type: 'late' }
  }

  try {
    while (true) {
      init.signal?.throwIfAborted()
      if (impatient && !exhausted) candidate ??= nextCandidate()
      const waits = [...asked.values(), ...(candidate === undefined ? [] : [candidate])]
      if (waits.length === 0) return undefined
      const turn = new AbortController()
      const event = await Promise.race([...waits, ...(impatient ? [] : [late(turn.signal)]), aborted(init.signal, turn.signal)])
      turn.abort()
      switch (event.type) {
        case 'candidate':
          candidate = undefined
          impatient = false
          if (event.peer === undefined) exhausted = true
          else if (!asked.has(event.peer)) asked.set(event.peer, answerOf(event.peer))
          else impatient = true
          break
        case 'answer':
          if (event.value !== undefined) return { peer: event.peer, value: event.value }
          asked.delete(event.peer)
          impatient = true
          break
        case 'late':
          impatient = true
      }
    }
  } finally {
    done.abort()
    source.return?.().catch(() => {})
  }
}

/** Rejects with the signal's reason; never settles when there is no signal. Stops listening when `until` is aborted. */
function aborted(signal: AbortSignal | undefined, until: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true, signal: until })
  })
}
