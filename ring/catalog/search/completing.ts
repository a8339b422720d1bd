/** What may be meant by what is being typed. */
import { FIELDS, FLAGS_OF } from '../query-fields.ts'
import { OWN_FIELD, tokensOf } from '../query-language.ts'
import { fold } from './asset-words.ts'
import type { Columns } from './columns.ts'
import type { Dictionary } from './dictionary.ts'
import type { Completion } from './search.ts'
import { type Titles, titlesFor } from './titles.ts'
import { hasBeginning } from './words.ts'

/** Suggestions at once. @default 12 */
export const MAX_SUGGESTIONS = 12

const HINTS: Readonly<Record<string, readonly string[]>> = {
  rating: ['>=1', '>=2', '>=3', '>=4', '5', 'none'], duration: ['<10s', '10s..1m', '1m..5m', '>5m'], size: ['<10MB', '>100MB', '>1GB'], width: ['>=1280', '>=1920', '>=3840'], height: ['>=720', '1080', '>=2160'],
  fps: ['24', '25', '30', '50', '60'], on: ['today', 'yesterday'], after: ['today', 'yesterday'], before: ['today'], taken: ['today', 'yesterday'], imported: ['today', 'yesterday'], edited: ['today', 'yesterday']
}

type Item = Completion['items'][number]

export interface CompletingParts {
  readonly columns: Pick<Columns, 'totals'>
  readonly dictionary: Dictionary
  readonly titles: Titles
}

export function completionOf(text: string, at: number, parts: CompletingParts): Completion {
  const place = Math.max(0, Math.min(text.length, at))
  const last = tokensOf(text.slice(0, place)).at(-1)
  const token = last !== undefined && last.end >= place ? last : undefined
  if (token === undefined) return { from: place, to: place, items: fieldItems('', parts) }
  const from = token.at + (token.not ? 1 : 0)
  const sign = { from, to: place }
  if (token.field === undefined) return { ...sign, items: [...fieldItems(token.value, parts), ...anyWords(token.value, parts)].slice(0, MAX_SUGGESTIONS) }
  return { ...sign, items: valueItems(token.field, token.value, parts).slice(0, MAX_SUGGESTIONS) }
}

function fieldItems(typed: string, { columns, dictionary }: CompletingParts): Item[] {
  const own = dictionary.kinds().filter((kind) => kind.startsWith(OWN_FIELD) && dictionary.ids(kind).some((id) => (columns.totals[id] ?? 0) > 0)).map((kind) => kind.slice(OWN_FIELD.length))
  const names = [...new Set([...Object.keys(FIELDS).filter((name) => !['kind', 'license'].includes(name)), ...own])]
  const folded = fold(typed)
  return names.filter((name) => fold(name).startsWith(folded)).map((name) => ({ text: `${written(name)}:`, label: `${name}:`, assets: undefined }))
}

/** Tags, albums and cameras with a word that begins like this. */
function anyWords(typed: string, parts: CompletingParts): Item[] {
  if (typed.length < 2) return []
  return ['tag', 'album', 'camera'].flatMap((field) => valueItems(field, typed, parts)).sort((a, b) => (b.assets ?? 0) - (a.assets ?? 0))
}

function valueItems(typedField: string, typed: string, { columns, dictionary, titles }: CompletingParts): Item[] {
  const field = typedField.toLowerCase()
  const kind = FIELDS[field]
  const own = dictionary.kinds().find((name) => name.startsWith(OWN_FIELD) && name.slice(OWN_FIELD.length).toLowerCase() === field)
  const folded = fold(typed)
  const item = (value: string, label: string, assets: number | undefined): Item => ({ text: `${written(typedField)}:${written(value)}`, label: `${typedField}:${label}`, assets })
  if (kind !== undefined && kind.kind !== 'word') return (HINTS[field] ?? []).filter((hint) => hint.startsWith(typed)).map((hint) => item(hint, hint, undefined))
  const name = kind === undefined ? own : kind.kind === 'word' ? kind.of ?? field : undefined
  if (name === undefined) return []
  const known = field === 'has' ? FLAGS_OF.has : kind?.kind === 'word' ? kind.only ?? [] : []
  const labelOf = (value: string): string => titlesFor(titles, name)?.get(value) ?? value
  const found = dictionary.find(name, () => true).map((id) => ({ value: dictionary.word(id)?.value ?? '', assets: columns.totals[id] ?? 0 })).filter(({ value, assets }) => assets > 0 && hasBeginning(fold(labelOf(value)), folded))
  const items = found.sort((a, b) => b.assets - a.assets).map(({ value, assets }) => item(labelOf(value), labelOf(value), assets))
  const others = known.filter((value) => hasBeginning(fold(value), folded) && !found.some((one) => one.value === value)).map((value) => item(value, value, 0))
  return [...items, ...others]
}

const written = (value: string): string => /^[^\s"“”„\\-][^\s"“”„\\]*$/.test(value) ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
