import type { AssetList } from '#protocols/http.ts'
import { CommandError, type NodeApi } from './api.ts'
import { UsageError } from './flags.ts'
import { clean } from './output.ts'

/** Fewest characters of an asset's id that are taken for it. @default 8 */
export const MIN_ID_PREFIX = 8

/** All assets of a list, page by page; `query` as in `GET /assets?`. */
export async function* listed(api: NodeApi, query = ''): AsyncGenerator<AssetList['assets'][number]> {
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: AssetList = await api.get<AssetList>(`assets?limit=500${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
    yield* page.assets
    cursor = page.cursor
  }
}

/** Tables print the beginning of an id. @throws UsageError, CommandError when none or several of the list begin like that */
export async function wholeId(api: NodeApi, text: string, query = ''): Promise<string> {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  if (!/^[0-9a-f]+$/.test(text) || text.length < MIN_ID_PREFIX) throw new UsageError(`${clean(text)} is no asset: give its id, or at least the first ${MIN_ID_PREFIX} characters (thatdam search shows them)`)
  const found: string[] = []
  for await (const { id } of listed(api, query)) if (id.startsWith(text)) found.push(id)
  if (found.length > 1) throw new CommandError(`${found.length} assets have an id that begins with ${text}: give more of it`)
  if (found[0] === undefined) throw new CommandError(`no asset${query === '' ? '' : ' in the trash'} has an id that begins with ${text}`)
  return found[0]
}
