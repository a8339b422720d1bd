import { type Scan, scanIn } from './scan-module.ts'

/** Vectors compared in one call. @default 1024 */
export const SCAN_ROWS = 1_024
/** Least growth, in pages of 64 KiB; beyond 16 times that, an eighth of what there is. @default 16 */
export const GROW_PAGES = 16

const PAGE = 65_536
const STRIDE = 32

/** Vectors of one length, one after the other, where they can be compared fast. At most 4 GiB of them. */
export class VectorMemory {
  readonly dimensions: number
  readonly #bytes: number
  readonly #out: number
  readonly #rows: number
  readonly #memory: WebAssembly.Memory
  readonly #scan: Scan
  #floats: Float32Array
  #count = 0

  constructor(dimensions: number) {
    this.dimensions = dimensions
    this.#bytes = Math.ceil(dimensions * 4 / STRIDE) * STRIDE // what is beyond the numbers stays 0
    this.#out = this.#bytes
    this.#rows = this.#out + SCAN_ROWS * 4
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(this.#rows / PAGE) + 1 })
    this.#scan = scanIn(this.#memory)
    this.#floats = new Float32Array(this.#memory.buffer)
  }

  get count(): number { return this.#count }
  get bytes(): number { return this.#memory.buffer.byteLength }

  /** @throws RangeError when there is no more memory */
  add(vector: Float32Array): void {
    const end = this.#rows + (this.#count + 1) * this.#bytes
    if (end > this.bytes) {
      const pages = this.bytes / PAGE
      this.#memory.grow(Math.min(Math.max(GROW_PAGES, pages >> 3, Math.ceil((end - this.bytes) / PAGE)), PAGE - pages))
      this.#floats = new Float32Array(this.#memory.buffer)
    }
    this.#floats.set(vector, this.#at(this.#count++))
  }

  /** A copy. */
  vector(place: number): Float32Array {
    const at = this.#at(place)
    return this.#floats.slice(at, at + this.dimensions)
  }

  /** What `score` compares with from now on. */
  ask(query: Float32Array): void {
    this.#floats.set(query, 0)
  }

  /** Products with the vectors from a place on, at most `SCAN_ROWS` of them: a view that the next call writes over. */
  score(from: number, count: number): Float32Array {
    this.#scan(0, this.#rows + from * this.#bytes, count, this.#bytes, this.#out)
    return this.#floats.subarray(this.#out / 4, this.#out / 4 + count)
  }

  #at(place: number): number { return (this.#rows + place * this.#bytes) / 4 }
}
