import { setImmediate as turn } from 'node:timers/promises'
import { InvalidInputError } from '#protocols/errors.ts'
import type { AssetSelection } from '#protocols/http.ts'
import { type AssetId, parseAssetId } from '#protocols/ids.ts'
import type { Asset, AssetQuery, Catalog } from '#ring'
import type { Albums } from './albums.ts'
import { ruleQuery } from './rule-query.ts'

/** Assets one request may take. @default 100000 */
export const MAX_SELECTED = 100_000
const PAGE = 500

export interface Selected {
  /** How many it is about; those named are not looked for. @throws InvalidInputError */
  count(selection: AssetSelection): number
  /** Ids of what was selected; those named are not looked for. @throws InvalidInputError */
  ids(selection: AssetSelection): Promise<AssetId[]>
  /** The assets themselves, those in the trash and unknown ones left out. @throws InvalidInputError */
  assets(selection: AssetSelection): AsyncGenerator<Asset>
}

export function createSelected({ catalog, albums }: { catalog: Pick<Catalog, 'index'>; albums: Pick<Albums, 'query'> }): Selected {
  function queryOf({ q, album, ...query }: NonNullable<AssetSelection['query']>): AssetQuery {
    return { ...(album === undefined ? {} : albums.query(album)), ...(q === undefined || q.trim() === '' ? {} : ruleQuery(q)), ...query }
  }

  async function* found(query: AssetQuery): AsyncGenerator<Asset> {
    let page = catalog.index.assets({ ...query, limit: PAGE })
    if (page.total > MAX_SELECTED) throw new InvalidInputError(`that finds ${page.total} assets; at most ${MAX_SELECTED} are taken at once: narrow it down`)
    for (;;) {
      yield* page.assets
      if (page.cursor === undefined) return
      await turn() // others have their turn between two pages
      page = catalog.index.assets({ ...query, limit: PAGE, cursor: page.cursor })
    }
  }

  /** @throws InvalidInputError unless it is one of both */
  function check({ ids, query }: AssetSelection): void {
    if ((ids === undefined) === (query === undefined)) throw new InvalidInputError('say which assets: ids, or a query that finds them, not both')
  }

  return {
    count(selection) {
      check(selection)
      return selection.ids === undefined ? catalog.index.assets({ ...queryOf(selection.query ?? {}), limit: 1 }).total : new Set(selection.ids).size
    },
    async ids(selection) {
      check(selection)
      if (selection.ids !== undefined) return selection.ids.map(parseAssetId)
      const ids: AssetId[] = []
      for await (const { facts } of found(queryOf(selection.query ?? {}))) ids.push(facts.id)
      return ids
    },
    async *assets(selection) {
      check(selection)
      if (selection.query !== undefined) yield* found(queryOf(selection.query))
      for (const id of new Set(selection.ids ?? [])) {
        const asset = catalog.index.asset(parseAssetId(id))
        if (asset !== undefined) yield asset
      }
    }
  }
}
