import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { clockOffset, timecodeMs, timecodeOffset } from '../../../../node/understanding/takes/clocks.ts'
import { robustLine } from '../../../../node/understanding/takes/line.ts'
import { between, endOf, placedIn, turned } from '../../../../node/understanding/takes/take.ts'
import { takeView } from '../../../../node/understanding/takes/take-view.ts'
import { takeAsset } from '../../../support/take-fakes.ts'

const test = suite('where recordings lie to each other')

test('places on clocks that drift go into each other and back', () => {
  const [first, second] = [{ offsetMs: 5_000, driftPpm: 40 }, { offsetMs: 1_800_000, driftPpm: -60 }]
  const near = (one: number, other: number): void => assert.ok(Math.abs(one - other) < 1e-6, `${one} ${other}`)
  const back = placedIn(first, turned(first))
  near(back.offsetMs, 0)
  near(back.driftPpm, 0)
  const there = placedIn(first, between(first, second))
  near(there.offsetMs, second.offsetMs)
  near(there.driftPpm, second.driftPpm)
  near(endOf({ offsetMs: 100, driftPpm: 1_000 }, 10_000), 10_110)
})

const timed = (timecode: string, framesPerSecond: number) => takeAsset(1, { timecode, framesPerSecond }).facts

test('timecodes are read with and without dropped numbers, over midnight, and not where there is none', () => {
  assert.equal(timecodeMs(timed('00:00:10:05', 25)), 10_200)
  assert.ok(Math.abs(timecodeMs(timed('01:00:00;00', 30_000 / 1001))! - 3_600_000) < 10, 'an hour of it is an hour of the clock')
  assert.ok(Math.abs(timecodeMs(timed('01:00:00:00', 30_000 / 1001))! - 3_603_600) < 10)
  assert.ok(Math.abs(timecodeOffset(timed('23:59:50:00', 25), timed('00:00:05:00', 25))! - 15_000) < 1e-6)
  assert.equal(timecodeOffset(timed('not at all', 25), timed('00:00:05:00', 25)), undefined)
})

test('a clock without a zone says nothing', () => {
  const zoned = takeAsset(1, { createdAtMs: 10_000, createdAtZone: 'utc' } as never).facts
  const local = takeAsset(2, { createdAtMs: 12_000, createdAtZone: 'unknown' }).facts
  assert.deepEqual([clockOffset(zoned, zoned), clockOffset(zoned, local)], [0, undefined])
})

test('the line is that of most windows, whatever a third of them says', () => {
  const points = Array.from({ length: 12 }, (_, i) => ({ at: i * 60, lag: i % 3 === 1 ? 7 - i : 2 + i * 60 * 50e-6 }))
  const { line, near } = robustLine(points, 0.004, 3e-4)
  assert.equal(near.length, 8)
  assert.ok(Math.abs(line.offset - 2) < 1e-9 && Math.abs(line.slope - 50e-6) < 1e-12)
})

test('a view begins with the first recording that is left, and says where timecode and clocks disagree with what is heard', () => {
  const angle = { driftPpm: 0, by: 'sound' as const }
  const assets = [takeAsset(1, { timecode: '01:00:00:00', createdAtMs: 1e12 }), takeAsset(2, { timecode: '01:00:07:00', createdAtMs: 1e12 + 60_000 }), takeAsset(3)]
  const take = { id: 't', name: 'Talk', by: '', createdAtMs: 1, out: [], isDissolved: false, angles: assets.map(({ facts: { id } }, i) => ({ ...angle, recording: id, confidence: 1 - i / 10, offsetMs: -1_000 + i * 5_000 })) }
  const view = takeView(take, (id) => assets.find(({ facts }) => facts.id === id))
  assert.deepEqual([view.originMs, view.durationMs, view.angles.map(({ offsetMs }) => offsetMs), view.missing], [-1_000, 70_000, [0, 5_000, 10_000], 0])
  assert.deepEqual(view.notes, ['The timecodes of clip-2.mp4 and clip-1.mp4 lie 2.00 s beside where they are', 'The clocks of clip-2.mp4 and clip-1.mp4 are 55 s apart'])
  const less = takeView(take, (id) => assets.slice(1).find(({ facts }) => facts.id === id))
  assert.deepEqual([less.originMs, less.angles.length, less.missing], [4_000, 2, 1])
})

test.run()
