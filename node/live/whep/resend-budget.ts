import type { LivePacket } from '../live-packet.ts'

/** A packet that was sent again is not sent once more within this many milliseconds. @default 20 */
export const AGAIN_MS = 20
/** So many packets may be sent again at once, in packets. @default 500 */
export const RESEND_BURST = 500
/** Beyond the burst as many are sent again as were sent in the last second, and so many a second at least. @default 50 */
export const RESEND_PER_SECOND = 50

/** How much one viewer is sent again, whatever it asks for. */
export interface ResendBudget {
  /** A packet was sent for the first time. */
  sent(): void
  /** Those of the packets asked for that it is sent, each once. */
  grant<T extends Pick<LivePacket, 'sequence'>>(packets: readonly T[]): T[]
}

export function resendBudget(now: () => number = () => performance.now()): ResendBudget {
  let left = RESEND_BURST
  let sinceMs = now()
  let second = { sinceMs: now(), sent: 0, before: 0 }
  /** When each packet was sent again last, the longest ago first. */
  const again = new Map<number, number>()

  function turn(): void {
    const passedMs = now() - second.sinceMs
    if (passedMs >= 1_000) second = { sinceMs: now(), sent: 0, before: passedMs < 2_000 ? second.sent : 0 }
  }

  function refill(): void {
    turn()
    left = Math.min(RESEND_BURST, left + (now() - sinceMs) / 1_000 * Math.max(RESEND_PER_SECOND, second.before, second.sent))
    sinceMs = now()
    for (const [sequence, atMs] of again) {
      if (now() - atMs < AGAIN_MS) return
      again.delete(sequence)
    }
  }

  return {
    sent() {
      turn()
      second.sent++
    },
    grant(packets) {
      refill()
      return packets.filter(({ sequence }) => {
        if (left < 1 || again.has(sequence)) return false
        left--
        again.set(sequence, now())
        return true
      })
    }
  }
}
