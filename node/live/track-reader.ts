import type { TrackReport } from '#protocols/media.ts'
import type { LivePacket } from './live-packet.ts'

/** What a live camera writes to. A sink never blocks and never throws. */
export interface PacketSink {
  write(packet: LivePacket): void
  report(report: TrackReport): void
  /** Packets are missing before the next one. */
  skip?(): void
  /** The camera is no longer live; nothing follows. */
  ended(reason: string): void
}

/** Packets the recorder may fall behind before it loses any: about half a minute of a 4 Mbit/s camera. @default 16384 */
export const RECORDER_WINDOW_PACKETS = 16_384
/** Packets another node's relay may fall behind before it skips to the next keyframe. @default 1024 */
export const RELAY_WINDOW_PACKETS = 1_024

/**
 * One reader's bounded window on a live camera. A reader that falls behind loses everything up to the next keyframe, so its picture
 * is late and never torn; what it lost is counted in `dropped`.
 */
export class TrackReader implements PacketSink, AsyncIterable<LivePacket[]> {
  dropped = 0
  readonly #capacity: number
  readonly #onSkip: () => void
  readonly #onReport: (report: TrackReport) => void
  #queue: LivePacket[] = []
  #skipping = false
  #wake: (() => void) | undefined
  #endedReason: string | undefined

  constructor(capacity: number, hooks: { onSkip?: () => void; onReport?: (report: TrackReport) => void } = {}) {
    this.#capacity = capacity
    this.#onSkip = hooks.onSkip ?? (() => {})
    this.#onReport = hooks.onReport ?? (() => {})
  }

  /** Why the camera ended; undefined while it lives. */
  get endedReason(): string | undefined { return this.#endedReason }
  get queued(): number { return this.#queue.length }

  write(packet: LivePacket): void {
    if (this.#endedReason !== undefined) return
    if (this.#skipping && packet.key && this.#queue.length < this.#capacity / 2) this.#skipping = false
    if (!this.#skipping && this.#queue.length >= this.#capacity) {
      this.#skipping = true
      this.#onSkip()
    }
    if (this.#skipping) {
      this.dropped++
      return
    }
    this.#queue.push(packet)
    this.#wake?.()
  }

  report(report: TrackReport): void { this.#onReport(report) }

  ended(reason: string): void {
    this.#endedReason ??= reason
    this.#wake?.()
  }

  /** Everything queued, a batch at a time; ends after the camera did. */
  async *[Symbol.asyncIterator](): AsyncGenerator<LivePacket[]> {
    while (true) {
      if (this.#queue.length > 0) {
        const batch = this.#queue
        this.#queue = []
        yield batch
      } else if (this.#endedReason !== undefined) {
        return
      } else {
        await new Promise<void>((resolve) => { this.#wake = resolve })
        this.#wake = undefined
      }
    }
  }
}
