/** From a query to what is asked of the text index and of the columns. */
import { InvalidQueryError } from '#protocols/errors.ts'
import { FIELDS, NONE } from '../query-fields.ts'
import { OWN_FIELD, type Query, type Term } from '../query-language.ts'
import { fold } from './asset-words.ts'
import type { Columns } from './columns.ts'
import type { Dictionary } from './dictionary.ts'
import { filterTests, type SearchFilters } from './filters.ts'
import { matchOfTerm } from './text-match.ts'
import { type Titles, titlesFor } from './titles.ts'
import { onlyWithin } from './within.ts'
import { hasAny, type Test } from './word-test.ts'
import { hasBeginning } from './words.ts'

export interface MatcherParts {
  readonly columns: Columns
  readonly dictionary: Dictionary
  readonly text: { numbers(match: string): Uint32Array; matches(match: string, number: number): boolean }
  readonly titles: Titles
  /** As in `SearchQuery`. */
  readonly within?: readonly string[] | undefined
  place(name: string): { latitude: number; longitude: number } | undefined
}

export interface Matcher {
  /** Of the text index; all of them hold. */
  readonly matches: readonly string[]
  readonly tests: readonly Test[]
}

/** What several lines ask for together, and the filters beside them. Undefined when nothing can match. @throws InvalidQueryError */
export function matcherOf(lines: readonly Query[], filters: SearchFilters, parts: MatcherParts): Matcher | undefined {
  const each = lines.map((line) => lineMatcher(line, parts))
  const all = each.filter((matcher) => matcher !== undefined)
  if (all.length < each.length) return undefined
  return { matches: all.flatMap(({ matches }) => matches), tests: [...filterTests({ albums: parts.within }, parts), ...filterTests(filters, parts), ...all.flatMap(({ tests }) => tests)] }
}

function lineMatcher({ clauses }: Query, parts: MatcherParts): Matcher | undefined {
  const matches: string[] = []
  const tests: Test[] = []
  let isWordless = false
  for (const terms of clauses) {
    const sought = terms.filter((term) => term.type !== 'text' || matchOfTerm(term) !== undefined)
    if (sought.length === 0) isWordless = true // punctuation separates, and asks for nothing
    else if (sought.every((term) => term.type === 'text' && !term.not)) matches.push(`(${sought.map((term) => term.type === 'text' ? matchOfTerm(term) : '').join(' OR ')})`)
    else tests.push(anyOf(sought.map((term) => testOf(term, parts))))
  }
  if (isWordless && matches.length === 0 && tests.length === 0) return undefined
  return { matches, tests }
}

function anyOf(tests: readonly Test[]): Test {
  const [first, ...others] = tests
  if (first === undefined || others.length === 0) return first ?? (() => false)
  return (number) => tests.some((test) => test(number))
}

function testOf(term: Term, parts: MatcherParts): Test {
  const test = positiveTest(term, parts)
  return term.not ? (number) => !test(number) : test
}

function positiveTest(term: Term, parts: MatcherParts): Test {
  switch (term.type) {
    case 'text': return textTest(matchOfTerm(term) ?? '""', parts)
    case 'value': return wordTest(term.field, term.value, parts)
    case 'range': return rangeTest(term, parts.columns)
    case 'near': return nearTest(term, parts)
  }
}

/** Of all assets as they are now; what changes later is asked for one by one. */
function textTest(match: string, { text, columns }: MatcherParts): Test {
  const { limit, revision } = columns
  const found = new Uint8Array(limit)
  for (const number of text.numbers(match)) found[number] = 1
  return (number) => columns.revision === revision ? found[number] === 1 : text.matches(match, number)
}

function wordTest(field: string, value: string, { columns, dictionary, titles, within }: MatcherParts): Test {
  const isNone = fold(value) === NONE && !['is', 'has', 'type'].includes(field)
  const ids = isNone ? dictionary.ids(field) : idsOf(field, value, dictionary, titles)
  const isThere = hasAny(onlyWithin(within, field, ids, dictionary), { columns, dictionary })
  return isNone ? (number) => !isThere(number) : isThere
}

/** Ids of the words a value means. */
export function idsOf(field: string, value: string, dictionary: Dictionary, titles: Titles): number[] {
  const wanted = fold(value)
  const takes = valueTest(field, wanted)
  const names = titlesFor(titles, field)
  return dictionary.find(field, (folded, id) => {
    const name = names?.get(id)
    return name === undefined ? takes(folded) : folded === wanted || takes(fold(name))
  })
}

function valueTest(field: string, wanted: string): (folded: string) => boolean {
  if (wanted.endsWith('*')) return (folded) => folded.startsWith(wanted.slice(0, -1))
  const kind = FIELDS[field]
  if (field === 'tag') return (folded) => folded === wanted || folded.startsWith(`${wanted}/`)
  if (!field.startsWith(OWN_FIELD) && !(kind?.kind === 'word' && kind.begins === true)) return (folded) => folded === wanted
  const words = wanted.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
  return (folded) => folded === wanted || words.length > 0 && words.every((word) => hasBeginning(folded, word))
}

function rangeTest({ field, range }: Extract<Term, { type: 'range' }>, columns: Columns): Test {
  const values = columns.numbers[field as keyof Columns['numbers']]
  const { from = -Infinity, to = Infinity, fromOpen, toOpen } = range
  if (fromOpen) return (number) => values[number]! > from && values[number]! <= to
  if (toOpen) return (number) => values[number]! >= from && values[number]! < to
  return (number) => values[number]! >= from && values[number]! <= to
}

const EARTH_KM = 6371
const radians = (degrees: number): number => degrees * Math.PI / 180

function nearTest(term: Extract<Term, { type: 'near' }>, { columns, place }: MatcherParts): Test {
  const centre = term.place === '' ? term : place(term.place)
  if (centre === undefined) throw new InvalidQueryError(`no town is known by the name ${JSON.stringify(term.place.slice(0, 80))}: give coordinates, as in near:"59.91,10.75,20km"`, 0, 'near:"59.91,10.75,20km"')
  const { latitude, longitude } = columns.numbers
  const [at, cos] = [radians(centre.latitude), Math.cos(radians(centre.latitude))]
  const band = term.km / EARTH_KM * 180 / Math.PI + 1e-6
  return (number) => {
    const north = latitude[number]! - centre.latitude
    if (!(Math.abs(north) <= band)) return false
    const half = Math.sin(radians(north) / 2) ** 2 + cos * Math.cos(at + radians(north)) * Math.sin(radians(longitude[number]! - centre.longitude) / 2) ** 2
    return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(half))) <= term.km
  }
}
