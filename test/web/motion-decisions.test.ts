import assert from 'node:assert/strict'
import { test } from 'uvu'
import type { MotionView } from '#protocols/http.ts'
import { boxesAt, levelsOf } from '../../web/src/motion/boxes-at.ts'
import { addCorner, begin, cancel, EMPTY_SKETCH, finish, MAX_CORNERS, rename, type Sketch, takeOver, without } from '../../web/src/motion/sketch.ts'

const point = (atMs: number, x: number, isSeen = true): MotionView['tracks'][number]['points'][number] => ({ atMs, box: [x, 0.5, 0.1, 0.2], isSeen })
const tracks: MotionView['tracks'] = [
  { id: 1, bestMs: 0, zones: [], points: [point(1_000, 0), point(1_100, 0.2, false), point(1_200, 0.3)] },
  { id: 2, bestMs: 0, zones: [], label: 'dog', points: [point(1_150, 0.7)] }
]

test('boxes are where the things are at a moment, straight between two looks, and nowhere before and after', () => {
  assert.deepEqual([boxesAt(tracks, 999), boxesAt(tracks, 1_201)], [[], []])
  assert.deepEqual(boxesAt(tracks, 1_050), [{ id: 1, name: 'Thing 1', isSeen: true, box: [0.1, 0.5, 0.1, 0.2] }])
  assert.deepEqual(boxesAt(tracks, 1_150).map(({ id, name, isSeen, box: [x] }) => [id, name, isSeen, Math.round(x * 100)]), [[1, 'Thing 1', false, 25], [2, 'dog 2', true, 70]])
  assert.deepEqual(boxesAt(tracks, 1_200).map(({ box: [x] }) => x), [0.3])
})

test('the timeline shows the most that moved in each part', () => {
  assert.deepEqual(levelsOf({ durationMs: 1_000, samples: [[0, 0.1], [40, 0.3], [600, 0.2], [1_000, 0.5]] }, 4), [0.3, 0, 0.2, 0.5])
})

test('an area has at least three corners, all of them in the picture; a zone gets a name that is free', () => {
  const draw = (sketch: Sketch, kind: 'mask' | 'zone', ...corners: Array<[number, number]>): Sketch => finish(corners.reduce(addCorner, begin(sketch, kind)))
  assert.deepEqual(draw(EMPTY_SKETCH, 'mask', [0, 0], [1, 1]), EMPTY_SKETCH)
  assert.deepEqual(draw(EMPTY_SKETCH, 'mask', [-0.2, 0.12345], [2, 0], [0.5, 1]).masks, [[[0, 0.123], [1, 0], [0.5, 1]]])
  const two = draw(draw(EMPTY_SKETCH, 'zone', [0, 0], [1, 0], [1, 1]), 'zone', [0, 0], [1, 0], [0, 1])
  assert.deepEqual(two.zones.map(({ name }) => name), ['Zone 1', 'Zone 2'])
  assert.deepEqual(draw(without(two, 'zone', 0), 'zone', [0, 0], [1, 0], [0, 1]).zones.map(({ name }) => name), ['Zone 2', 'Zone 1'])
  assert.equal(rename(two, 1, 'door').zones[1]?.name, 'door')
  assert.equal(cancel(begin(two, 'mask')).drawing, undefined)
  let many = begin(EMPTY_SKETCH, 'mask')
  for (let i = 0; i < 100; i++) many = addCorner(many, [0.5, 0.5])
  assert.equal(many.drawing?.corners.length, MAX_CORNERS)
  assert.equal(addCorner(EMPTY_SKETCH, [0, 0]), EMPTY_SKETCH, 'a click while nothing is drawn')
})

test('what is stored is taken over, but never in the place of what somebody draws', () => {
  const triangle = (x: number): Array<[number, number]> => [[x, 0], [1, 0], [1, 1]]
  const [first, second] = [{ masks: [triangle(0)], zones: [] }, { masks: [], zones: [{ name: 'door', polygon: triangle(0.5) }] }]
  const taken = takeOver(begin(EMPTY_SKETCH, 'mask'), EMPTY_SKETCH, first)
  assert.deepEqual(taken, { ...first, drawing: { kind: 'mask', corners: [] } })
  const drawn = finish(([[0, 0], [0.5, 0], [0.5, 1]] as const).reduce(addCorner, taken))
  assert.equal(takeOver(drawn, first, structuredClone(first)), drawn, 'the same came again')
  assert.equal(takeOver(drawn, first, second), drawn, 'somebody else looked with others')
  assert.deepEqual(takeOver(takeOver(drawn, first, drawn), drawn, second), { ...second, drawing: undefined }, 'it was stored')
})

test.run()
