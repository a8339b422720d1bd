/** Requests one address may make at once. @default 200 */
export const RATE_BURST = 200
/** Requests one address may make a second, on average. @default 40 */
export const RATE_PER_SECOND = 40
/** Addresses that are remembered. @default 10000 */
export const MAX_RATED_ADDRESSES = 10_000

export interface RateLimitInit {
  /** @default RATE_BURST */
  readonly burst?: number
  /** @default RATE_PER_SECOND */
  readonly perSecond?: number
  /** Monotonic ms. @default performance.now */
  readonly now?: () => number
}

/** How often one address may ask: a bucket that refills. */
export interface RateLimit {
  /** Count a request. 0 when it is fine, else the ms until the next one is. */
  take(address: string): number
}

export function createRateLimit({ burst = RATE_BURST, perSecond = RATE_PER_SECOND, now = () => performance.now() }: RateLimitInit = {}): RateLimit {
  const buckets = new Map<string, { left: number; atMs: number }>()
  return {
    take(address) {
      const atMs = now()
      const old = buckets.get(address) ?? { left: burst, atMs }
      const left = Math.min(burst, old.left + (atMs - old.atMs) * perSecond / 1000)
      buckets.delete(address) // the one heard longest ago is the first of the map
      buckets.set(address, { left: left < 1 ? left : left - 1, atMs })
      if (buckets.size > MAX_RATED_ADDRESSES) buckets.delete(buckets.keys().next().value!)
      return left < 1 ? Math.ceil((1 - left) * 1000 / perSecond) : 0
    }
  }
}
