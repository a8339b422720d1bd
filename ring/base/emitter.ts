/** A list of listeners for one kind of event. `on` answers the way to leave. */
export interface Signal<T> {
  on(listener: (event: T) => void): () => void
}

export interface Emitter<T> extends Signal<T> {
  /** Calls every listener; never throws. */
  emit(event: T): void
}

/** One listener's failure is no business of the others, nor of whoever emits: `onFailure` hears of it, by default as a warning of the process. */
export function emitter<T>(onFailure: (err: unknown) => void = warn): Emitter<T> {
  const listeners = new Set<(event: T) => void>()
  return {
    on(listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event)
        } catch (err) {
          onFailure(err)
        }
      }
    }
  }
}

function warn(err: unknown): void {
  process.emitWarning(`a listener failed: ${err instanceof Error ? err.stack : err}`, 'ListenerWarning')
}
