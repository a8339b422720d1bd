import { setImmediate as turn } from 'node:timers/promises'
import { InvalidInputError } from '#protocols/errors.ts'
import type { AssetSelection } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import type { Asset, Catalog, SearchQuery } from '#ring'
import type { Albums } from './albums.ts'
import { searchOf } from './search-of.ts'

/** Assets one request may take. @default 100000 */
export const MAX_SELECTED = 100_000
/** Others have their turn after so many. */
const TURN = 500

export interface Selected {
  /** Ids of what was selected; those named are not looked for. A query finds what the list of that query shows. @throws InvalidInputError, InvalidQueryError, NotFoundError, OverloadedError */
  ids(selection: AssetSelection): Promise<AssetId[]>
  /** The assets themselves, those in the trash and unknown ones left out. @throws as `ids` */
  assets(selection: AssetSelection): AsyncGenerator<Asset>
}

export function createSelected({ catalog, albums }: { catalog: Pick<Catalog, 'index' | 'search'>; albums: Pick<Albums, 'query'> }): Selected {
  function queryOf({ album, batch, ...parameters }: NonNullable<AssetSelection['query']>): SearchQuery {
    const [inAlbum, search] = [album === undefined ? {} : albums.query(album), searchOf(parameters)]
    return { ...inAlbum, ...search, ...(batch !== undefined && { batch }), also: [...inAlbum.also ?? [], ...search.also ?? []] }
  }

  async function found(query: SearchQuery): Promise<AssetId[]> {
    const ids = await catalog.search.ids(query, MAX_SELECTED + 1)
    if (ids.length > MAX_SELECTED) throw new InvalidInputError(`that finds more than ${MAX_SELECTED} assets; at most ${MAX_SELECTED} are taken at once: narrow it down`)
    return ids
  }

  /** @throws InvalidInputError unless it is one of both */
  function check({ ids, query }: AssetSelection): void {
    if ((ids === undefined) === (query === undefined)) throw new InvalidInputError('say which assets: ids, or a query that finds them, not both')
  }

  async function ids(selection: AssetSelection): Promise<AssetId[]> {
    check(selection)
    return selection.ids?.map(parseAssetId) ?? await found(queryOf(selection.query ?? {}))
  }

  return {
    ids,
    async *assets(selection) {
      for (const [at, id] of [...new Set(await ids(selection))].entries()) {
        if (at % TURN === TURN - 1) await turn()
        const asset = catalog.index.asset(id)
        if (asset !== undefined) yield asset
      }
    }
  }
}
