export interface Startable {
  start(): Promise<void> | void
  stop(): Promise<void> | void
}

export interface AbortOptions {
  signal?: AbortSignal
}

/** Start parts in the order given; stop them in reverse, and undo a half-finished start. */
export function lifecycle(parts: Startable[]): Startable {
  const running: Startable[] = []

  async function stop(): Promise<void> {
    const failures: unknown[] = []
    for (let part = running.pop(); part !== undefined; part = running.pop()) {
      try {
        await part.stop()
      } catch (err) {
        failures.push(err)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'some parts did not stop cleanly')
  }

  async function start(): Promise<void> {
    if (running.length > 0) return
    try {
      for (const part of parts) {
        await part.start()
        running.push(part)
      }
    } catch (err) {
      await stop().catch(() => {}) // the first failure is the one worth reporting
      throw err
    }
  }

  return { start, stop }
}
