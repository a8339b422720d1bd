/** A list of listeners for one kind of event. `on` answers the way to leave. */
export interface Signal<T> {
  on(listener: (event: T) => void): () => void
}

export interface Emitter<T> extends Signal<T> {
  emit(event: T): void
}

export function emitter<T>(): Emitter<T> {
  const listeners = new Set<(event: T) => void>()
  return {
    on(listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    emit(event) {
      for (const listener of listeners) listener(event)
    }
  }
}
