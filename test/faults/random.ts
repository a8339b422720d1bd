import { randomOf } from '../support/random.ts'

/** Chance that can be replayed: the same seed gives the same numbers. */
export class Random {
  /** From 0 to below 1. */
  readonly next: () => number

  /** A stream of its own for each `name`, so that one consumer does not disturb another. */
  constructor(seed: number, name = '') {
    let state = seed >>> 0
    for (const char of name) state = Math.imul(state ^ char.charCodeAt(0), 0x01000193) >>> 0
    this.next = randomOf(state)
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  chance(probability: number): boolean { return this.next() < probability }

  /** @throws RangeError when there is nothing to pick from */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from')
    return items[this.between(0, items.length - 1)] as T
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items.map((item) => ({ item, at: this.next() })).sort((a, b) => a.at - b.at).map(({ item }) => item)
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i++) bytes[i] = this.next() * 256
    return bytes
  }
}
