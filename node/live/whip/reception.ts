/** How one RTP stream arrives: what RFC 3550 has a receiver report, and what is missing and worth asking for again. */
import { unwrapper } from '#protocols/rtp/packet.ts'

/** A packet that is late by less than this, in milliseconds, is only out of order. @default 15 */
export const REORDER_MS = 15
/** A missing packet is asked for again after this many milliseconds. @default 80 */
export const ASK_AGAIN_MS = 80
/** For so long, in milliseconds, a missing packet is asked for: three times there and back on a line around the world. Then a keyframe is the way on. @default 1000 */
export const GIVE_UP_MS = 1_000
/** With more packets missing than this, a keyframe is the quicker way back. @default 200 */
export const MAX_MISSING = 200
/** A step larger than this is a stream that began anew. */
export const MAX_DROPOUT = 3_000

/** Report block of RFC 3550 section 6.4.1, without the times of sender reports. */
export interface ReceptionBlock { readonly fractionLost: number; readonly packetsLost: number; readonly highestSequence: number; readonly jitter: number }

export interface Reception {
  /** A packet came; `nowMs` is monotonic. False when it had come before. */
  note(sequence: number, timestamp: number, nowMs: number): boolean
  /** Low 16 bits of what to ask for now; 'too-many' when asking is of no use, or was of none: the picture has a hole until the next keyframe. */
  missing(nowMs: number): number[] | 'too-many'
  hasMissing(): boolean
  /** Since the last one; undefined before the first packet. */
  block(): ReceptionBlock | undefined
}

export function createReception(clockRate: number): Reception {
  const unwrap = unwrapper(16)
  const lacking = new Map<number, { sinceMs: number; askedMs: number }>()
  let first: number | undefined
  let highest = 0
  let received = 0
  let jitter = 0
  let transit: number | undefined
  let last = { expected: 0, received: 0 }

  function restart(sequence: number): void {
    lacking.clear()
    first = highest = sequence
    received = 0
    last = { expected: 0, received: 0 }
  }

  /** RFC 3550 appendix A.8. */
  function spread(timestamp: number, nowMs: number): void {
    const now = (nowMs * clockRate / 1000 - timestamp)
    if (transit !== undefined) {
      const step = Math.abs(now - transit)
      if (step < clockRate * 10) jitter += (step - jitter) / 16 // a clock that jumped says nothing of the network
    }
    transit = now
  }

  return {
    note(low, timestamp, nowMs) {
      const sequence = unwrap(low)
      if (first === undefined || Math.abs(sequence - highest) > MAX_DROPOUT) restart(sequence)
      else if (sequence <= highest && !lacking.delete(sequence)) return sequence < highest - MAX_MISSING
      received++
      spread(timestamp, nowMs)
      for (let gap = Math.max(highest + 1, sequence - MAX_MISSING - 1); gap < sequence; gap++) lacking.set(gap, { sinceMs: nowMs, askedMs: -Infinity })
      highest = Math.max(highest, sequence)
      return true
    },
    missing(nowMs) {
      if (lacking.size > MAX_MISSING) {
        lacking.clear()
        return 'too-many'
      }
      const due: number[] = []
      for (const [sequence, each] of lacking) {
        if (nowMs - each.sinceMs < REORDER_MS || nowMs - each.askedMs < ASK_AGAIN_MS) continue
        if (nowMs - each.sinceMs > GIVE_UP_MS) {
          lacking.clear()
          return 'too-many'
        }
        due.push(((sequence % 65_536) + 65_536) % 65_536)
        each.askedMs = nowMs
      }
      return due
    },
    hasMissing: () => lacking.size > 0,
    block() {
      if (first === undefined) return undefined
      const expected = highest - first + 1
      const [more, came] = [expected - last.expected, received - last.received]
      last = { expected, received }
      const fraction = more <= 0 || came >= more ? 0 : Math.floor((more - came) * 256 / more)
      return { fractionLost: Math.min(255, fraction), packetsLost: Math.min(0x7fffff, Math.max(0, expected - received)), highestSequence: highest >>> 0, jitter: Math.round(jitter) >>> 0 }
    }
  }
}
