import { type Scan, scanIn } from './scan-module.ts'

/** Vectors compared in one call. @default 1024 */
export const SCAN_ROWS = 1_024
/** Least growth, in pages of 64 KiB; beyond 16 times that, an eighth of what there is. @default 8 */
export const GROW_PAGES = 8

/** Numbers are kept as so many parts of 1, in 16 bits: products of vectors of length 1 are right to some 0.00003, in half the room of floats. @default 16384 */
export const PARTS = 16_384

const PAGE = 65_536
const STRIDE = 32
const [LEAST, MOST] = [-32_768, 32_767]

/** Vectors of length 1, as many numbers each, one after the other, where they can be compared fast. At most 4 GiB of them. */
export class VectorMemory {
  readonly dimensions: number
  readonly #bytes: number
  readonly #out: number
  readonly #rows: number
  readonly #memory: WebAssembly.Memory
  readonly #scan: Scan
  #numbers: Int16Array
  readonly #scores = new Float32Array(SCAN_ROWS)
  #count = 0

  constructor(dimensions: number) {
    this.dimensions = dimensions
    this.#bytes = Math.ceil(dimensions * 2 / STRIDE) * STRIDE // what is beyond the numbers stays 0
    this.#out = this.#bytes
    this.#rows = this.#out + SCAN_ROWS * 4
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(this.#rows / PAGE) + 1 })
    this.#scan = scanIn(this.#memory)
    this.#numbers = new Int16Array(this.#memory.buffer)
  }

  get count(): number { return this.#count }
  get bytes(): number { return this.#memory.buffer.byteLength }
  /** Bytes of one vector. */
  get rowBytes(): number { return this.#bytes }

  /** @throws RangeError when there is no more memory */
  add(vector: Float32Array): void {
    this.#makeRoom(this.#count + 1)
    this.#put(vector, this.#at(this.#count++))
  }

  /** Vectors from a place on as they lie here; valid until something is added. */
  raw(from: number, count: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, this.#rows + from * this.#bytes, count * this.#bytes)
  }

  /** From now on it has so many vectors, which are written, as `raw` gives them, into what is answered. @throws RangeError when there is no more memory */
  replace(count: number): Uint8Array {
    this.#makeRoom(count)
    this.#count = count
    return this.raw(0, count)
  }

  /** A copy. */
  vector(place: number): Float32Array {
    const at = this.#at(place)
    return Float32Array.from(this.#numbers.subarray(at, at + this.dimensions), (number) => number / PARTS)
  }

  /** What `score` compares with from now on. */
  ask(query: Float32Array): void {
    this.#put(query, 0)
  }

  /** Products with the vectors from a place on, at most `SCAN_ROWS` of them: a list that the next call writes over. */
  score(from: number, count: number): Float32Array {
    this.#scan(0, this.#rows + from * this.#bytes, count, this.#bytes, this.#out)
    const products = new Int32Array(this.#memory.buffer, this.#out, count)
    for (let i = 0; i < count; i++) this.#scores[i] = products[i]! / (PARTS * PARTS)
    return this.#scores.subarray(0, count)
  }

  #makeRoom(count: number): void {
    const end = this.#rows + count * this.#bytes
    if (end <= this.bytes) return
    const pages = this.bytes / PAGE
    this.#memory.grow(Math.min(Math.max(GROW_PAGES, pages >> 3, Math.ceil((end - this.bytes) / PAGE)), PAGE - pages))
    this.#numbers = new Int16Array(this.#memory.buffer)
  }

  #put(vector: Float32Array, at: number): void {
    for (let i = 0; i < vector.length; i++) this.#numbers[at + i] = Math.min(MOST, Math.max(LEAST, Math.round(vector[i]! * PARTS)))
  }

  #at(place: number): number { return (this.#rows + place * this.#bytes) / 2 }
}
