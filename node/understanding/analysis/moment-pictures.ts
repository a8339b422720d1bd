import { OverloadedError } from '#protocols/errors.ts'
import type { Asset } from '#ring'
import { limiter } from '#ring/base/tasks.ts'
import type { Looking } from './look.ts'

/** Longest sides that are drawn, in pixels: few, so that one drawing serves many. */
export const MOMENT_PIXELS = [160, 320, 640, 1280] as const
/** Pictures decoded at once. @default 2 */
export const MOMENTS_AT_ONCE = 2
/** Pictures that wait at most; more are refused. @default 64 */
export const MAX_WAITING_MOMENTS = 64
/** JPEGs kept in memory, in bytes. @default 67108864 */
export const MOMENT_CACHE_BYTES = 64 * 1024 ** 2
/** A picture has to be there by then, in ms. @default 60000 */
export const MOMENT_TIMEOUT_MS = 60_000

/** JPEGs of single moments of films, made when somebody asks. */
export interface MomentPictures {
  /** @throws OverloadedError, RemoteError, OriginalUnavailableError */
  at(asset: Asset, atMs: number, pixels: number): Promise<Uint8Array>
}

export function createMomentPictures({ looking }: { looking: Pick<Looking, 'jpeg'> }, { cacheBytes = MOMENT_CACHE_BYTES }: { cacheBytes?: number } = {}): MomentPictures {
  const inTurn = limiter(MOMENTS_AT_ONCE)
  const kept = new Map<string, Uint8Array>()
  const making = new Map<string, Promise<Uint8Array>>()
  let bytes = 0

  function keep(key: string, jpeg: Uint8Array): Uint8Array {
    kept.set(key, jpeg)
    bytes += jpeg.length
    for (const [oldest, { length }] of kept) {
      if (bytes <= cacheBytes) break
      kept.delete(oldest)
      bytes -= length
    }
    return jpeg
  }

  function make(key: string, asset: Asset, atMs: number, pixels: number): Promise<Uint8Array> {
    if (making.size >= MAX_WAITING_MOMENTS) throw new OverloadedError(`this node makes ${MAX_WAITING_MOMENTS} pictures already: try again in a moment`)
    const made = inTurn(() => looking.jpeg(asset, atMs, pixels, { signal: AbortSignal.timeout(MOMENT_TIMEOUT_MS) })).then((jpeg) => keep(key, jpeg)).finally(() => making.delete(key))
    making.set(key, made)
    return made
  }

  return {
    async at(asset, atMs, pixels) {
      const key = `${asset.facts.id} ${atMs} ${pixels}`
      const known = kept.get(key)
      if (known === undefined) return making.get(key) ?? make(key, asset, atMs, pixels)
      kept.delete(key)
      kept.set(key, known)
      return known
    }
  }
}
