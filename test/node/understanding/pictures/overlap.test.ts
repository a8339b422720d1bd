import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { boxOf, overlapOf, surestOf } from '../../../../node/understanding/inference/pictures/overlap.ts'

test('boxes share what they cover together, of all that they cover', () => {
  assert.is(overlapOf([0, 0, 0.5, 0.5], [0, 0, 0.5, 0.5]), 1)
  assert.ok(Math.abs(overlapOf([0, 0, 0.5, 0.5], [0.25, 0, 0.5, 0.5]) - 1 / 3) < 1e-9)
  assert.is(overlapOf([0, 0, 0.5, 0.5], [0.5, 0, 0.5, 0.5]), 0)
})

test('of those that overlap the surest is kept, unless they are of another kind, and no more than are asked for', () => {
  const found = (label: string, x: number, confidence: number) => ({ label, box: [x, 0, 0.4, 0.4] as const, confidence })
  const all = [found('cat', 0, 0.6), found('cat', 0.05, 0.9), found('dog', 0, 0.5), found('cat', 0.5, 0.4)]
  const isSame = (a: { label: string }, b: { label: string }): boolean => a.label === b.label
  assert.equal(surestOf(all, 0.5, 10, isSame).map(({ label, confidence }) => `${label} ${confidence}`), ['cat 0.9', 'dog 0.5', 'cat 0.4'])
  assert.is(surestOf(all, 0.5, 2).length, 2)
})

test('a box ends at the edge of the picture, and is none outside of it', () => {
  assert.equal(boxOf(-0.5, 0.25, 0.5, 2), [0, 0.25, 0.5, 0.75])
  assert.is(boxOf(1.1, 0, 1.5, 1), undefined)
  assert.is(boxOf(0.5, 0.5, 0.4, 0.6), undefined)
  assert.is(boxOf(Number.NaN, 0, 1, 1), undefined)
})

test.run()
