import type { LivePacket } from '../live-packet.ts'

/** A line on which this part of the packets is asked for again, those that were sent again and lost counted anew, does not carry the camera. @default 0.5 */
export const HOPELESS_LOSS = 0.5
/** What is judged together, in milliseconds: longer than a line is dead now and then. @default 2000 */
export const LOSS_WINDOW_MS = 2_000
/** So often a packet is asked for before it can be there, and not more: whoever asks all the time is to be sent no more for it. @default 4 */
export const EARLY_REQUESTS = 4
/** Of fewer packets in a window nothing is concluded. @default 30 */
const MIN_PACKETS = 30

/** How much of what one viewer is sent it asks for again. */
export interface LossMeter {
  sent(): void
  /** True at most once a window: sending more makes it worse. */
  asked(packets: ReadonlyArray<Pick<LivePacket, 'sequence' | 'arrivedMs'>>): boolean
}

/**
 * Browsers ask again every 100 ms or so, also on a line that takes longer there and back: of that nothing is concluded. How long it takes is
 * seen from the packet that was asked for soonest after it was sent.
 */
export function lossMeter(now: () => number = () => performance.now()): LossMeter {
  let window = { sinceMs: now(), sent: 0, asked: 0, roundTripMs: Infinity }
  let lastRoundTripMs = Infinity
  /** When each packet was counted last, the longest ago first, and how often it was asked for too early since. */
  const counted = new Map<number, { atMs: number; early: number }>()

  function count({ sequence, arrivedMs }: Pick<LivePacket, 'sequence' | 'arrivedMs'>): void {
    const last = counted.get(sequence)
    if (last === undefined) window.roundTripMs = Math.min(window.roundTripMs, now() - arrivedMs)
    else if (now() - last.atMs < Math.min(window.roundTripMs, lastRoundTripMs) && ++last.early <= EARLY_REQUESTS) return // it is under way
    counted.delete(sequence)
    counted.set(sequence, { atMs: now(), early: 0 })
    window.asked++
  }

  function forget(): void {
    for (const [sequence, { atMs }] of counted) {
      if (now() - atMs < LOSS_WINDOW_MS) return
      counted.delete(sequence)
    }
  }

  return {
    sent() { window.sent++ },
    asked(packets) {
      for (const packet of packets) count(packet)
      if (now() - window.sinceMs < LOSS_WINDOW_MS) return false
      const { sent, asked, roundTripMs } = window
      window = { sinceMs: now(), sent: 0, asked: 0, roundTripMs: Infinity }
      lastRoundTripMs = roundTripMs
      forget()
      return sent >= MIN_PACKETS && asked > sent * HOPELESS_LOSS
    }
  }
}
