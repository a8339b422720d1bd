import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { Box } from '../../../../node/understanding/analysis/analysis.ts'
import type { TrackPoint } from '../../../../node/understanding/motion/motion.ts'
import { isInside, paintPolygons } from '../../../../node/understanding/motion/picture/polygon.ts'
import { assign, NEVER } from '../../../../node/understanding/motion/tracks/assign.ts'
import { correct, firstEstimate, predict } from '../../../../node/understanding/motion/tracks/kalman.ts'
import { Tracker } from '../../../../node/understanding/motion/tracks/tracker.ts'
import { stretchesOf, visitsOf } from '../../../../node/understanding/motion/tracks/visits.ts'
import { randomOf } from '../../../support/random.ts'

const test = suite('tracks of things that move')

/** The most pairs, and of those the cheapest, by trying all of them. */
function best(costs: number[][], row = 0, taken = new Set<number>()): { pairs: number; cost: number } {
  if (row === costs.length) return { pairs: 0, cost: 0 }
  let found = best(costs, row + 1, taken)
  for (const [column, cost] of costs[row]!.entries()) {
    if (cost === NEVER || taken.has(column)) continue
    const rest = best(costs, row + 1, new Set([...taken, column]))
    const one = { pairs: rest.pairs + 1, cost: rest.cost + cost }
    if (one.pairs > found.pairs || (one.pairs === found.pairs && one.cost < found.cost)) found = one
  }
  return found
}

test('pairs are as many as may be and as cheap as can be, for 400 tables of chance', () => {
  const random = randomOf(7)
  for (let round = 0; round < 400; round++) {
    const [rows, columns] = [Math.floor(random() * 5), 1 + Math.floor(random() * 5)]
    const costs = Array.from({ length: rows }, () => Array.from({ length: columns }, () => random() < 0.3 ? NEVER : Math.round(random() * 20) / 4))
    const paired = assign(costs).flatMap((column, row) => column < 0 ? [] : [[row, column] as const])
    assert.equal(new Set(paired.map(([, column]) => column)).size, paired.length, 'no column twice')
    const cost = paired.reduce((sum, [row, column]) => sum + costs[row]![column]!, 0)
    assert.ok(cost !== NEVER)
    const { pairs, cost: least } = best(costs)
    assert.deepEqual([paired.length, Math.round(cost * 1e6)], [pairs, Math.round(least * 1e6)], JSON.stringify(costs))
  }
})

test('what goes straight is known better than it is measured, and its speed is found', () => {
  const random = randomOf(3)
  let estimate = firstEstimate(0.1, 0.02, 0.5)
  let [measured, known] = [0, 0]
  for (let i = 1; i <= 60; i++) {
    const truth = 0.1 + 0.1 * i * 0.1
    const seen = truth + (random() + random() - 1) * 0.04
    estimate = correct(predict(estimate, 0.1, 0.02), seen, 0.02)
    if (i > 20) [measured, known] = [measured + (seen - truth) ** 2, known + (estimate.place - truth) ** 2]
  }
  assert.ok(known < measured / 3, `${known} of ${measured}`)
  assert.ok(Math.abs(estimate.speed - 0.1) < 0.02, `${estimate.speed} in a second`)
})

const square = (x: number, y: number): Box => [x, y, 0.1, 0.1]

function follow(seconds: number, boxes: (s: number) => Box[]): TrackPoint[][] {
  const tracker = new Tracker()
  for (let i = 0; i < seconds * 10; i++) tracker.look(i * 100, boxes(i / 10))
  return tracker.finish()
}

test('a thing is one from its first sighting to its last, also when it is hidden for a while; what is seen twice only is none', () => {
  const tracks = follow(6, (s) => [...s < 1 || s > 5 || (s > 2.5 && s < 3.2) ? [] : [square(0.1 + 0.15 * (s - 1), 0.4)], ...(s > 4 && s < 4.15 ? [square(0.8, 0.1)] : [])])
  assert.equal(tracks.length, 1)
  assert.deepEqual([tracks[0]![0]!.atMs, tracks[0]!.at(-1)!.atMs], [1_000, 5_000])
  const hidden = tracks[0]!.filter(({ isSeen }) => !isSeen)
  assert.ok(hidden.length >= 5)
  for (const { atMs, box } of hidden) assert.ok(Math.abs(box[0] - (0.1 + 0.15 * (atMs / 1000 - 1))) < 0.03, `its place at ${atMs} ms is computed: ${box[0]}`)
})

