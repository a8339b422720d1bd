import assert from 'node:assert/strict'
import { test } from 'uvu'
import { createRateLimit, MAX_RATED_ADDRESSES } from '../../../node/http/rate-limit.ts'

test('an address may ask in bursts and then as often as its bucket refills; others are not touched by it', () => {
  let nowMs = 0
  const limit = createRateLimit({ burst: 3, perSecond: 2, now: () => nowMs })
  assert.deepEqual([1, 2, 3].map(() => limit.take('a')), [0, 0, 0])
  assert.equal(limit.take('a'), 500)
  assert.equal(limit.take('b'), 0)
  nowMs = 499
  assert.ok(limit.take('a') > 0)
  nowMs = 500
  assert.equal(limit.take('a'), 0, 'asking too early costs nothing')
  nowMs = 1e9
  assert.deepEqual([1, 2, 3].map(() => limit.take('a')), [0, 0, 0])
  assert.ok(limit.take('a') > 0, 'and no more than a burst is saved up')
})

test('a crowd of addresses is forgotten from its oldest on, so that it fills no memory', () => {
  const limit = createRateLimit({ burst: 1, perSecond: 0.001, now: () => 0 })
  limit.take('first')
  for (let i = 0; i < MAX_RATED_ADDRESSES; i++) limit.take(`address ${i}`)
  assert.equal(limit.take('first'), 0)
})

test.run()
