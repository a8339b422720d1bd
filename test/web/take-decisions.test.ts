/** What the page of a take decides, run without a browser. */
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { ANGLE_JUMP_MS, type AngleElement, AngleStream, toOwn, toTake } from '../../web/src/takes/angle-stream.ts'
import { wavePath, wordsOfPlace, wordsOfTrust } from '../../web/src/takes/angle-words.ts'

const test = suite('decisions of a take')

const PLACE = { offsetMs: 10_000, driftPpm: -50, durationMs: 60_000 }
type Player = { -readonly [Key in keyof AngleElement]: AngleElement[Key] }

function player(more: Partial<Player> = {}): Player {
  const element: Player = { currentTime: 0, paused: true, seeking: false, readyState: 4, playbackRate: 1, muted: false, pause() { element.paused = true }, async play() { element.paused = false }, ...more }
  return element
}

test('times go from the clock of a take to that of a recording and back', () => {
  assert.equal(toOwn(PLACE, 10_000), 0)
  assert.ok(Math.abs(toTake(PLACE, 60_000) - 69_997) < 1e-6)
  assert.ok(Math.abs(toOwn(PLACE, toTake(PLACE, 12_345)) - 12_345) < 1e-6)
})

test('one that stands is put where the clock is, to the millisecond', () => {
  const element = player({ currentTime: 4.99 })
  const stream = new AngleStream('a', element, PLACE)
  stream.follow(15_000, 1, false)
  assert.ok(Math.abs(element.currentTime - toOwn(PLACE, 15_000) / 1000) < 1e-9)
  assert.equal(element.paused, true)
})

test('one that plays runs at its drift when it is in step, a little faster when it is behind, and jumps when it is far', () => {
  const element = player({ currentTime: 5 })
  const stream = new AngleStream('a', element, PLACE)
  stream.follow(toTake(PLACE, 5_000), 1, true)
  assert.deepEqual([element.paused, Math.abs(element.playbackRate - 1 / (1 - 50e-6)) < 1e-9], [false, true])
  stream.follow(toTake(PLACE, 5_040), 1, true)
  assert.ok(element.playbackRate > 1.03 && element.playbackRate < 1.05 && element.currentTime === 5)
  stream.follow(toTake(PLACE, 5_000) + ANGLE_JUMP_MS + 50, 1, true)
  assert.ok(Math.abs(element.currentTime - 5.3) < 0.001)
})

test('before it begins and after it ends it waits, and is no error', () => {
  const element = player()
  const stream = new AngleStream('a', element, PLACE)
  for (const at of [9_000, 70_500]) {
    stream.follow(at, 1, true)
    assert.deepEqual([stream.state, element.paused], ['gap', true])
  }
  stream.follow(11_000, 1, true)
  assert.deepEqual([stream.state, stream.spans[0]?.startMs], ['ready', 10_000])
})

test('one that was moved goes where it belongs now', () => {
  const element = player({ currentTime: 5 })
  const stream = new AngleStream('a', element, PLACE)
  stream.place = { ...PLACE, offsetMs: 10_040 }
  stream.follow(15_000, 1, false)
  assert.ok(Math.abs(element.currentTime - toOwn(stream.place, 15_000) / 1000) < 1e-9)
})

test('one that failed says so until it is asked for anew', () => {
  let reloads = 0
  const stream = new AngleStream('a', player(), PLACE, () => { reloads++ })
  stream.follow(15_000, 1, true)
  stream.fail()
  assert.equal(stream.state, 'failed')
  stream.retry()
  stream.retry()
  assert.deepEqual([reloads, stream.state], [1, 'ready'])
})

test('people read where a recording lies, by what, and how sure that is', () => {
  assert.equal(wordsOfPlace({ offsetMs: 7_320.4, by: 'sound' }), '+7.320 s by its sound')
  assert.equal(wordsOfPlace({ offsetMs: -40, by: 'person' }), '−0.040 s by hand')
  assert.equal(wordsOfTrust({ by: 'sound', confidence: 0.2, driftPpm: -60 }), 'not sure: look closely, drift -60.0 ppm')
  assert.equal(wordsOfTrust({ by: 'person', confidence: 1, driftPpm: 0 }), '')
  assert.equal(wavePath([0, 255], 10), 'M0 1L0.00 1.000L5.00 0.000L5.00 2.000L0.00 1.000Z')
  assert.equal(wavePath([], 10), '')
})

test.run()
