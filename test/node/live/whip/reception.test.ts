import assert from 'node:assert/strict'
import { test } from 'uvu'
import { ASK_AGAIN_MS, createReception, GIVE_UP_MS, MAX_MISSING, REORDER_MS } from '../../../../node/live/whip/reception.ts'

/** Packets with these sequence numbers, 10 ms apart. */
function receive(reception: ReturnType<typeof createReception>, sequences: readonly number[], fromMs = 0): number {
  sequences.forEach((sequence, i) => reception.note(sequence & 0xffff, i * 900, fromMs + i * 10))
  return fromMs + (sequences.length - 1) * 10
}

test('what is missing is asked for once it is late, again after a while, and not for ever', () => {
  const reception = createReception(90_000)
  const nowMs = receive(reception, [10, 11, 14])
  assert.deepEqual(reception.missing(nowMs + REORDER_MS - 1), [], 'it may only be out of order')
  assert.deepEqual(reception.missing(nowMs + REORDER_MS), [12, 13])
  assert.deepEqual(reception.missing(nowMs + REORDER_MS + 1), [])
  assert.equal(reception.note(12, 0, nowMs + 20), true)
  let at = nowMs + REORDER_MS
  while ((at += ASK_AGAIN_MS) <= nowMs + GIVE_UP_MS) assert.deepEqual(reception.missing(at), [13])
  assert.equal(reception.missing(at), 'too-many', 'now a keyframe is the way on')
  assert.deepEqual(reception.missing(at += ASK_AGAIN_MS), [])
  assert.equal(reception.hasMissing(), false)
})

test('on a long line a packet that was lost twice is taken when it comes at last', () => {
  const reception = createReception(90_000)
  const nowMs = receive(reception, [10, 11, 13])
  for (let at = nowMs; at < nowMs + 950; at += 20) reception.missing(at)
  assert.equal(reception.note(12, 0, nowMs + 950), true)
})

test('a gap across the wrap of the numbers is asked for by the numbers of the wire', () => {
  const reception = createReception(90_000)
  const nowMs = receive(reception, [65_533, 65_534, 65_538])
  assert.deepEqual(reception.missing(nowMs + REORDER_MS), [65_535, 0, 1])
})

test('a packet that comes twice counts once', () => {
  const reception = createReception(90_000)
  receive(reception, [1, 2, 3])
  assert.equal(reception.note(2, 0, 50), false)
  assert.equal(reception.note(4, 0, 60), true)
})

test('when too much is missing, asking for it is given up', () => {
  const reception = createReception(90_000)
  receive(reception, [1, 2])
  for (let i = 1; i <= 3; i++) reception.note(2 + i * 100, 0, 100)
  assert.equal(reception.missing(200), 'too-many')
  assert.deepEqual(reception.missing(300), [])
  assert.equal(reception.hasMissing(), false)
})

test('a stream that begins anew is no loss', () => {
  const reception = createReception(90_000)
  receive(reception, [1, 2])
  reception.note(30_000, 0, 100)
  assert.equal(reception.hasMissing(), false)
  assert.deepEqual(reception.block()?.packetsLost, 0)
})

test('the report says what was lost since the last one, all in all, and the highest number beyond its wrap', () => {
  const reception = createReception(90_000)
  assert.equal(reception.block(), undefined)
  receive(reception, [65_532, 65_533, 65_534, 65_535, 65_536, 65_537, 65_538, 65_539])
  assert.deepEqual(reception.block(), { fractionLost: 0, packetsLost: 0, highestSequence: 65_539, jitter: 0 })
  receive(reception, [65_541, 65_543], 80)
  const { fractionLost, packetsLost } = reception.block()!
  assert.deepEqual([fractionLost, packetsLost], [128, 2])
  reception.note(65_540 & 0xffff, 0, 200)
  assert.equal(reception.block()?.packetsLost, 1)
})

test('jitter is the smoothed difference of spacing, in units of the clock', () => {
  const reception = createReception(90_000)
  for (let i = 0; i < 200; i++) reception.note(i, i * 3_000, i * 1000 / 30 + (i % 2) * 4)
  const { jitter } = reception.block()!
  assert.ok(Math.abs(jitter - 360) < 40, `${jitter} instead of about 4 ms`)
})

test('more is missing than is remembered: the flood of a hostile publisher fills no memory', () => {
  const reception = createReception(90_000)
  for (let i = 0; i < 1_000; i++) {
    reception.note((i * 2_500) & 0xffff, 0, i)
    reception.missing(i)
  }
  const left = reception.missing(1e6)
  assert.ok(left === 'too-many' || left.length <= MAX_MISSING)
})

test.run()
