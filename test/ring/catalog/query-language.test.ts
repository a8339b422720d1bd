import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { InvalidQueryError } from '#protocols/errors.ts'
import { parseQuery, printQuery, type Query, type Term, tokensOf } from '../../../ring/catalog/query-language.ts'

const test = suite('query language')
const NOW = Date.UTC(2026, 10, 27, 12)
const CONTEXT = { nowMs: NOW, ownFields: ['Scene', 'Take no', 'wütend'] }
const parse = (text: string): Query => parseQuery(text, CONTEXT)
const only = (text: string): Term => {
  const { clauses } = parse(text)
  assert.equal(clauses.length, 1, text)
  assert.equal(clauses[0]?.length, 1, text)
  return clauses[0]![0]!
}
const range = (text: string): unknown => {
  const term = only(text)
  return term.type === 'range' ? term.range : assert.fail(text)
}
function refused(text: string): InvalidQueryError {
  try {
    parse(text)
  } catch (err) {
    assert.ok(err instanceof InvalidQueryError, `${text}: ${err}`)
    return err
  }
  return assert.fail(`${text} was taken`)
}

test('words, phrases, exclusion and OR', () => {
  assert.deepEqual(parse('porch "front door" -rain a OR b').clauses.map((terms) => terms.map((term) => term.type === 'text' ? [term.text, term.phrase, term.not] : [])), [
    [['porch', false, false]], [['front door', true, false]], [['rain', false, true]], [['a', false, false], ['b', false, false]]
  ])
  assert.deepEqual(only('-tag:old'), { type: 'value', not: true, field: 'tag', value: 'old' })
  assert.deepEqual(only('“front door”'), only('"front door"'), 'quotes as telephones write them')
  assert.deepEqual(only('"say \\"cut\\""'), { type: 'text', not: false, text: 'say "cut"', phrase: true, column: undefined })
})

test('fields, their other names, and own fields in any case', () => {
  assert.deepEqual(only('type:photo'), { type: 'value', not: false, field: 'type', value: 'image' })
  assert.deepEqual(only('KIND:Video'), { type: 'value', not: false, field: 'type', value: 'video' })
  assert.deepEqual(only('codec:h265'), { type: 'value', not: false, field: 'codec', value: 'hevc' })
  assert.deepEqual(only('scene:12A'), { type: 'value', not: false, field: 'field/Scene', value: '12A' })
  assert.deepEqual(only('"take no":3'), { type: 'value', not: false, field: 'field/Take no', value: '3' })
  assert.deepEqual(only('name:"A001 C003"'), { type: 'text', not: false, text: 'A001 C003', phrase: true, column: 'name' })
  assert.equal(only('http://example.org/x').type, 'text')
  assert.equal(only('12:30').type, 'text')
})

test('numbers, amounts and lengths', () => {
  assert.deepEqual(range('rating:>=3'), { from: 3 })
  assert.deepEqual(range('rating:>3'), { from: 3, fromOpen: true })
  assert.deepEqual(range('rating:none'), { from: 0, to: 0 })
  assert.deepEqual(range('rating:2..4'), { from: 2, to: 4 })
  assert.deepEqual(range('duration:<10s'), { to: 10_000, toOpen: true })
  assert.deepEqual(range('duration:1m..5m'), { from: 60_000, to: 300_000 })
  assert.deepEqual(range('duration:>1:02:03'), { from: 3_723_000, fromOpen: true })
  assert.deepEqual(range('duration:10s'), { from: 9_500, to: 10_500 })
  assert.deepEqual(range('size:>=1.5GB'), { from: 1.5e9 })
  assert.deepEqual(range('height:1080p'), { from: 1080, to: 1080 })
  assert.deepEqual(range('duration:..1h30m'), { to: 5_400_000 })
})

test('dates are days, months and years of the asker', () => {
  assert.deepEqual(range('on:2026-03-21'), { from: Date.UTC(2026, 2, 21), to: Date.UTC(2026, 2, 22), toOpen: true })
  assert.deepEqual(range('on:2026-02'), { from: Date.UTC(2026, 1), to: Date.UTC(2026, 2), toOpen: true })
  assert.deepEqual(range('before:2026'), { to: Date.UTC(2026, 0), toOpen: true })
  assert.deepEqual(range('after:2026'), { from: Date.UTC(2026, 0) })
  assert.deepEqual(range('taken:>2025'), { from: Date.UTC(2026, 0) })
  assert.deepEqual(range('taken:2026-01..2026-03'), { from: Date.UTC(2026, 0), to: Date.UTC(2026, 3), toOpen: true })
  assert.deepEqual(range('on:today'), { from: Date.UTC(2026, 10, 27), to: Date.UTC(2026, 10, 28), toOpen: true })
  const east = parseQuery('on:2026-03-21', { nowMs: NOW, zoneMinutes: 120 }).clauses[0]?.[0]
  assert.deepEqual(east?.type === 'range' && east.range.from, Date.UTC(2026, 2, 20, 22))
})

