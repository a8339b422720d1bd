import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { halfFloat, readGraphModel } from '../../../../node/understanding/inference/graph-model/graph-model.ts'
import { input, smallGraph } from '../../../support/models/small-graph.ts'

test('half floats are what IEEE 754 says', () => {
  assert.equal([0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x0000, 0x7c00].map(halfFloat), [1, -2, 65_504, 2 ** -24, 2 ** -14, 0, Infinity])
  assert.ok(Number.isNaN(halfFloat(0x7c01)))
})

test('numbers that are kept as halves and as whole ones are read as they are meant', () => {
  const json = { modelTopology: { node: [] }, weightsManifest: [{ weights: [{ name: 'a', shape: [2], dtype: 'float32', quantization: { dtype: 'float16' } }, { name: 'b', shape: [], dtype: 'int32' }] }] }
  const model = readGraphModel(Buffer.from(JSON.stringify(json)), Uint8Array.of(0, 0x3c, 0, 0xc0, 254, 255, 255, 255))
  assert.equal([[...model.constant('a').values], [...model.constant('b').values]], [[1, -2], [-2]])
  assert.throws(() => model.constant('c'), /no numbers named c/)
  assert.throws(() => model.node('d'), /no part named d/)
})

test('numbers that are cut off, or too many, are refused', () => {
  const { json, numbers } = smallGraph([input('picture', 1)], [{ name: 'a', shape: [3], values: [1, 2, 3] }])
  assert.throws(() => readGraphModel(json, numbers.subarray(0, 11)), /cut off/)
  assert.throws(() => readGraphModel(json, Buffer.concat([numbers, numbers])), /belongs to another model/)
})

test('what is no graph model is refused: other JSON, no JSON, shapes and kinds of numbers that can not be', () => {
  const refused = (json: unknown, why: RegExp): void => assert.throws(() => readGraphModel(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)), new Uint8Array(8)), why)
  refused('{', /not a TensorFlow.js graph model/)
  for (const json of [{}, null, [], { modelTopology: { node: 1 }, weightsManifest: [] }, { modelTopology: { node: [null] }, weightsManifest: [] }, { modelTopology: { node: [{ name: 'a' }] }, weightsManifest: [] }, { modelTopology: { node: [] }, weightsManifest: [{}] }]) refused(json, /not a TensorFlow.js graph model/)
  for (const weights of [{ name: 'a', shape: [2], dtype: 'string' }, { name: 'a', shape: [1e300], dtype: 'float32' }, { name: 'a', shape: [-2], dtype: 'float32' }, { name: 'a', shape: [0.5], dtype: 'float32' }]) {
    refused({ modelTopology: { node: [] }, weightsManifest: [{ weights: [weights] }] }, /not supported/)
  }
})

test.run()
