import { Store } from './store.ts'

function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null')
  } catch {
    return null
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Private windows may refuse storage; then the choice lasts as long as the page.
  }
}

/** A store this browser keeps between visits. `parse` gets what was kept, which may be of another version or of another hand, and answers a whole value whatever it gets. */
export class Kept<T> extends Store<T> {
  readonly #key: string

  constructor(key: string, parse: (kept: unknown) => T) {
    super(parse(read(key)))
    this.#key = key
  }

  override set(value: T): void {
    super.set(value)
    write(this.#key, value)
  }
}
