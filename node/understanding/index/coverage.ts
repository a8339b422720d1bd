import type { Partition } from '#protocols/ids.ts'
import { PARTITIONS } from '#protocols/ids.ts'
import { LIVE } from './entries.ts'
import type { StoredStretch } from './store.ts'

/** What is asked for: names of other readings may be of one subject only, and a million subjects have a million of them. */
const isCounted = (reading: string): boolean => reading === LIVE || reading.startsWith('vectors@')

/** How much of each partition is understood, and by what: kept, not counted when somebody asks. */
export class Understood {
  readonly #byReading = new Map<string, Float64Array>()
  readonly #all = new Float64Array(PARTITIONS)

  add(partition: number, stretches: readonly StoredStretch[], sign: 1 | -1 = 1): void {
    for (const { ms, readings } of stretches) {
      this.#all[partition] = this.#all[partition]! + sign * ms
      for (const reading of new Set(readings.filter(isCounted))) {
        const times = this.#byReading.get(reading) ?? new Float64Array(PARTITIONS)
        times[partition] = times[partition]! + sign * ms
        this.#byReading.set(reading, times)
      }
    }
  }

  /** Ms that vectors were made of, or that are live, or that anything was made of. */
  ms(partitions: Iterable<Partition>, reading?: string): number {
    const times = reading === undefined ? this.#all : this.#byReading.get(reading)
    let sum = 0
    for (const partition of partitions) sum += Math.max(0, times?.[partition] ?? 0)
    return sum
  }
}
