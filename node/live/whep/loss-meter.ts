/** A line on which this part of the packets is asked for again, every request counted, does not carry the camera. @default 0.5 */
export const HOPELESS_LOSS = 0.5
/** What is judged together, in milliseconds: longer than a line is dead now and then. @default 2000 */
export const LOSS_WINDOW_MS = 2_000
/** Of fewer packets in a window nothing is concluded. @default 30 */
const MIN_PACKETS = 30

/** How much of what one viewer is sent it asks for again. */
export interface LossMeter {
  sent(): void
  /** True at most once a window: sending more makes it worse. */
  asked(packets: number): boolean
}

export function lossMeter(now: () => number = () => performance.now()): LossMeter {
  let window = { sinceMs: now(), sent: 0, asked: 0 }
  return {
    sent() { window.sent++ },
    asked(packets) {
      window.asked += packets
      if (now() - window.sinceMs < LOSS_WINDOW_MS) return false
      const { sent, asked } = window
      window = { sinceMs: now(), sent: 0, asked: 0 }
      return sent >= MIN_PACKETS && asked > sent * HOPELESS_LOSS
    }
  }
}
