import { HOP_SECONDS, type Pair } from './landmarks.ts'
import { BUCKETS, PairBucket } from './pair-bucket.ts'

/** Pairs that are kept in memory, 8 bytes each; when there are more, every second hash is given up, and the rest finds nearly as well. @default 16777216 */
export const MOST_INDEXED_PAIRS = 2 ** 24
/** Votes for one offset that make a candidate. @default 6 */
export const LEAST_VOTES = 6
/** Hops that are one offset when votes are counted: clocks drift. */
const HOPS_A_BIN = 4
/** Offsets have to fit: more hops than any print has. */
const MOST_HOPS = 2 ** 21

export interface Match {
  readonly clip: string
  readonly votes: number
  /** Seconds that the asked sound begins later than the clip, about. */
  readonly offset: number
}

/** Which clips hold the same sound: an index of their landmarks by hash. A hash that two share votes for how they lie to each other. */
export class SoundIndex {
  readonly #most: number
  readonly #clips: Array<string | undefined> = []
  readonly #numbers = new Map<string, number>()
  #buckets = buckets()
  #size = 0
  #level = 0

  constructor(most = MOST_INDEXED_PAIRS) {
    this.#most = most
  }

  get size(): number { return this.#size }

  has(clip: string): boolean { return this.#numbers.has(clip) }

  add(clip: string, pairs: readonly Pair[]): void {
    if (this.has(clip)) return
    const number = this.#clips.push(clip) - 1
    this.#numbers.set(clip, number)
    for (const { hash, hop } of pairs) if (this.#isKept(hash)) this.#bucket(hash).push(hash, number, hop)
    this.#size = this.#buckets.reduce((sum, { length }) => sum + length, 0)
    while (this.#size > this.#most) this.#thin()
  }

  /** It is not found any more; its room is given back when the index is built anew. */
  remove(clip: string): void {
    const number = this.#numbers.get(clip)
    if (number === undefined) return
    this.#numbers.delete(clip)
    this.#clips[number] = undefined
  }

  /** Clips with the most votes first. */
  match(pairs: readonly Pair[], limit: number): Match[] {
    const votes = new Map<number, number>()
    for (const { hash, hop } of pairs) {
      if (this.#isKept(hash)) this.#bucket(hash).each(hash, (number, other) => vote(votes, number, Math.floor((other - hop + MOST_HOPS) / HOPS_A_BIN)))
    }
    return best(votes).flatMap(({ number, bin, votes: count }) => {
      const clip = this.#clips[number]
      return clip === undefined ? [] : [{ clip, votes: count, offset: (bin * HOPS_A_BIN - MOST_HOPS) * HOP_SECONDS }]
    }).slice(0, limit)
  }

  #bucket(hash: number): PairBucket {
    return this.#buckets[hash % BUCKETS]!
  }

  /** The same hashes everywhere, whatever the order of their numbers. */
  #isKept(hash: number): boolean {
    return this.#level === 0 || Math.imul(hash, 0x9e3779b1) >>> (32 - this.#level) === 0
  }

  #thin(): void {
    this.#level++
    const before = this.#buckets
    this.#buckets = buckets()
    for (const bucket of before) bucket.all((hash, number, hop) => { if (this.#isKept(hash)) this.#bucket(hash).push(hash, number, hop) })
    this.#size = this.#buckets.reduce((sum, { length }) => sum + length, 0)
  }
}

const BINS = 2 ** 20
const vote = (votes: Map<number, number>, number: number, bin: number): void => { votes.set(number * BINS + bin, (votes.get(number * BINS + bin) ?? 0) + 1) }

/** Of every clip the offset, with the one beside it, that has the most votes. */
function best(votes: ReadonlyMap<number, number>): Array<{ number: number; bin: number; votes: number }> {
  const found = new Map<number, { number: number; bin: number; votes: number }>()
  for (const [key, count] of votes) {
    const number = Math.floor(key / BINS)
    const both = count + (votes.get(key + 1) ?? 0)
    if (both >= LEAST_VOTES && both > (found.get(number)?.votes ?? 0)) found.set(number, { number, bin: key % BINS, votes: both })
  }
  return [...found.values()].sort((a, b) => b.votes - a.votes)
}

const buckets = (): PairBucket[] => Array.from({ length: BUCKETS }, (_, low) => new PairBucket(low))
