import type { Columns } from './columns.ts'
import type { Dictionary } from './dictionary.ts'

/** Whether the asset of a number is meant. */
export type Test = (number: number) => boolean

/** Whether an asset has one of these words. */
export function hasAny(ids: readonly number[], { columns, dictionary }: { readonly columns: Columns; readonly dictionary: Dictionary }): Test {
  const [only] = ids
  if (only === undefined) return () => false
  if (ids.length === 1) return (number) => columns.has(number, only)
  const wanted = new Uint8Array(dictionary.last + 1)
  for (const id of ids) wanted[id] = 1
  return (number) => {
    for (let at = columns.begins[number]!; at < columns.ends[number]!; at++) if (wanted[columns.words[at]!] === 1) return true
    return false
  }
}
