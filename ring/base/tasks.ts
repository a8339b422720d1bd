import { setTimeout as sleep } from 'node:timers/promises'
import type { Startable } from './lifecycle.ts'
import type { Logger } from './log.ts'

/** The caller's signal, or a deadline when there is none; and always `shutdown`. */
export function deadline(ms: number, shutdown: AbortSignal, signal?: AbortSignal): AbortSignal {
  return AbortSignal.any([shutdown, signal ?? AbortSignal.timeout(ms)])
}

/** Run `task` every `everyMs`, never twice at once; a failure is logged and the next turn comes all the same. */
export function repeating(task: (signal: AbortSignal) => Promise<void> | void, everyMs: number, log: Logger): Startable & { now(): Promise<void> } {
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  let loop: Promise<void> | undefined

  const now = (): Promise<void> => {
    running ??= Promise.resolve()
      .then(() => task(stopping.signal))
      .catch((err) => { if (!stopping.signal.aborted) log.error('task failed - %s', err) })
      .finally(() => { running = undefined })
    return running
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
      if (!stopping.signal.aborted) await now()
    }
  }

  return {
    now,
    start() { loop ??= run() },
    async stop() {
      stopping.abort()
      await Promise.all([loop, running])
    }
  }
}

/** At most `limit` of the given functions run at once; the rest wait their turn, first come first served. */
export function limiter(limit: number): <T>(run: () => Promise<T>) => Promise<T> {
  let active = 0
  const waiting: Array<() => void> = []
  return async (run) => {
    if (active < limit) active++
    else await new Promise<void>((resolve) => waiting.push(resolve)) // whoever ends hands its place over
    try {
      return await run()
    } finally {
      const next = waiting.shift()
      if (next === undefined) active--
      else next()
    }
  }
}
