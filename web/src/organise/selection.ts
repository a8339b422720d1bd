import { useSyncExternalStore } from 'react'
import { Store } from '../design/store.ts'

const NONE: ReadonlySet<string> = new Set()

/** The clips that are chosen, by id. */
export class Selection extends Store<ReadonlySet<string>> {
  /** The one chosen last: where a range begins. */
  #anchor: string | undefined

  constructor() {
    super(NONE)
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

  /** Chooses all from the one chosen last to this one, in the order they are shown. */
  range(to: string, order: readonly string[]): void {
    const [from, end] = [order.indexOf(this.#anchor ?? to), order.indexOf(to)].sort((a, b) => a - b) as [number, number]
    this.set(new Set([...this.get(), ...order.slice(Math.max(0, from), end + 1)]))
    this.#anchor = to
  }

  /** Chooses these as well. */
  add(ids: Iterable<string>): void {
    this.set(new Set([...this.get(), ...ids]))
  }

  all(ids: readonly string[]): void {
    this.set(new Set(ids))
  }

  clear(): void {
    this.#anchor = undefined
    this.set(NONE)
  }
}

/** The page's one selection: it stays while pages change. */
export const selection = new Selection()

export function useSelection(): ReadonlySet<string> {
  return useSyncExternalStore(selection.subscribe, selection.get)
}
