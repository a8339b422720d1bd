import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '#ring/base/clock.ts'

/** Time that passes as fast as somebody sleeps, up to a moment. */
export interface FakeClock extends Clock {
  /** Let time pass up to this moment, in ms. */
  passTo(ms: number): void
  /** Sleepers that the end of the time allowed keeps asleep. */
  readonly asleep: number
}

export function createFakeClock(startMs: number): FakeClock {
  let nowMs = startMs
  let untilMs = startMs
  const sleepers = new Set<{ atMs: number; wake: () => void }>()

  function wakeUp(): void {
    for (const sleeper of [...sleepers].sort((a, b) => a.atMs - b.atMs)) {
      if (sleeper.atMs > untilMs) return
      nowMs = Math.max(nowMs, sleeper.atMs)
      sleepers.delete(sleeper)
      sleeper.wake()
    }
  }

  return {
    get asleep() { return sleepers.size },
    nowMs: () => nowMs,
    passTo(ms) {
      untilMs = ms
      wakeUp()
      if (sleepers.size > 0) nowMs = Math.max(nowMs, untilMs)
    },
    async sleep(ms, { signal } = {}) {
      await nextTurn()
      signal?.throwIfAborted()
      await new Promise<void>((resolve, reject) => {
        sleepers.add({ atMs: nowMs + ms, wake: resolve })
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
        wakeUp()
      })
    }
  }
}
