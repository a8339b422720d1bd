/** How far back the rate looks, ms. @default 8000 */
const WINDOW_MS = 8_000

/** Bytes per second over the last seconds, of a count that may also be set back. */
export class UploadRate {
  readonly #samples: Array<{ readonly atMs: number; readonly bytes: number }> = []

  add(bytes: number, atMs: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && bytes < last.bytes) this.#samples.length = 0
    this.#samples.push({ atMs, bytes })
    while (this.#samples.length > 2 && atMs - (this.#samples[0]?.atMs ?? atMs) > WINDOW_MS) this.#samples.shift()
  }

  clear(): void {
    this.#samples.length = 0
  }

  /** 0 until it can be told. */
  get bytesPerSecond(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (first === undefined || last === undefined || last.atMs - first.atMs < 500) return 0
    return (last.bytes - first.bytes) / ((last.atMs - first.atMs) / 1_000)
  }
}
