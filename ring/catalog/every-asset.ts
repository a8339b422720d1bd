import type { Asset, AssetQuery, ReadModel } from './catalog.ts'
import { MAX_PAGE } from './asset-search.ts'

/** Every asset a query finds, newest first, page by page; what is imported meanwhile is not among them. */
function* everyAsset(index: Pick<ReadModel, 'assets'>, query: Omit<AssetQuery, 'cursor' | 'limit'> = {}): Generator<Asset> {
  for (let cursor: string | undefined, more = true; more;) {
    const page = index.assets({ ...query, limit: MAX_PAGE, ...(cursor === undefined ? {} : { cursor }) })
    yield* page.assets
    cursor = page.cursor
    more = cursor !== undefined
  }
}

/** The same, with the turns of others between two pages. */
export async function* everyAssetInTurns(index: Pick<ReadModel, 'assets'>, query: Omit<AssetQuery, 'cursor' | 'limit'> = {}): AsyncGenerator<Asset> {
  let count = 0
  for (const asset of everyAsset(index, query)) {
    if (count++ % MAX_PAGE === MAX_PAGE - 1) await new Promise(setImmediate)
    yield asset
  }
}
