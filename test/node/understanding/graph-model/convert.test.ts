import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { convertGraph } from '../../../../node/understanding/inference/graph-model/convert.ts'
import type { GraphModel } from '../../../../node/understanding/inference/graph-model/graph-model.ts'
import { openNetwork } from '../../../../node/understanding/inference/pictures/network.ts'
import { input, list, readSmallGraph, type Weights, word, words } from '../../../support/models/small-graph.ts'

const ramp = (count: number): number[] => Array.from({ length: count }, (_, i) => ((i * 37) % 11) / 5 - 1)
const weights = (name: string, ...shape: readonly number[]): Weights => ({ name, shape, values: ramp(shape.reduce((a, b) => a * b, 1)) })

async function run(model: GraphModel, shape: readonly number[], values: readonly number[], result = 'result'): Promise<{ shape: readonly number[]; values: number[] }> {
  const network = await openNetwork(convertGraph(model, [result]), { threads: 1, provider: 'cpu' })
  const results = await network.run({ picture: { shape, values: Float32Array.from(values) } })
  return { shape: results[result]!.shape, values: [...results[result]!.values] }
}
const near = (a: readonly number[], b: readonly number[]): void => {
  assert.is(a.length, b.length)
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]!) < 1e-4, `${i}: ${value}, not ${b[i]}`))
}

/** As TensorFlow says that it convolves, in the plainest way: rows, columns, colours. */
function convolve({ size, colours, kernel, outputs, stride, depthwise }: { size: number; colours: number; kernel: number; outputs: number; stride: number; depthwise: boolean }, picture: readonly number[], numbers: readonly number[]): number[] {
  const steps = Math.ceil(size / stride)
  const before = Math.floor(Math.max(0, (steps - 1) * stride + kernel - size) / 2)
  const out: number[] = []
  for (let y = 0; y < steps; y++) for (let x = 0; x < steps; x++) for (let o = 0; o < (depthwise ? colours * outputs : outputs); o++) {
    let sum = 0
    for (let i = 0; i < kernel; i++) for (let j = 0; j < kernel; j++) for (let c = 0; c < colours; c++) {
      const [row, column] = [y * stride + i - before, x * stride + j - before]
      if (row < 0 || row >= size || column < 0 || column >= size || (depthwise && Math.floor(o / outputs) !== c)) continue
      sum += picture[(row * size + column) * colours + c]! * numbers[((i * kernel + j) * colours + c) * outputs + (depthwise ? o % outputs : o)]!
    }
    out.push(sum)
  }
  return out
}

for (const [op, depthwise, stride] of [['Conv2D', false, 1], ['Conv2D', false, 2], ['DepthwiseConv2dNative', true, 1], ['DepthwiseConv2dNative', true, 2]] as const) {
  test(`${op} with steps of ${stride} gives what TensorFlow defines`, async () => {
    const kernel = weights('kernel', 3, 3, 2, 3)
    const model = readSmallGraph([input('picture', -1, 6, 6, 2), { name: 'result', op, input: ['picture', 'kernel'], attr: { strides: list(1, stride, stride, 1), padding: word('SAME') } }], [kernel])
    const { shape, values } = await run(model, [1, 6, 6, 2], ramp(72))
    assert.equal(shape, [1, 6 / stride, 6 / stride, depthwise ? 6 : 3])
    near(values, convolve({ size: 6, colours: 2, kernel: 3, outputs: 3, stride, depthwise }, ramp(72), kernel.values))
  })
}

test('a bias and a bend that are part of a convolution are done, the bend last', async () => {
  const kernel: Weights = { name: 'kernel', shape: [1, 1, 1, 2], values: [1, -1] }
  const model = readSmallGraph([input('picture', 1, 1, 3, 1), { name: 'result', op: '_FusedConv2D', input: ['picture', 'kernel', 'bias'], attr: { strides: list(1, 1, 1, 1), padding: word('VALID'), fused_ops: words('BiasAdd', 'Relu6') } }], [kernel, { name: 'bias', shape: [2], values: [1, 0.5] }])
  near((await run(model, [1, 1, 3, 1], [-2, 3, 9])).values, [0, 2.5, 4, 0, 6, 0])
})

