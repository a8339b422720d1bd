import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { Axes } from '../../../../node/understanding/index/axes.ts'
import { clusteredVectors, spreadVectors, unit, type VectorSource } from '../../../support/clustered-vectors.ts'

const test = suite('axes of vectors')

const DIMENSIONS = 128
const dot = (one: ArrayLike<number>, other: ArrayLike<number>): number => Array.from(one).reduce((sum, value, at) => sum + value * other[at]!, 0)
const taken = (source: Pick<VectorSource, 'next'>, count: number): Float32Array[] => Array.from({ length: count }, () => source.next())

function learnt(vectors: readonly Float32Array[], kept: number): Axes | undefined {
  const steps = Axes.learn(vectors, kept)
  let step = steps.next()
  while (step.done !== true) step = steps.next()
  return step.value
}

test('they keep the share they were to keep, of vectors that they were not learnt from, with few more than are needed', () => {
  const source = spreadVectors({ dimensions: DIMENSIONS, falls: 1.5 })
  const axes = learnt(taken(source, 2_000), 0.9)!
  const widths = Array.from({ length: DIMENSIONS }, (_, at) => (at + 1) ** -1.5)
  const share = (count: number): number => widths.slice(0, count).reduce((sum, width) => sum + width, 0) / widths.reduce((sum, width) => sum + width, 0)
  assert.ok(share(axes.count - 1) >= 0.9 && share(axes.count - 1 - 2 * 16) < 0.9, `${axes.count} numbers`)
  const kept = taken(source, 500).map((vector) => dot(axes.query(vector), axes.query(vector)))
  assert.ok(kept.reduce((sum, value) => sum + value, 0) / kept.length >= 0.89)
})

test('what lies along them has length 1, and nearly the product that the vectors have', () => {
  const source = clusteredVectors({ dimensions: DIMENSIONS, latent: 16 })
  const axes = learnt(taken(source, 1_000), 0.999)!
  assert.ok(axes.count < DIMENSIONS / 2, `${axes.count} numbers`)
  for (const [one, other] of Array.from({ length: 20 }, () => [source.next(), source.next()] as const)) {
    const [entry, query] = [axes.entry(one), axes.query(other)]
    assert.deepEqual([entry.length, query.length, axes.count % 16], [axes.count, axes.count, 0])
    assert.ok(Math.abs(dot(entry, entry) - 1) < 1e-5)
    assert.ok(Math.abs(dot(entry, query) - dot(one, other)) < 0.05, `${dot(entry, query)} for ${dot(one, other)}`)
  }
})

test('vectors that differ along all their numbers alike have none', () => {
  assert.equal(learnt(taken(spreadVectors({ dimensions: DIMENSIONS, falls: 0 }), 2_000), 0.9), undefined)
})

test('vectors of few numbers have none, and those that are all the same do no harm', () => {
  assert.equal(learnt(taken(clusteredVectors({ dimensions: 16 }), 100), 0.9), undefined)
  const same = unit(Float32Array.from({ length: DIMENSIONS }, (_, at) => at))
  const axes = learnt(Array.from({ length: 100 }, () => same), 0.9)!
  assert.ok(axes.entry(same).every(Number.isFinite))
})

test.run()
