/** What is asked for by id, beside what people type: no name and no sign stands between it and its assets. */
import { fold } from './asset-words.ts'
import type { Columns } from './columns.ts'
import type { Dictionary } from './dictionary.ts'
import { hasAny, type Test } from './word-test.ts'

export interface SearchFilters {
  /** Ids of albums: only assets that people put into one of them; none when there are none. @default any */
  readonly albums?: readonly string[]
  /** Id of the import that first brought it in. */
  readonly batch?: string
  /** This tag, or one beneath it; capitals and accents do not count. */
  readonly tag?: string
}

export function filterTests({ albums, batch, tag }: SearchFilters, parts: { readonly columns: Columns; readonly dictionary: Dictionary }): Test[] {
  const among = (kind: string, takes: (folded: string, value: string) => boolean): Test => hasAny(parts.dictionary.find(kind, takes), parts)
  return [
    ...albums === undefined ? [] : [among('album', (_folded, id) => albums.includes(id))],
    ...batch === undefined ? [] : [among('import', (_folded, id) => id === batch)],
    ...tag === undefined ? [] : [among('tag', (folded) => folded === fold(tag) || folded.startsWith(`${fold(tag)}/`))]
  ]
}
