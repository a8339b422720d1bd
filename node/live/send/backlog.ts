/** A thread that is behind by more than this many milliseconds is not given pictures until it has caught up. @default 200 */
export const MAX_BACKLOG_MS = 200
/** And by no more than this many packets, however it keeps time. @default 8192 */
export const MAX_BACKLOG_PACKETS = 8_192

/** How far a thread is behind what was posted to it. */
export interface Backlog {
  posted(packets: number): void
  /** Age of the oldest packets it has not taken up, in milliseconds. */
  behindMs(): number
  packets(): number
}

/** `taken` answers how many packets were taken up so far, modulo 2^32. */
export function backlog(taken: () => number, now: () => number = () => performance.now()): Backlog {
  const marks: Array<{ total: number; atMs: number }> = []
  let total = 0
  const packets = (): number => (total - taken()) | 0
  return {
    packets,
    posted(count) {
      total = (total + count) | 0
      marks.push({ total, atMs: now() })
    },
    behindMs() {
      const done = taken()
      while (marks.length > 0 && ((marks[0]!.total - done) | 0) <= 0) marks.shift()
      return marks.length === 0 ? 0 : now() - marks[0]!.atMs
    }
  }
}