test('what is away for longer is another thing; what sways in its place is none', () => {
  assert.equal(follow(8, (s) => s > 2 && s < 5 ? [] : [square(0.1 + 0.05 * s, 0.4)]).length, 2)
  assert.equal(follow(6, (s) => [square(0.4 + 0.004 * Math.sin(s * 9), 0.4)]).length, 0)
})

test('two that meet and are one blob meanwhile go on as themselves', () => {
  const [left, right] = [(s: number) => 0.05 + 0.14 * s, (s: number) => 0.85 - 0.14 * s]
  const tracks = follow(6, (s) => {
    const [a, b] = [square(left(s), 0.4), square(right(s), 0.43)]
    return Math.abs(a[0] - b[0]) < 0.1 ? [[Math.min(a[0], b[0]), 0.4, Math.abs(a[0] - b[0]) + 0.1, 0.13]] : [a, b]
  })
  assert.equal(tracks.length, 2)
  for (const points of tracks) {
    const [first, last] = [points[0]!.box[0], points.at(-1)!.box[0]]
    assert.ok(Math.abs(first - last) > 0.5, `from ${first} to ${last}: it turned back`)
  }
})

test('no more is kept than can be read again, and it is said that something is left out', () => {
  const tracker = new Tracker({ maxPoints: 100 })
  for (let i = 0; i < 200; i++) tracker.look(i * 100, i % 50 < 30 ? [square(0.1 + 0.01 * (i % 50), 0.4)] : []) // four times for three seconds
  const tracks = tracker.finish()
  assert.deepEqual([tracks.length, tracker.isFull], [3, true])
  assert.ok(tracks.flat().length <= 100)
})

test('what is followed for four hours is one thing', () => {
  const tracker = new Tracker()
  for (let i = 0; i < 150_000; i++) tracker.look(i * 100, [square(0.4 + 0.3 * Math.sin(i / 200), 0.4)])
  assert.deepEqual([tracker.finish().map(({ length }) => length), tracker.isFull], [[150_000], false])
})

test('what is there before and after a gap in the film is not said to have been there all the while', () => {
  const tracker = new Tracker()
  for (let i = 0; i < 40; i++) tracker.look(i * 100 + (i < 20 ? 0 : 3_600_000), [square(0.1 + 0.01 * i, 0.4)])
  assert.deepEqual(tracker.finish().map((points) => [points[0]!.atMs, points.at(-1)!.atMs]), [[0, 1_900], [3_602_000, 3_603_900]])
})

test('everything new is nothing that goes on', () => {
  const tracker = new Tracker()
  for (let i = 0; i < 40; i++) {
    if (i === 20) tracker.cut()
    tracker.look(i * 100, [square(0.1 + 0.01 * i, 0.4)])
  }
  assert.equal(tracker.finish().length, 2)
})

test('a thing is in a zone where it stands, and enters and leaves it', () => {
  const points = Array.from({ length: 20 }, (_, i): TrackPoint => ({ atMs: i * 100, box: square(i * 0.05 - 0.05, 0.4), isSeen: true })) // its foot is at i / 20
  const zones = [{ name: 'middle', polygon: [[0.31, 0.3], [0.61, 0.3], [0.61, 0.7], [0.31, 0.7]] as const }, { name: 'above', polygon: [[0, 0], [1, 0], [1, 0.45], [0, 0.45]] as const }]
  assert.deepEqual(visitsOf(points, zones), [{ zone: 'middle', enteredMs: 700, leftMs: 1_300 }])
})

test('motion with little between is one stretch, with all its zones', () => {
  assert.deepEqual(stretchesOf([{ atMs: 0, share: 0.1, zones: ['a'] }, { atMs: 900, share: 0.3, zones: ['b'] }, { atMs: 2_500, share: 0.2, zones: [] }]),
    [{ fromMs: 0, toMs: 900, share: 0.3, zones: ['a', 'b'] }, { fromMs: 2_500, toMs: 2_500, share: 0.2, zones: [] }])
})

test('a polygon that is not convex has its middle outside, and as many pixels as its area', () => {
  const horseshoe = [[0, 0], [1, 0], [1, 1], [0.75, 1], [0.75, 0.25], [0.25, 0.25], [0.25, 1], [0, 1]] as const
  assert.deepEqual([isInside([0.5, 0.5], horseshoe), isInside([0.5, 0.1], horseshoe), isInside([0.1, 0.9], horseshoe)], [false, true, true])
  assert.equal(paintPolygons([horseshoe], 40, 40).reduce((sum, one) => sum + one, 0), 40 * 40 * (1 - 0.5 * 0.75))
})

test.run()
