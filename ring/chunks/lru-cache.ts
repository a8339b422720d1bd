/** Values by key, at most `maxBytes` of them by the sizes given; the one unused longest goes first. */
export interface LruCache<V> {
  get(key: string): V | undefined
  /** Not kept when it alone is larger than the cache. */
  set(key: string, value: V, bytes: number): void
  readonly bytes: number
}

export function createLruCache<V>(maxBytes: number): LruCache<V> {
  const entries = new Map<string, { value: V; bytes: number }>() // oldest first
  let held = 0

  function drop(key: string): void {
    held -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }

  return {
    get bytes() { return held },
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      entries.set(key, entry)
      return entry.value
    },
    set(key, value, bytes) {
      drop(key)
      if (bytes > maxBytes) return
      entries.set(key, { value, bytes })
      held += bytes
      for (const oldest of entries.keys()) {
        if (held <= maxBytes) return
        drop(oldest)
      }
    }
  }
}
