/** Why an asset is among the hits: where the words of the query are in its texts. */
import type { Asset } from '../catalog.ts'
import type { Query, Term } from '../query-language.ts'
import { fold, otherTexts } from './asset-words.ts'
import type { Why } from './search.ts'
import { hasRun, partsOf, plain, WORD, wordsIn } from './words.ts'

/** Length of a piece of text that is shown around a match, in UTF-16 units. @default 120 */
export const SNIPPET_LENGTH = 120
/** Texts of an asset that are shown as reasons. @default 4 */
export const MAX_REASONS = 4
/** Ranges that are marked in one text. @default 20 */
export const MAX_RANGES = 20

type Range = readonly [number, number]

interface Sought {
  readonly beginnings: readonly string[]
  readonly whole: ReadonlySet<string>
  /** Of runs without spaces: found anywhere in one. */
  readonly pieces: readonly string[]
}

export function whyOf(asset: Asset, query: Query): Why[] {
  const sought = soughtIn(query)
  const reasons = textsOf(asset).flatMap(([field, text]) => reasonIn(field, text, sought(field)))
  return reasons.slice(0, MAX_REASONS)
}

/** What is looked for in a field. */
function soughtIn({ clauses }: Query): (field: string) => Sought {
  const terms = clauses.flat().filter((term): term is Extract<Term, { type: 'text' }> => term.type === 'text' && !term.not)
  const tags = clauses.flat().flatMap((term) => term.type === 'value' && term.field === 'tag' && !term.not ? wordsIn(term.value) : [])
  const parts = terms.flatMap(({ text, phrase, column }) => wordsIn(text).flatMap(partsOf).map((part) => ({ ...part, text: part.isRun ? part.text : fold(part.text), phrase, column })))
  return (field) => {
    const here = parts.filter(({ column }) => column === undefined || column === field)
    const words = (whole: boolean): string[] => here.filter(({ isRun, phrase }) => !isRun && phrase === whole).map(({ text }) => text)
    return { beginnings: words(false), whole: new Set([...words(true), ...(field === 'tags' ? tags.map(fold) : [])]), pieces: here.filter(({ isRun }) => isRun).map(({ text }) => text) }
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

function reasonIn(field: string, given: string, sought: Sought): Why[] {
  const text = plain(given)
  if (text === '' || sought.beginnings.length + sought.whole.size + sought.pieces.length === 0) return []
  const ranges: Range[] = []
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (ranges.length >= MAX_RANGES) break
    ranges.push(...rangesIn(word, sought).map(([from, to]): Range => [index + from, index + to]))
  }
  return ranges.length === 0 ? [] : [snippet(field, text, ranges.slice(0, MAX_RANGES))]
}

/** Where a word has what is sought, in order. */
function rangesIn(word: string, sought: Sought): Range[] {
  if (!hasRun(word)) return isSought(word, sought) ? [[0, word.length]] : []
  if (sought.whole.has(fold(word))) return [[0, word.length]]
  let at = 0
  const found = partsOf(word).flatMap(({ text, isRun }): Range[] => {
    const from = at
    at += text.length
    if (isRun) return sought.pieces.flatMap((piece) => placesOf(piece, text)).map(([begin, end]): Range => [from + begin, from + end])
    return isSought(text, sought) ? [[from, at]] : []
  })
  return joined(found)
}

function isSought(word: string, { beginnings, whole }: Sought): boolean {
  const folded = fold(word)
  return whole.has(folded) || beginnings.some((beginning) => folded.startsWith(beginning))
}

function placesOf(piece: string, run: string): Range[] {
  const places: Range[] = []
  for (let at = run.indexOf(piece); at !== -1 && places.length < MAX_RANGES; at = run.indexOf(piece, at + piece.length)) places.push([at, at + piece.length])
  return places
}

/** What overlaps or touches is one. */
function joined(ranges: readonly Range[]): Range[] {
  const all: Range[] = []
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = all.at(-1)
    if (last !== undefined && from <= last[1]) all[all.length - 1] = [last[0], Math.max(last[1], to)]
    else all.push([from, to])
  }
  return all
}

function snippet(field: string, text: string, ranges: readonly Range[]): Why {
  const first = ranges[0]?.[0] ?? 0
  const begin = text.length <= SNIPPET_LENGTH ? 0 : Math.max(0, Math.min(first - 30, text.length - SNIPPET_LENGTH))
  const end = Math.min(text.length, begin + SNIPPET_LENGTH)
  const [before, after] = [begin > 0 ? '…' : '', end < text.length ? '…' : '']
  const shift = before.length - begin
  return { field, text: before + text.slice(begin, end).toWellFormed() + after, ranges: ranges.filter(([, to]) => to <= end).map(([from, to]): Range => [from + shift, to + shift]) }
}