test('pooling, padding, joining, shrinking to a mean and giving another shape follow rows, columns and colours', async () => {
  const model = readSmallGraph([
    input('picture', 1, 2, 2, 1),
    { name: 'padded', op: 'Pad', input: ['picture', 'pads'] },
    { name: 'pooled', op: 'MaxPool', input: ['padded'], attr: { ksize: list(1, 2, 2, 1), strides: list(1, 2, 2, 1), padding: word('VALID') } },
    { name: 'joined', op: 'ConcatV2', input: ['picture', 'picture', 'axis'] },
    { name: 'mean', op: 'Mean', input: ['joined', 'axes'], attr: { keep_dims: { b: true } } },
    { name: 'flat', op: 'Reshape', input: ['mean', 'shape'] }
  ], [{ name: 'pads', shape: [4, 2], values: [0, 0, 1, 1, 1, 1, 0, 0], dtype: 'int32' }, { name: 'axis', shape: [], values: [3], dtype: 'int32' }, { name: 'axes', shape: [2], values: [1, 2], dtype: 'int32' }, { name: 'shape', shape: [1], values: [2], dtype: 'int32' }])
  assert.equal(await run(model, [1, 2, 2, 1], [1, 2, 3, 4], 'pooled'), { shape: [1, 2, 2, 1], values: [1, 2, 3, 4] })
  assert.equal(await run(model, [1, 2, 2, 1], [1, 2, 3, 5], 'flat'), { shape: [2], values: [2.75, 2.75] })
})

test('making larger follows where TensorFlow says that pixels are', async () => {
  const resized = (attr: Record<string, unknown>) => run(readSmallGraph([input('picture', 1, 1, 2, 1), { name: 'result', op: 'ResizeBilinear', input: ['picture', 'size'], attr }], [{ name: 'size', shape: [2], values: [1, 4], dtype: 'int32' }]), [1, 1, 2, 1], [0, 3])
  near((await resized({ align_corners: { b: true } })).values, [0, 1, 2, 3])
  near((await resized({ half_pixel_centers: { b: true } })).values, [0, 0.75, 2.25, 3])
  near((await resized({})).values, [0, 1.5, 3, 3])
})

test('what is not known is refused by name, and so is what goes in a circle', () => {
  const refused = (nodes: Parameters<typeof readSmallGraph>[0], why: RegExp): void => assert.throws(() => convertGraph(readSmallGraph(nodes), ['result']), why)
  refused([input('picture', 1), { name: 'result', op: 'Softsign', input: ['picture'] }], /operator Softsign of result is not supported/)
  refused([{ name: 'result', op: 'Relu', input: ['other'] }, { name: 'other', op: 'Relu', input: ['result'] }], /circle/)
  refused([{ name: 'result', op: 'Relu', input: ['nobody'] }], /nobody/)
  refused([], /result/)
})

test('padding, steps and shapes that would be done otherwise are refused', () => {
  const kernel: Weights = { name: 'kernel', shape: [1, 1, 1, 1], values: [1] }
  const refused = (attr: Record<string, unknown>): void => assert.throws(() => convertGraph(readSmallGraph([input('picture', 1, 2, 2, 1), { name: 'result', op: '_FusedConv2D', input: ['picture', 'kernel', 'kernel'], attr }], [kernel]), ['result']), /not supported/)
  refused({ padding: word('SAME'), data_format: word('NCHW') })
  refused({ padding: word('ODD') })
  refused({ padding: word('SAME'), strides: list(2, 1, 1, 1) })
  refused({ padding: word('SAME'), fused_ops: words('Relu') })
  refused({ padding: word('SAME'), fused_ops: words('BiasAdd', 'Gelu') })
})

test('a chain of thousands of steps is converted, and a longer one than is allowed is not', () => {
  const chain = (length: number) => [input('picture', 1), ...Array.from({ length }, (_, i) => ({ name: i === length - 1 ? 'result' : `r${i}`, op: 'Relu', input: [i === 0 ? 'picture' : `r${i - 1}`] }))]
  assert.ok(convertGraph(readSmallGraph(chain(3_000)), ['result']).length > 0)
  assert.throws(() => convertGraph(readSmallGraph(chain(20_000)), ['result']), /more than/)
})

test.run()
