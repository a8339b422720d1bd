import { everyAssetInTurns, type Ring } from '#ring'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import type { LibraryStatistics } from './actions.ts'

/** A count is told again without counting for this long, in ms. @default 10000 */
export const STATISTICS_MS = 10_000

/** Counts the whole library, page by page, and lets others work in between. */
export function createStatistics(index: Pick<Ring['catalog']['index'], 'assets'>, batches: () => Promise<LibraryStatistics['by_batch']>): (options: AbortOptions) => Promise<LibraryStatistics> {
  let newest: { atMs: number; found: Promise<LibraryStatistics> } | undefined

  async function count(): Promise<LibraryStatistics> {
    const mimes = new Map<string, { count: number; size: number }>()
    let [total_files, total_size_bytes] = [0, 0]
    for await (const { facts } of everyAssetInTurns(index)) {
      total_files++
      total_size_bytes += facts.size
      const known = mimes.get(facts.mime) ?? { count: 0, size: 0 }
      mimes.set(facts.mime, { count: known.count + 1, size: known.size + facts.size })
    }
    return {
      total_files, total_size_bytes,
      by_mime: [...mimes].map(([mime, each]) => ({ mime, ...each })).sort((a, b) => b.count - a.count),
      by_batch: await batches()
    }
  }

  return async () => {
    if (newest === undefined || Date.now() - newest.atMs > STATISTICS_MS) newest = { atMs: Date.now(), found: count() }
    return newest.found
  }
}
