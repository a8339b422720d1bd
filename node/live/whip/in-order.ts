/**
 * Packets of one RTP stream in the order they were sent. What comes after a missing packet waits for it: a decoder could not use it anyway, and whoever watches
 * takes a packet that overtook others for one that its own line lost, freezes at each, and never learns how long repairs take here.
 */
import { unwrapper } from '#protocols/rtp/packet.ts'
import { MAX_DROPOUT } from './reception.ts'

/** With more packets waiting than this, none is waited for any longer. @default 1000 */
export const MAX_WAITING = 1_000

/** A packet, and when it came (monotonic ms); one that had to be asked for again came when its absence was noticed. */
export interface Arrived { readonly packet: Uint8Array; readonly cameMs: number }

export interface InOrder {
  /** A packet with the sequence number of its header. One that nobody waits for any more is handed on at once. */
  take(sequence: number, packet: Uint8Array, nowMs: number): void
  /** What is missing will not come: hand on all that waits. */
  giveUp(): void
}

/** `handOn` gets packets that go on together. */
export function inOrder(handOn: (arrived: readonly Arrived[]) => void): InOrder {
  const unwrap = unwrapper(16)
  /** In the order they came. */
  const waiting = new Map<number, Arrived>()
  let next: number | undefined

  function handOnReady(): void {
    const ready: Arrived[] = []
    for (let arrived = waiting.get(next!); arrived !== undefined; arrived = waiting.get(next!)) {
      waiting.delete(next!++)
      ready.push(arrived)
    }
    if (ready.length > 0) handOn(ready)
  }

  /** The absence of a packet is noticed when the first comes that was sent after it. */
  function noticedMs(sequence: number): number | undefined {
    for (const [later, { cameMs }] of waiting) if (later > sequence) return cameMs
    return undefined
  }

  function giveUp(): void {
    const left = [...waiting].sort(([a], [b]) => a - b)
    waiting.clear()
    if (left.length === 0) return
    next = left.at(-1)![0] + 1
    handOn(left.map(([, arrived]) => arrived))
  }

  return {
    take(low, packet, nowMs) {
      const sequence = unwrap(low)
      next ??= sequence
      if (Math.abs(sequence - next) > MAX_DROPOUT) {
        giveUp()
        next = sequence
      }
      if (sequence < next) return handOn([{ packet, cameMs: nowMs }])
      waiting.set(sequence, { packet, cameMs: noticedMs(sequence) ?? nowMs })
      handOnReady()
      if (waiting.size > MAX_WAITING) giveUp()
    },
    giveUp
  }
}
