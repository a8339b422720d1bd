import type { Partition } from '#protocols/ids.ts'
import { PARTITIONS } from '#protocols/ids.ts'
import type { StoredStretch } from './store.ts'

/** How much of each partition is understood, and by what: kept, not counted when somebody asks. */
export class Understood {
  readonly #byReading = new Map<string, Float64Array>()
  readonly #all = new Float64Array(PARTITIONS)

  add(partition: number, stretches: readonly StoredStretch[], sign: 1 | -1 = 1): void {
    for (const { ms, readings } of stretches) {
      this.#all[partition] = this.#all[partition]! + sign * ms
      for (const reading of new Set(readings)) {
        const times = this.#byReading.get(reading) ?? new Float64Array(PARTITIONS)
        times[partition] = times[partition]! + sign * ms
        this.#byReading.set(reading, times)
      }
    }
  }

  /** Ms that a reading was made of, or any at all. */
  ms(partitions: Iterable<Partition>, reading?: string): number {
    const times = reading === undefined ? this.#all : this.#byReading.get(reading)
    let sum = 0
    for (const partition of partitions) sum += Math.max(0, times?.[partition] ?? 0)
    return sum
  }
}
