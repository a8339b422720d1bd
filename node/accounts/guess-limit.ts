import { TooManyFailuresError } from './refusals.ts'

/** Guesses in a row that cost no waiting. @default 5 */
export const FREE_GUESSES = 5
/** Wait after the first guess too many, in ms; every further one doubles it. @default 2000 */
export const FIRST_WAIT_MS = 2_000
/** Longest wait, in ms. @default 900000 */
export const LONGEST_WAIT_MS = 900_000
/** As many guesses as are free are forgotten in this time, one after the other, in ms. @default 3600000 */
export const FORGET_GUESSES_MS = 3_600_000
/** Things guessed at that are remembered; of more the oldest is forgotten. @default 10000 */
export const MAX_GUESSED_AT = 10_000

interface Guessed { count: number; lastMs: number }

/** How often something may be guessed at: each guess beyond the first few waits twice as long as the one before. */
export interface GuessLimit {
  /** @throws TooManyFailuresError when a guess at one of these has to wait */
  check(...at: readonly string[]): void
  /** Count a guess before it is looked at, so that guesses in parallel count too. @throws TooManyFailuresError */
  guess(...at: readonly string[]): void
  /** It was right: these start anew. */
  right(...at: readonly string[]): void
  /** It was right, which says nothing of the other guesses that were counted here. */
  takeBack(at: string): void
}

export interface GuessLimitInit {
  /** @default FREE_GUESSES */
  readonly free?: number
  /** Monotonic ms. @default performance.now */
  readonly now?: () => number
}

export function createGuessLimit({ free = FREE_GUESSES, now = () => performance.now() }: GuessLimitInit = {}): GuessLimit {
  const known = new Map<string, Guessed>()

  /** What is not forgotten yet. */
  const countOf = ({ count, lastMs }: Guessed): number => Math.max(0, count - Math.floor((now() - lastMs) * free / FORGET_GUESSES_MS))

  function waitOf(at: string): number {
    const guessed = known.get(at)
    if (guessed === undefined || guessed.count < free || countOf(guessed) === 0) return 0
    return Math.max(0, guessed.lastMs + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (guessed.count - free)) - now())
  }

  function check(...at: readonly string[]): void {
    const waitMs = Math.max(...at.map(waitOf))
    if (waitMs > 0) throw new TooManyFailuresError(`too many wrong guesses: wait ${Math.ceil(waitMs / 1_000)} seconds`, Math.ceil(waitMs / 1_000))
  }

  function count(at: string): void {
    const old = known.get(at)
    known.delete(at)
    known.set(at, { count: 1 + (old === undefined ? 0 : countOf(old)), lastMs: now() })
    if (known.size > MAX_GUESSED_AT) known.delete(known.keys().next().value ?? '')
  }

  return {
    check,
    guess(...at) {
      check(...at)
      for (const each of at) count(each)
    },
    right(...at) {
      for (const each of at) known.delete(each)
    },
    takeBack(at) {
      const guessed = known.get(at)
      if (guessed === undefined) return
      if (guessed.count <= 1) known.delete(at)
      else guessed.count--
    }
  }
}

/** Whose guesses count together: an IPv4 address, or the network of an IPv6 one, which everybody has 2⁶⁴ of. */
export function placeOf(address: string): string {
  if (!address.includes(':')) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  return [...left, ...tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0'), ...right].slice(0, 4).map((part) => Number.parseInt(part, 16).toString(16)).join(':')
}
