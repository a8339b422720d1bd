import { useSyncExternalStore } from 'react'
import { Store } from '../design/store.ts'

/** Ids of the clips that are chosen for what is done to many at once. */
export class Selection {
  readonly #store = new Store<ReadonlySet<string>>(new Set())
  /** The one chosen last: where a range begins. */
  #anchor: string | undefined
  #isAllowed = true

  readonly get = (): ReadonlySet<string> => this.#store.get()
  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener)

  /** Whether anything may be chosen at all. */
  allow(isAllowed: boolean): void {
    this.#isAllowed = isAllowed
    if (!isAllowed) this.clear()
  }

  has(id: string): boolean {
    return this.get().has(id)
  }

  toggle(id: string): void {
    const ids = new Set(this.get())
    if (!ids.delete(id)) ids.add(id)
    this.#anchor = id
    this.set(ids)
  }

  /** Adds all of a range. */
  range(ids: Iterable<string>): void {
    this.set([...this.get(), ...ids])
  }

  /** Adds all from the one chosen last to this one, in the order they are shown. */
  rangeTo(id: string, order: readonly string[]): void {
    const [from = 0, end = 0] = [order.indexOf(this.#anchor ?? id), order.indexOf(id)].sort((a, b) => a - b)
    this.#anchor = id
    this.range(order.slice(Math.max(0, from), end + 1))
  }

  set(ids: Iterable<string>): void {
    if (this.#isAllowed) this.#store.set(new Set(ids))
  }

  clear(): void {
    this.#anchor = undefined
    if (this.get().size > 0) this.#store.set(new Set())
  }
}

/** The page's one selection: it stays while pages change. */
export const selection = new Selection()

export function useSelection(): ReadonlySet<string> {
  return useSyncExternalStore(selection.subscribe, selection.get)
}
