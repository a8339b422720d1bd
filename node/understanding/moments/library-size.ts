/** How long all is that could be understood: films and sound as they last, a picture a second, cameras as they were recorded. */
import type { CameraId } from '#protocols/ids.ts'
import { type Asset, everyAssetInTurns, type Ring } from '#ring'
import { lengthOf } from '../length.ts'
import type { Subject } from '../subject.ts'

/** Least time between two counts of a library, in ms for each of its assets: a small one is counted at once, one of a million once in a quarter of an hour. @default 1 */
export const RECOUNT_MS_AN_ASSET = 1

export interface LibrarySize {
  totalMs(): Promise<number>
  /** Of one of them. */
  lengthOf(subject: Subject): number
  /** Of the assets in some albums alone, and how much of that is understood: for who may know of no others. */
  inAlbums(albums: readonly string[], isUnderstood: (asset: Asset) => boolean): Promise<{ readonly totalMs: number; readonly understoodMs: number }>
}

export interface LibrarySizeComponents {
  readonly catalog: Pick<Ring['catalog'], 'cameras' | 'assetsChanged' | 'recordingsChanged'> & { readonly index: Pick<Ring['catalog']['index'], 'assets' | 'asset' | 'hourSizes'> }
}

export function createLibrarySize({ catalog }: LibrarySizeComponents): LibrarySize {
  let counted: { readonly ms: number; readonly assets: number; readonly atMs: number } | undefined
  let counting: Promise<number> | undefined
  let isStale = true
  catalog.assetsChanged.on(stale) // both as long as the ring lives
  catalog.recordingsChanged.on(stale)

  function stale(): void {
    isStale = true
  }

  const recordedMs = (camera: CameraId): number => catalog.index.hourSizes(camera).reduce((sum, { startMs, endMs }) => sum + Math.max(0, endMs - startMs), 0)

  async function count(): Promise<number> {
    isStale = false
    let [ms, assets] = [0, 0]
    for await (const { facts } of everyAssetInTurns(catalog.index)) {
      ms += lengthOf(facts)
      assets++
    }
    for (const { id } of catalog.cameras()) ms += recordedMs(id)
    counted = { ms, assets, atMs: performance.now() }
    return ms
  }

  return {
    lengthOf(subject) {
      if (subject.kind === 'camera') return recordedMs(subject.id)
      const asset = catalog.index.asset(subject.id)
      return asset === undefined ? 0 : lengthOf(asset.facts)
    },
    async inAlbums(albums, isUnderstood) {
      let [totalMs, understoodMs] = [0, 0]
      for await (const asset of everyAssetInTurns(catalog.index, { albums })) {
        const ms = lengthOf(asset.facts)
        totalMs += ms
        if (isUnderstood(asset)) understoodMs += ms
      }
      return { totalMs, understoodMs }
    },
    async totalMs() {
      if (counted !== undefined && (!isStale || performance.now() < counted.atMs + counted.assets * RECOUNT_MS_AN_ASSET)) return counted.ms
      counting ??= count().finally(() => { counting = undefined })
      return counted !== undefined && counted.assets > 20_000 ? counted.ms : counting // of a large library the last count will do
    }
  }
}
