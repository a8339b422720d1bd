/**
 * What people type into the search box, as clauses. Pure: no input ever becomes SQL or FTS syntax, and everything that can not be meant is
 * refused with its place and, where one is near, what may have been meant.
 *
 *     porch door            both words begin somewhere in its texts; any piece of what is written without spaces
 *     "porch door"          these words in this order
 *     -door   -tag:old      not that
 *     rain OR snow          one of them
 *     tag:place             and what is beneath it, such as place/oslo
 *     rating:>=3  duration:1m..5m  size:<100MB  after:2026-03  near:"59.91,10.75,20km"
 */
import { InvalidQueryError } from '#protocols/errors.ts'
import { FIELDS, type FieldKind, isKnownWord, TEXT_COLUMNS, type TextColumn } from './query-fields.ts'
import { printRange, type Range, readRange } from './query-values.ts'
import { nearest } from './nearest-name.ts'

/** Longest query, in UTF-16 units. @default 1000 */
export const MAX_QUERY_LENGTH = 1_000
/** Most terms of a query. @default 40 */
export const MAX_QUERY_TERMS = 40
/** How far around a place is searched when no radius is given, in kilometres. @default 25 */
export const DEFAULT_RADIUS_KM = 25

export type Term =
  | { readonly type: 'text'; readonly not: boolean; readonly text: string; readonly phrase: boolean; readonly column: TextColumn | undefined }
  | { readonly type: 'value'; readonly not: boolean; readonly field: string; readonly value: string }
  | { readonly type: 'range'; readonly not: boolean; readonly field: string; readonly range: Range }
  | { readonly type: 'near'; readonly not: boolean; readonly place: string; readonly latitude: number; readonly longitude: number; readonly km: number }

/** All clauses hold; a clause holds when one of its terms does. */
export interface Query {
  readonly clauses: readonly (readonly Term[])[]
}

export interface QueryContext {
  /** Unix ms. */
  readonly nowMs: number
  /** Minutes the asker's clock is ahead of UTC. @default 0 */
  readonly zoneMinutes?: number
  /** Names of people's own fields; a field of another name is refused. */
  readonly ownFields?: readonly string[]
}

/** Names of people's own fields as fields of terms. */
export const OWN_FIELD = 'field/'

/** One piece of the text between blanks. */
export interface Token {
  readonly at: number
  readonly end: number
  readonly not: boolean
  /** Name before the colon as typed; undefined for plain words. */
  readonly field: string | undefined
  /** Where the value begins. */
  readonly valueAt: number
  readonly value: string
  readonly quoted: boolean
}

/** @throws InvalidQueryError */
export function parseQuery(text: string, context: QueryContext): Query {
  if (text.length > MAX_QUERY_LENGTH) throw new InvalidQueryError(`the query has ${text.length} characters; at most ${MAX_QUERY_LENGTH} fit`, MAX_QUERY_LENGTH)
  const clauses: Term[][] = []
  let joins = false
  let count = 0
  const tokens = tokensOf(text)
  for (const token of tokens) {
    if (isOr(token)) {
      joins = clauses.length > 0
      continue
    }
    if (++count > MAX_QUERY_TERMS) throw new InvalidQueryError(`the query has more than ${MAX_QUERY_TERMS} terms`, token.at)
    const term = termOf(token, context)
    if (joins) clauses.at(-1)?.push(term)
    else clauses.push([term])
    joins = false
  }
  if (clauses.length === 0 && tokens[0] !== undefined) return { clauses: [[wordsTerm(tokens[0].value, false, false)]] } // between nothing it is a word
  return { clauses }
}

/** The query as text; parsing that again gives the same query. */
export function printQuery({ clauses }: Query): string {
  return clauses.map((terms) => terms.map(printTerm).join(' OR ')).join(' ')
}

