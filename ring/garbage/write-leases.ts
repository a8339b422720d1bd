/** Writes under way: chunks are stored first and named in the catalog later, and until then only their writer knows that they are needed. */
export interface WriteLeases {
  /** Until what it answers is called, nothing that is put into the ring from now on is taken for garbage, however long it takes. */
  begin(): () => void
  /** The same for a write that began `ageMs` ago: it outlives the process it began in. */
  resume(ageMs: number): () => void
  /** How long ago the oldest lease that still runs began, in ms; 0 when none does. */
  oldestMs(): number
}

/** `now` never jumps. */
export function createWriteLeases({ now = () => performance.now() }: { now?: () => number } = {}): WriteLeases {
  const running = new Set<{ readonly sinceMs: number }>()
  const resume = (ageMs: number): (() => void) => {
    const lease = { sinceMs: now() - ageMs }
    running.add(lease)
    return () => { running.delete(lease) }
  }
  return {
    begin: () => resume(0),
    resume,
    oldestMs() {
      let sinceMs = Infinity
      for (const lease of running) sinceMs = Math.min(sinceMs, lease.sinceMs)
      return sinceMs === Infinity ? 0 : Math.max(1, now() - sinceMs)
    }
  }
}
