/** It is noted so often when a message came, in ms. @default 100 */
export const MARK_EVERY_MS = 100
/** Notes held at most: of the last minute. @default 600 */
export const MAX_MARKS = 600

/** How many of the messages of a stream are stored. */
export interface StoredCount {
  /** So many came by now. */
  took(messages: number): void
  now(): number
}

/** `keptMs`: until when (`performance.now()`) all that came is stored. */
export function storedCount(keptMs: () => number, nowMs: () => number = () => performance.now()): StoredCount {
  const marks: Array<{ messages: number; atMs: number }> = []
  let stored = 0
  return {
    took(messages) {
      const last = marks.at(-1)
      if (last !== undefined && nowMs() - last.atMs < MARK_EVERY_MS) return
      marks.push({ messages, atMs: nowMs() })
      if (marks.length > MAX_MARKS) marks.shift()
    },
    now() {
      const untilMs = keptMs()
      while (marks.length > 0 && marks[0]!.atMs <= untilMs) stored = marks.shift()!.messages
      return stored
    }
  }
}
