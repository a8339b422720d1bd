/** Why an asset is among the hits: where the words of the query are in its texts. */
import type { Asset } from '../catalog.ts'
import type { Query, Term } from '../query-language.ts'
import { fold, otherTexts } from './asset-words.ts'
import type { Why } from './search.ts'
import { wordsIn } from './text-match.ts'

/** Length of a piece of text that is shown around a match, in UTF-16 units. @default 120 */
export const SNIPPET_LENGTH = 120
/** Texts of an asset that are shown as reasons. @default 4 */
export const MAX_REASONS = 4
/** Ranges that are marked in one text. @default 20 */
export const MAX_RANGES = 20

const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu
type Range = readonly [number, number]

interface Sought { readonly beginnings: readonly string[]; readonly whole: ReadonlySet<string> }

export function whyOf(asset: Asset, query: Query): Why[] {
  const sought = soughtIn(query)
  const reasons = textsOf(asset).flatMap(([field, text]) => reasonIn(field, text, sought(field)))
  return reasons.slice(0, MAX_REASONS)
}

/** What is looked for in a field. */
function soughtIn({ clauses }: Query): (field: string) => Sought {
  const terms = clauses.flat().filter((term): term is Extract<Term, { type: 'text' }> => term.type === 'text' && !term.not)
  const tags = clauses.flat().flatMap((term) => term.type === 'value' && term.field === 'tag' && !term.not ? wordsIn(term.value) : [])
  return (field) => {
    const here = terms.filter(({ column }) => column === undefined || column === field)
    const words = (phrase: boolean): string[] => here.filter((term) => term.phrase === phrase).flatMap(({ text }) => wordsIn(text)).map(fold)
    return { beginnings: words(false), whole: new Set([...words(true), ...(field === 'tags' ? tags.map(fold) : [])]) }
  }
}

function textsOf(asset: Asset): Array<readonly [string, string]> {
  const { facts, title, tags, notes, locations } = asset
  return [
    ['title', title], ['name', facts.name], ...tags.map((tag): [string, string] => ['tags', tag]), ['notes', notes],
    ...otherTexts(asset),
    ...locations.map(({ path }): [string, string] => ['path', path])
  ]
}

function reasonIn(field: string, text: string, { beginnings, whole }: Sought): Why[] {
  if (text === '' || beginnings.length + whole.size === 0) return []
  const ranges: Range[] = []
  for (const match of text.matchAll(WORD)) {
    const word = fold(match[0])
    if (whole.has(word) || beginnings.some((beginning) => word.startsWith(beginning))) ranges.push([match.index, match.index + match[0].length])
    if (ranges.length >= MAX_RANGES) break
  }
  return ranges.length === 0 ? [] : [snippet(field, text, ranges)]
}

function snippet(field: string, text: string, ranges: readonly Range[]): Why {
  const first = ranges[0]?.[0] ?? 0
  const begin = text.length <= SNIPPET_LENGTH ? 0 : Math.max(0, Math.min(first - 30, text.length - SNIPPET_LENGTH))
  const end = Math.min(text.length, begin + SNIPPET_LENGTH)
  const [before, after] = [begin > 0 ? '…' : '', end < text.length ? '…' : '']
  const shift = before.length - begin
  return { field, text: before + text.slice(begin, end).toWellFormed() + after, ranges: ranges.filter(([, to]) => to <= end).map(([from, to]): Range => [from + shift, to + shift]) }
}
