/** Writes under way: chunks are stored first and named in the catalog later, and until then only their writer knows that they are needed. */
export interface WriteLeases {
  /** Until what it answers is called, nothing that is put into the ring from now on is taken for garbage, however long it takes. */
  begin(): () => void
  /** How long ago the oldest lease that still runs began, in ms; 0 when none does. */
  oldestMs(): number
}

/** `now` never jumps. */
export function createWriteLeases({ now = () => performance.now() }: { now?: () => number } = {}): WriteLeases {
  const running = new Set<{ readonly sinceMs: number }>() // in the order they began
  return {
    begin() {
      const lease = { sinceMs: now() }
      running.add(lease)
      return () => { running.delete(lease) }
    },
    oldestMs() {
      const [oldest] = running
      return oldest === undefined ? 0 : Math.max(1, now() - oldest.sinceMs)
    }
  }
}
