import type { Partition } from '#protocols/ids.ts'
import { PARTITIONS } from '#protocols/ids.ts'
import { kindOf } from '../sense.ts'
import { HEARD, LIVE } from './entries.ts'
import type { StoredStretch } from './store.ts'

/** What is asked for: kinds, and vectors by their space. Names of other readings may be of one subject only, and a million subjects have a million of them. */
const countedAs = (reading: string): string[] => [reading === LIVE || reading.startsWith('vectors@') ? reading : undefined, kindOf(reading)].filter((name) => name !== undefined)

/** Of a camera's sound: that time is told by its pictures. */
export const isOfSound = (readings: readonly string[]): boolean => readings.some((reading) => reading.startsWith(HEARD))

/** How much of each partition is understood, and by what: kept, not counted when somebody asks. */
export class Understood {
  readonly #byReading = new Map<string, Float64Array>()
  readonly #all = new Float64Array(PARTITIONS)

  add(partition: number, stretches: readonly StoredStretch[], sign: 1 | -1 = 1): void {
    for (const { ms, readings } of stretches) {
      if (!isOfSound(readings)) this.#all[partition] = this.#all[partition]! + sign * ms
      for (const reading of new Set(readings.flatMap(countedAs))) {
        const times = this.#byReading.get(reading) ?? new Float64Array(PARTITIONS)
        times[partition] = times[partition]! + sign * ms
        this.#byReading.set(reading, times)
      }
    }
  }

  /** Ms of which each of these was made, of several the least; of none: of which anything was, but a camera's sound alone. */
  ms(partitions: Iterable<Partition>, needed: readonly string[] = []): number {
    const times = needed.length === 0 ? [this.#all] : needed.map((reading) => this.#byReading.get(reading))
    let sum = 0
    for (const partition of partitions) sum += Math.max(0, Math.min(...times.map((each) => each?.[partition] ?? 0)))
    return sum
  }
}
