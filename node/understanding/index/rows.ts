/** Vectors of one space and some partitions, and what is known of each: typed arrays, so that a million of them are no burden to the collector. */
import { PARTITIONS } from '#protocols/ids.ts'
import { VectorFile, type VectorFileInit } from './vector-file.ts'

/** Levels of moments, from 0 on. */
export const LEVELS = 3
/** Rows there is room for at first. @default 1024 */
export const FIRST_ROWS = 1_024

export interface Row {
  /** Rises with every row and is never used again. */
  readonly label: number
  /** Number of the subject. */
  readonly subject: number
  readonly partition: number
  readonly level: number
  readonly fromMs: number
  readonly toMs: number
  readonly pictureMs: number
  readonly vector: Float32Array
}

const COLUMNS = { label: Uint32Array, subject: Uint32Array, partition: Uint8Array, level: Uint8Array, dead: Uint8Array, fromMs: Float64Array, toMs: Float64Array, pictureMs: Float64Array }
type Columns = { [Name in keyof typeof COLUMNS]: InstanceType<(typeof COLUMNS)[Name]> }

const makeColumns = (rows: number): Columns => Object.fromEntries(Object.entries(COLUMNS).map(([name, Column]) => [name, new Column(rows)])) as unknown as Columns

export class Rows {
  readonly vectors: VectorFile
  readonly #init: VectorFileInit
  readonly #bySubject = new Map<number, number[]>()
  /** How many are alive, by partition and level. */
  readonly #living = new Uint32Array(PARTITIONS * LEVELS)
  #columns = makeColumns(FIRST_ROWS)
  #count = 0
  #dead = 0

  constructor(dimensions: number, init: VectorFileInit = {}) {
    this.#init = init
    this.vectors = new VectorFile(dimensions, init)
  }

  /** Places that were given out; some may be dead. */
  get count(): number { return this.#count }
  get dead(): number { return this.#dead }
  get columns(): Readonly<Columns> { return this.#columns }

  /** Labels come in rising order. */
  add({ label, subject, partition, level, fromMs, toMs, pictureMs, vector }: Row): void {
    const place = this.#count++
    if (place === this.#columns.label.length) this.#grow()
    const values = { label, subject, partition, level, fromMs, toMs, pictureMs }
    for (const name of Object.keys(values) as Array<keyof typeof values>) this.#columns[name][place] = values[name]
    this.vectors.add(vector)
    this.#live(place, 1)
    const places = this.#bySubject.get(subject)
    if (places === undefined) this.#bySubject.set(subject, [place])
    else places.push(place)
  }

  /** These are found no more; answers those that were there. */
  kill(labels: readonly number[]): number[] {
    const { dead, subject } = this.#columns
    const killed = labels.map((label) => this.placeOf(label)).filter((place) => place !== -1 && dead[place] === 0)
    for (const place of killed) dead[place] = 1
    for (const place of killed) this.#live(place, -1)
    this.#dead += killed.length
    for (const each of new Set(killed.map((place) => subject[place]!))) {
      const left = this.placesOf(each).filter((place) => dead[place] === 0)
      if (left.length === 0) this.#bySubject.delete(each)
      else this.#bySubject.set(each, left)
    }
    return killed.map((place) => this.#columns.label[place]!)
  }

  /** Whether all that are alive are of these, marked by 1. */
  areOf(partitions: Uint8Array, levels: Uint8Array): boolean {
    return this.#living.every((count, at) => count === 0 || (partitions[Math.floor(at / LEVELS)] === 1 && levels[at % LEVELS] === 1))
  }

  /** Living places of a subject. */
  placesOf(subject: number): readonly number[] {
    return this.#bySubject.get(subject) ?? []
  }

  /** -1 when there is none. */
  placeOf(label: number): number {
    const { label: labels } = this.#columns
    let [low, high] = [0, this.#count - 1]
    while (low <= high) {
      const middle = (low + high) >> 1
      const found = labels[middle]!
      if (found === label) return middle
      if (found < label) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** What is known of a vector. */
  place(place: number): Omit<Row, 'vector'> {
    const { label, subject, partition, level, fromMs, toMs, pictureMs } = this.#columns
    return { label: label[place]!, subject: subject[place]!, partition: partition[place]!, level: level[place]!, fromMs: fromMs[place]!, toMs: toMs[place]!, pictureMs: pictureMs[place]! }
  }

  row(place: number): Row {
    return { ...this.place(place), vector: this.vectors.vector(place) }
  }

  /** The living ones by themselves, under the same labels. */
  compacted(): Rows {
    const rows = new Rows(this.vectors.dimensions, this.#init)
    for (let place = 0; place < this.#count; place++) if (this.#columns.dead[place] === 0) rows.add(this.row(place))
    return rows
  }

  #live(place: number, sign: 1 | -1): void {
    const at = this.#columns.partition[place]! * LEVELS + this.#columns.level[place]!
    this.#living[at] = this.#living[at]! + sign
  }

  #grow(): void {
    const larger = makeColumns(this.#columns.label.length * 2)
    for (const name of Object.keys(COLUMNS) as Array<keyof Columns>) larger[name].set(this.#columns[name])
    this.#columns = larger
  }
}
