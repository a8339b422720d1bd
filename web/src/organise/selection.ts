import { Store } from '../design/store.ts'

/** Ids of the assets that are chosen for what is done to many at once. Watched with `useSyncExternalStore(selection.subscribe, selection.get)`. */
class Selection {
  readonly #store = new Store<ReadonlySet<string>>(new Set())

  readonly get = (): ReadonlySet<string> => this.#store.get()
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener)

  toggle(id: string): void {
    const ids = new Set(this.get())
    if (!ids.delete(id)) ids.add(id)
    this.#store.set(ids)
  }

  /** Adds all of a range. */
  range(ids: Iterable<string>): void {
    this.#store.set(new Set([...this.get(), ...ids]))
  }

  set(ids: Iterable<string>): void {
    this.#store.set(new Set(ids))
  }

  clear(): void {
    if (this.get().size > 0) this.#store.set(new Set())
  }
}

export const selection = new Selection()
