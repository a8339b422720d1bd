import type { EventLoopUtilization } from 'node:perf_hooks'

/** The load is an average over about this long, in milliseconds. @default 2000 */
export const LOAD_WINDOW_MS = 2_000

/** How busy a thread was over the last window or two, 0 for one that has only begun; looks only when asked. */
export function loadMeter(read: () => EventLoopUtilization, now: () => number = () => performance.now()): () => number {
  const marks = [{ atMs: now(), ...read() }]
  return () => {
    const current = { atMs: now(), ...read() }
    while (marks.length > 1 && current.atMs - marks[1]!.atMs >= LOAD_WINDOW_MS) marks.shift()
    if (current.atMs - marks.at(-1)!.atMs >= LOAD_WINDOW_MS / 4) marks.push(current)
    const [first] = marks
    const active = current.active - first!.active
    const all = active + current.idle - first!.idle
    return current.atMs - first!.atMs < LOAD_WINDOW_MS / 4 || all <= 0 ? 0 : active / all
  }
}
