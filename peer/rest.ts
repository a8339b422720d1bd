/** Waits for something to do. */
export class Rest {
  readonly #listeners = new Set<() => void>()
  wake(): void {
    for (const listener of this.#listeners) listener()
  }
  /** Until wake() or the signal. */
  until(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#listeners.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      if (signal.aborted) return resolve()
      this.#listeners.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }
}