/** The pieces of a text; a quote that is not closed ends with the text. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (let at = skipBlanks(text, 0); at < text.length; at = skipBlanks(text, at)) {
    const token = tokenAt(text, at)
    tokens.push(token)
    at = token.end
  }
  return tokens
}

const isBlank = (char: string | undefined): boolean => char !== undefined && /\s/.test(char)
const isQuote = (char: string | undefined): boolean => char === '"' || char === '“' || char === '”' || char === '„'
const isOr = ({ field, value, quoted, not }: Token): boolean => field === undefined && !quoted && !not && (value === 'OR' || value === '|')

function skipBlanks(text: string, at: number): number {
  while (at < text.length && isBlank(text[at])) at++
  return at
}

function tokenAt(text: string, at: number): Token {
  const not = text[at] === '-' && at + 1 < text.length && !isBlank(text[at + 1])
  const start = not ? at + 1 : at
  const first = pieceAt(text, start)
  const isField = text[first.end] === ':' && (first.quoted || /^\p{L}[\p{L}\p{N}_-]*$/u.test(first.value)) && !/^[:/]{0,1}\/\//.test(text.slice(first.end + 1))
  if (isField) {
    const value = pieceAt(text, first.end + 1, true)
    return { at, end: value.end, not, field: first.value, valueAt: first.end + 1, value: value.value, quoted: value.quoted }
  }
  const whole = first.quoted ? first : pieceAt(text, start, true)
  return { at, end: Math.max(whole.end, start + 1), not, field: undefined, valueAt: start, value: whole.value, quoted: whole.quoted }
}

/** A quoted or a bare piece; `toBlank`: colons belong to it. */
function pieceAt(text: string, at: number, toBlank = false): { value: string; end: number; quoted: boolean } {
  if (!isQuote(text[at])) {
    let end = at
    const ends = (char: string | undefined): boolean => isBlank(char) || char === ':' && !toBlank
    while (end < text.length && !ends(text[end])) end++
    return { value: text.slice(at, end), end, quoted: false }
  }
  let value = ''
  let end = at + 1
  for (; end < text.length && !isQuote(text[end]); end++) value += text[end] === '\\' && end + 1 < text.length ? text[++end] : text[end]
  return { value, end: Math.min(end + 1, text.length), quoted: true }
}

function termOf(token: Token, context: QueryContext): Term {
  const { field, not, value, quoted } = token
  if (field === undefined) return wordsTerm(value.normalize('NFC'), not, quoted)
  if (value.trim() === '') throw new InvalidQueryError(`${field}: says nothing after the colon: write for example ${exampleOf(field)}`, token.valueAt, exampleOf(field))
  const name = field.toLowerCase()
  const kind = FIELDS[name] ?? ownKind(token, context)
  return fieldTerm(token, name, kind, context)
}

/** Words as they are printed again: what would read as something else is a phrase. */
function wordsTerm(value: string, not: boolean, quoted: boolean): Term {
  const text = quoted ? value : value.replace(/^[^\p{L}\p{N}\p{M}\p{Co}]+/u, '')
  return { type: 'text', not, text, phrase: quoted || !isPlain(text), column: undefined }
}

function ownKind({ field = '', at, not, value }: Token, { ownFields = [] }: QueryContext): FieldKind {
  const folded = field.toLowerCase()
  const own = ownFields.find((name) => name.toLowerCase() === folded)
  if (own !== undefined) return { kind: 'own', name: own }
  const near = nearest(folded, [...Object.keys(FIELDS), ...ownFields])
  const words = `to look for it as words, put it in quotes: "${`${field}:${value}`.replaceAll('"', '')}"`
  throw new InvalidQueryError(`there is no field ${JSON.stringify(field.slice(0, 64))}${near === undefined ? '' : `: did you mean ${near}:?`}; ${words}`, not ? at + 1 : at, near === undefined ? undefined : `${near}:`)
}

function fieldTerm(token: Token, name: string, kind: FieldKind, context: QueryContext): Term {
  const { not, valueAt } = token
  const value = token.value.trim().normalize('NFC')
  switch (kind.kind) {
    case 'text': return { type: 'text', not, text: value, phrase: token.quoted, column: TEXT_COLUMNS.find((column) => column === name) }
    case 'own': return { type: 'value', not, field: OWN_FIELD + kind.name, value }
    case 'near': return { type: 'near', not, ...placeOf(value, valueAt) }
    case 'range': return { type: 'range', not, field: kind.of, range: readRange(name, kind, value, valueAt, context) }
    case 'word': {
      const word = kind.aliases?.[value.toLowerCase()] ?? value
      if (!isKnownWord(kind, word)) refuseWord(name, kind, value, valueAt)
      return { type: 'value', not, field: kind.of ?? name, value: kind.only === undefined ? word : word.toLowerCase() }
    }
  }
}

