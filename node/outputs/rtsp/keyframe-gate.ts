import type { LivePacket } from '../../live/live-packet.ts'

/** A client that has more than this many bytes unsent skips to the next keyframe. @default 524288 */
export const CLIENT_QUEUE_BYTES = 524_288

/** Lets a client's pictures begin with a keyframe, and begin anew with one when it fell behind. */
export class KeyframeGate {
  skipped = 0
  readonly #askKeyframe: () => void
  #open = false

  constructor(askKeyframe: () => void) {
    this.#askKeyframe = askKeyframe
  }

  get isOpen(): boolean { return this.#open }

  close(): void { this.#open = false }

  /** What to do with a packet while `queuedBytes` wait: 'first' is the keyframe everything after it builds on. */
  judge(packet: LivePacket, queuedBytes: number): 'send' | 'first' | 'skip' {
    if (this.#open && queuedBytes <= CLIENT_QUEUE_BYTES) return 'send'
    if (this.#open) {
      this.#open = false
      this.#askKeyframe()
    }
    if (packet.key && queuedBytes <= CLIENT_QUEUE_BYTES / 2) {
      this.#open = true
      return 'first'
    }
    this.skipped++
    return 'skip'
  }
}
