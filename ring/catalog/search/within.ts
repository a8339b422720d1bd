/** Searches of whoever sees some albums only. */
import type { Columns } from './columns.ts'
import { wordCounts } from './counting.ts'
import type { Dictionary } from './dictionary.ts'
import type { SearchQuery } from './search.ts'

type Within = SearchQuery['within']

const ALBUM = 'album'

/** Ids of words, without those of other albums. */
export function onlyWithin(within: Within, field: string, ids: readonly number[], dictionary: Dictionary): readonly number[] {
  return within === undefined || field !== ALBUM ? ids : ids.filter((id) => within.includes(dictionary.word(id)?.value ?? ''))
}

/** How many of these assets have each word; no album but these has any. */
export function totalsWithin(within: readonly string[], members: Uint32Array, { columns, dictionary }: { readonly columns: Columns; readonly dictionary: Dictionary }): Uint32Array<ArrayBuffer> {
  const counts = wordCounts(members, columns).slice()
  for (const id of dictionary.ids(ALBUM)) if (!within.includes(dictionary.word(id)?.value ?? '')) counts[id] = 0
  return counts
}