function refuseWord(name: string, { only = [] }: Extract<FieldKind, { kind: 'word' }>, value: string, at: number): never {
  const near = nearest(value.toLowerCase(), only)
  throw new InvalidQueryError(`${name}: is one of ${only.join(', ')}, not ${JSON.stringify(value.slice(0, 64))}${near === undefined ? '' : `: did you mean ${near}?`}`, at, near)
}

function placeOf(value: string, at: number): { place: string; latitude: number; longitude: number; km: number } {
  const [, point, radius, unit] = /^(.*?)(?:,\s*(\d+(?:\.\d+)?)\s*(km|m))?$/i.exec(value) ?? []
  const parts = value.split(',').map((part) => part.trim())
  const numbers = /^(-?\d+(?:\.\d+)?)$/
  if (parts.length >= 2 && numbers.test(parts[0] ?? '') && numbers.test(parts[1] ?? '')) {
    const [latitude = 0, longitude = 0] = parts.slice(0, 2).map((part) => Number(Number(part).toFixed(6)) + 0)
    const km = parts[2] === undefined ? DEFAULT_RADIUS_KM : lengthOf(parts[2], at)
    if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180 || parts.length > 3) throw new InvalidQueryError('near: wants latitude (-90 to 90), longitude (-180 to 180) and a radius, as in near:"59.91,10.75,20km"', at, 'near:"59.91,10.75,20km"')
    return { place: '', latitude, longitude, km }
  }
  if ((point ?? value).trim() === '') throw new InvalidQueryError('near: wants a place or coordinates, as in near:oslo or near:"59.91,10.75,20km"', at, 'near:"59.91,10.75,20km"')
  return { place: (point ?? value).trim(), latitude: 0, longitude: 0, km: radius === undefined ? DEFAULT_RADIUS_KM : lengthOf(`${radius}${unit ?? 'km'}`, at) }
}

function lengthOf(text: string, at: number): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*(km|m)?$/i.exec(text) ?? []
  const km = Number(digits) / (unit?.toLowerCase() === 'm' ? 1000 : 1)
  if (!(km >= 0.001 && km <= 20_100)) throw new InvalidQueryError(`no radius: ${JSON.stringify(text.slice(0, 40))}; write for example 20km`, at, '20km')
  return km
}

const exampleOf = (field: string): string => `${field}:${(Object.hasOwn(FIELDS, field.toLowerCase()) ? FIELDS[field.toLowerCase()]?.example : undefined) ?? 'value'}`

const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replace(/["“”„]/g, (char) => `\\${char}`)}"`
const bare = (text: string): string => /^[^\s"“”„\\-][^\s"“”„\\]*$/.test(text) ? text : quote(text)

function printTerm(term: Term): string {
  const sign = term.not ? '-' : ''
  switch (term.type) {
    case 'text': return `${sign}${term.column === undefined ? '' : `${term.column}:`}${term.phrase ? quote(term.text) : term.text}`
    case 'value': return `${sign}${term.field.startsWith(OWN_FIELD) ? nameOf(term.field.slice(OWN_FIELD.length)) : term.field}:${bare(term.value)}`
    case 'range': return `${sign}${printRange(term.field, term.range)}`
    case 'near': return `${sign}near:${quote(term.place === '' ? `${term.latitude},${term.longitude},${term.km}km` : `${term.place},${term.km}km`)}`
  }
}

const nameOf = (name: string): string => /^\p{L}[\p{L}\p{N}_-]*$/u.test(name) ? name : quote(name)

/** Whether bare text stays one plain term. */
function isPlain(text: string): boolean {
  const [token, ...others] = tokensOf(text)
  return token !== undefined && others.length === 0 && token.field === undefined && !token.quoted && !token.not && !isOr(token) && token.value === text
}
