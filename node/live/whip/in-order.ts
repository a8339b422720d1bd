/**
 * Packets of one RTP stream in the order they were sent. What comes after a missing packet waits for it: a decoder could not use it anyway, and whoever watches
 * takes a packet that overtook others for one that its own line lost, freezes at each, and never learns how long repairs take here. In order they only see that
 * packets come unevenly, and a browser holds back as much as that needs.
 */
import { unwrapper } from '#protocols/rtp/packet.ts'

/** With more packets waiting than this, none is waited for any longer. @default 1000 */
export const MAX_WAITING = 1_000

/** A step larger than this is a stream that began anew. */
const MAX_STEP = 3_000

export interface InOrder {
  /** A packet with the sequence number of its header. One that nobody waits for any more is handed on at once. */
  take(sequence: number, packet: Uint8Array): void
  /** What is missing will not come: hand on all that waits. */
  giveUp(): void
}

export function inOrder(handOn: (packet: Uint8Array) => void): InOrder {
  const unwrap = unwrapper(16)
  const waiting = new Map<number, Uint8Array>()
  let next: number | undefined

  function handOnWaiting(): void {
    for (let packet = waiting.get(next!); packet !== undefined; packet = waiting.get(next!)) {
      waiting.delete(next!++)
      handOn(packet)
    }
  }

  function giveUp(): void {
    const left = [...waiting.keys()].sort((a, b) => a - b)
    for (const sequence of left) handOn(waiting.get(sequence)!)
    waiting.clear()
    if (left.length > 0) next = left.at(-1)! + 1
  }

  return {
    take(low, packet) {
      const sequence = unwrap(low)
      next ??= sequence
      if (Math.abs(sequence - next) > MAX_STEP) { // a stream that began anew
        giveUp()
        next = sequence
      }
      if (sequence < next) return handOn(packet)
      waiting.set(sequence, packet)
      handOnWaiting()
      if (waiting.size > MAX_WAITING) giveUp()
    },
    giveUp
  }
}
