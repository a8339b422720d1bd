import * as assert from 'uvu/assert'
import { suite } from 'uvu'
import { matchesETag, parseRange } from '../../../node/http/byte-range.ts'

const test = suite('byte-range')

test('no header, another unit, nonsense and several ranges all mean everything', () => {
  for (const header of [undefined, '', 'items=0-1', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=0-1,4-5', 'bytes=5-2', 'bytes=1-2-3', `bytes=0-${'1'.repeat(400)}`]) {
    assert.is(parseRange(header, 10), undefined, String(header))
  }
})

test('a range is half open and ends at the last byte', () => {
  assert.equal(parseRange('bytes=0-0', 10), { start: 0, end: 1 })
  assert.equal(parseRange('bytes=3-', 10), { start: 3, end: 10 })
  assert.equal(parseRange('bytes=3-99', 10), { start: 3, end: 10 })
  assert.equal(parseRange('Bytes=9-9', 10), { start: 9, end: 10 })
  assert.equal(parseRange('bytes=0-99999999999999999999999', 10), { start: 0, end: 10 })
})

test('a suffix counts from the end and may be longer than the content', () => {
  assert.equal(parseRange('bytes=-3', 10), { start: 7, end: 10 })
  assert.equal(parseRange('bytes=-30', 10), { start: 0, end: 10 })
})

test('what starts behind the end is unsatisfiable, and so is every range of nothing', () => {
  assert.is(parseRange('bytes=10-', 10), 'unsatisfiable')
  assert.is(parseRange('bytes=10-12', 10), 'unsatisfiable')
  assert.is(parseRange('bytes=-0', 10), 'unsatisfiable')
  assert.is(parseRange('bytes=0-', 0), 'unsatisfiable')
  assert.is(parseRange('bytes=-1', 0), 'unsatisfiable')
})

test('an entity tag is found in a list, weak or strong', () => {
  assert.ok(matchesETag('"a", "b"', 'b'))
  assert.ok(matchesETag('W/"b"', 'b'))
  assert.ok(matchesETag('*', 'b'))
  assert.not.ok(matchesETag('"ab"', 'b'))
  assert.not.ok(matchesETag(undefined, 'b'))
})

test.run()