test('near is a place or coordinates, with a radius', () => {
  assert.deepEqual(only('near:oslo'), { type: 'near', not: false, place: 'oslo', latitude: 0, longitude: 0, km: 25 })
  assert.deepEqual(only('near:"59.91,10.75,20km"'), { type: 'near', not: false, place: '', latitude: 59.91, longitude: 10.75, km: 20 })
  assert.deepEqual(only('near:"New York, 500m"'), { type: 'near', not: false, place: 'New York', latitude: 0, longitude: 0, km: 0.5 })
})

test('what can not be meant is refused with its place and what may have been meant', () => {
  assert.deepEqual([refused('porch camra:sony').at, refused('porch camra:sony').suggestion], [6, 'camera:'])
  assert.match(refused('porch camra:sony').message, /did you mean camera:/)
  assert.deepEqual([refused('label:gren').at, refused('label:gren').suggestion], [6, 'green'])
  assert.equal(refused('-scne:1').at, 1)
  assert.match(refused('nonsense:1').message, /"nonsense:1"/)
  for (const text of ['rating:', 'rating:many', 'duration:5x', 'size:big', 'on:2026-13', 'on:2026-02-30', 'on:soon', 'duration:5m..1m', 'near:"91,0"', 'near:",5km"', 'near:"1,2,0km"', 'taken:..', 'type:song', 'is:blue', 'flag:maybe']) {
    assert.ok(refused(text).message.length > 20, text)
  }
  assert.match(refused('x'.repeat(1001)).message, /1001 characters/)
  assert.match(refused('a '.repeat(41)).message, /more than 40/)
})

const PIECES = ['porch', 'Gärten', '日本', '-', '"', '“', '\\', ':', '(', ')', '*', 'OR', '|', ' ', ' ', ' ', 'tag:', 'name:', 'rating:', '>=3', '<', '..', '2026-03', 'taken:', '10s', 'duration:', 'near:', '1.5,2', 'scene:', '"take no":', '\u0301', '\ud800', '😀', '\0', 'NOT', 'NEAR(', '^', '{', '}', '+', ';', '--', '\'', 'type:', 'video', 'none', 'label:', 'red', 'has:', 'gps', '%', '_', '__proto__:', 'constructor:', 'toString']

function* random(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

test('whatever is typed is taken or refused by name, and what is taken reads the same after printing', () => {
  const chance = random(7)
  const next = (below: number): number => Math.floor(chance.next().value as number * below)
  let taken = 0
  for (let run = 0; run < 30_000; run++) {
    const text = Array.from({ length: 1 + next(9) }, () => PIECES[next(PIECES.length)]).join('')
    let query: Query
    try {
      query = parse(text)
    } catch (err) {
      assert.ok(err instanceof InvalidQueryError && err.at >= 0 && err.at <= text.length, `${JSON.stringify(text)}: ${err}`)
      continue
    }
    taken++
    const printed = printQuery(query)
    if (printed.length <= 1_000) assert.deepEqual(parse(printed), query, `${JSON.stringify(text)} printed ${JSON.stringify(printed)}`)
  }
  assert.ok(taken > 5_000, `only ${taken} were taken`)
})

test('pieces follow each other and lie within the text', () => {
  const chance = random(11)
  for (let run = 0; run < 5_000; run++) {
    const text = Array.from({ length: 12 }, () => PIECES[Math.floor(chance.next().value as number * PIECES.length)]).join('')
    let last = 0
    for (const { at, end, valueAt } of tokensOf(text)) {
      assert.ok(at >= last && end > at && end <= text.length && valueAt >= at && valueAt <= end, JSON.stringify(text))
      last = end
    }
  }
})

test('OR between nothing is a word, and does not mean everything', () => {
  for (const text of ['OR', ' OR OR ']) assert.deepEqual(parse(text), { clauses: [[{ type: 'text', not: false, text: 'OR', phrase: true, column: undefined }]] })
  assert.deepEqual(parse(printQuery(parse('OR'))), parse('OR'))
  assert.deepEqual(parse(' '), { clauses: [] })
})

test.run()
