import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Picture } from '../../../../node/understanding/inference/inference.ts'
import { type TensorShape, tensorOf, wholeOf } from '../../../../node/understanding/inference/pictures/region.ts'

/** Its reds tell the column, its greens the row. */
const slope = (width: number, height: number): Picture => ({ width, height, rgb: Uint8Array.from({ length: 3 * width * height }, (_, i) => [Math.floor(i / 3) % width, Math.floor(i / 3 / width), 7][i % 3]!) })
const as = (width: number, height: number, order: TensorShape['order'] = 'pixels'): TensorShape => ({ width, height, order, zero: [0, 0, 0], unit: [1, 1, 1] })

test('a picture at its own size is itself, by pixels and by planes', () => {
  const picture = slope(4, 3)
  assert.equal([...tensorOf(picture, wholeOf(picture), as(4, 3))], [...picture.rgb])
  assert.equal([...tensorOf(picture, wholeOf(picture), as(4, 3, 'planes'))].slice(0, 16), [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 0, 0, 0])
})

test('what is made smaller is the mean of what was there', () => {
  const picture = slope(8, 4)
  assert.equal([...tensorOf(picture, wholeOf(picture), as(2, 1))], [1.5, 1.5, 7, 5.5, 1.5, 7])
})

test('what is made larger lies between, and beyond the edge the edge goes on', () => {
  const picture = slope(2, 1)
  assert.equal([...tensorOf(picture, wholeOf(picture), as(4, 1))].filter((_, i) => i % 3 === 0), [0, 0.25, 0.75, 1])
  assert.equal([...tensorOf(picture, { corner: [-2, 0], across: [6, 0], down: [0, 1] }, as(6, 1))].filter((_, i) => i % 3 === 0), [0, 0, 0, 1, 1, 1])
})

test('a region that is turned by a quarter shows columns as rows', () => {
  const picture = slope(3, 2)
  const turned = tensorOf(picture, { corner: [3, 0], across: [0, 2], down: [-3, 0] }, as(2, 3))
  assert.equal([...turned].filter((_, i) => i % 3 < 2), [2, 0, 2, 1, 1, 0, 1, 1, 0, 0, 0, 1])
})

test('numbers are moved and scaled per colour', () => {
  const picture: Picture = { width: 1, height: 1, rgb: Uint8Array.of(10, 20, 30) }
  assert.equal([...tensorOf(picture, wholeOf(picture), { width: 1, height: 1, order: 'pixels', zero: [0, 10, 30], unit: [2, 5, 3] })], [5, 2, 0])
})

test.run()
