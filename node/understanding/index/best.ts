/** The `limit` highest scores seen, and whose they are: a heap whose root is the lowest of them. */
export class Best {
  readonly #limit: number
  readonly #scores: number[] = []
  readonly #places: number[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What is not above this need not be offered. */
  get floor(): number {
    return this.#scores.length < this.#limit ? -Infinity : this.#scores[0]!
  }

  offer(place: number, score: number): void {
    if (this.#scores.length < this.#limit) {
      this.#scores.push(score)
      this.#places.push(place)
      this.#rise(this.#scores.length - 1)
    } else if (score > this.#scores[0]!) {
      this.#scores[0] = score
      this.#places[0] = place
      this.#sink(0)
    }
  }

  /** The highest first. */
  sorted(): Array<{ place: number; score: number }> {
    return this.#places.map((place, at) => ({ place, score: this.#scores[at]! })).sort((one, other) => other.score - one.score || one.place - other.place)
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1
      if (this.#scores[parent]! <= this.#scores[at]!) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(from: number): void {
    for (let at = from; ;) {
      const left = 2 * at + 1
      if (left >= this.#scores.length) return
      const least = left + 1 < this.#scores.length && this.#scores[left + 1]! < this.#scores[left]! ? left + 1 : left
      if (this.#scores[at]! <= this.#scores[least]!) return
      this.#swap(at, least)
      at = least
    }
  }

  #swap(one: number, other: number): void {
    const [score, place] = [this.#scores[one]!, this.#places[one]!]
    this.#scores[one] = this.#scores[other]!
    this.#places[one] = this.#places[other]!
    this.#scores[other] = score
    this.#places[other] = place
  }
}
