/** Of the 22 bits of a hash, how many say its bucket. */
const LOW_BITS = 12
export const BUCKETS = 2 ** LOW_BITS
/** Numbers of clips that fit beside the rest of a hash. */
const CLIP_BITS = 22

/** Pairs whose hashes have the same lower bits. Two words each: the hash's upper bits and the clip's number, and the hop. */
export class PairBucket {
  readonly #low: number
  #words = new Uint32Array(16)
  length = 0

  constructor(low: number) {
    this.#low = low
  }

  push(hash: number, clip: number, hop: number): void {
    if (this.length * 2 === this.#words.length) {
      const wider = new Uint32Array(this.#words.length * 2)
      wider.set(this.#words)
      this.#words = wider
    }
    this.#words[this.length * 2] = (hash >>> LOW_BITS) * 2 ** CLIP_BITS + clip % 2 ** CLIP_BITS
    this.#words[this.length * 2 + 1] = hop
    this.length++
  }

  /** Those with this hash. */
  each(hash: number, tell: (clip: number, hop: number) => void): void {
    const upper = hash >>> LOW_BITS
    for (let i = 0; i < this.length * 2; i += 2) if (this.#words[i]! >>> CLIP_BITS === upper) tell(this.#words[i]! % 2 ** CLIP_BITS, this.#words[i + 1]!)
  }

  all(tell: (hash: number, clip: number, hop: number) => void): void {
    for (let i = 0; i < this.length * 2; i += 2) tell((this.#words[i]! >>> CLIP_BITS) * BUCKETS + this.#low, this.#words[i]! % 2 ** CLIP_BITS, this.#words[i + 1]!)
  }
}
