import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { Row } from '../../../../node/understanding/index/rows.ts'
import type { RowFilter } from '../../../../node/understanding/index/scan.ts'
import { SpaceRows } from '../../../../node/understanding/index/space-rows.ts'
import { clusteredVectors, spreadVectors, unit } from '../../../support/clustered-vectors.ts'

const test = suite('vectors of any model')

const DIMENSIONS = 128
const COUNT = 4_000
const SUBJECTS = 400
const QUERIES = 12
/** Found of the ten nearest, at least. */
const LEAST_RECALL = 0.95

const { random, ...spread } = spreadVectors({ dimensions: DIMENSIONS, falls: 1, seed: 5 })
const chance = spreadVectors({ dimensions: DIMENSIONS, falls: 0, seed: 6 })
const clustered = clusteredVectors({ dimensions: DIMENSIONS, latent: 16, seed: 7 })
const places = clusteredVectors({ dimensions: DIMENSIONS, clusters: 12, latent: 12, spread: 0, seed: 8 })
const mixed = (one: Float32Array, other: Float32Array, share: number): Float32Array => unit(one.map((value, at) => value * share + other[at]! * (1 - share)))

/** Where the length of a vector goes: into a few directions, into ever less of all, into all alike, or into a few, but what tells one from another into all. */
const KINDS: Record<string, () => Float32Array> = {
  'in clusters of few directions': () => clustered.next(),
  'of a long spectrum': () => spread.next(),
  'of all directions alike': () => chance.next(),
  'in clusters whose vectors differ along all directions, by little': () => mixed(places.next(), chance.next(), 0.85)
}

const everything: RowFilter = { partitions: new Uint8Array(256).fill(1), levels: Uint8Array.of(1, 1, 1) }
const rowOf = (vector: Float32Array, i: number): Row => ({ label: i + 1, subject: Math.floor(random() * SUBJECTS), partition: 3, level: 1, fromMs: i, toMs: i, pictureMs: i, vector })
const dot = (one: Float32Array, other: Float32Array): number => one.reduce((sum, value, at) => sum + value * other[at]!, 0)

function filled(rows: readonly Row[], graphFrom = 1_000): SpaceRows {
  const space = new SpaceRows(DIMENSIONS, { graphFrom, exactRows: 100 })
  for (const row of rows) space.add(row)
  while (space.growGraph());
  return space
}

function recall(space: SpaceRows, queries: readonly Float32Array[], filter: RowFilter, among: readonly Row[]): number {
  const shares = queries.map((query) => {
    const found = new Set(space.search(query, 10, filter).map(({ row }) => row.label))
    const nearest = among.map(({ label, vector }) => ({ label, score: dot(query, vector) })).sort((a, b) => b.score - a.score).slice(0, 10)
    return nearest.filter(({ label }) => found.has(label)).length / 10
  })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}

for (const [kind, next] of Object.entries(KINDS)) {
  test(`${kind}: the ten nearest are found at every filter, of questions that are like them and of questions that hardly are`, () => {
    const rows = Array.from({ length: COUNT }, (_, i) => rowOf(next(), i))
    const space = filled(rows)
    assert.equal(space.inGraphs, COUNT)
    const [like, unlike] = [Array.from({ length: QUERIES }, next), Array.from({ length: QUERIES }, () => mixed(next(), chance.next(), 0.25))]
    for (const share of [0.02, 0.9, 1]) {
      const subjects = new Set(Array.from({ length: SUBJECTS * share }, (_, i) => i))
      const filter = share === 1 ? everything : { ...everything, subjects }
      const among = rows.filter(({ subject }) => subjects.has(subject))
      for (const queries of [like, unlike]) {
        const found = recall(space, queries, filter, among)
        assert.ok(found >= LEAST_RECALL, `${found} of ${share}, by ${space.graphNumbers} numbers`)
      }
    }
  })
}

test('as few numbers are compared as the vectors need, and all where they need all', () => {
  const numbers = (next: () => Float32Array): number => filled(Array.from({ length: 1_500 }, (_, i) => rowOf(next(), i))).graphNumbers
  const [few, more, all] = [numbers(() => clustered.next()), numbers(() => spread.next()), numbers(() => chance.next())]
  assert.ok(few <= 32 && more > few && more < DIMENSIONS && all === DIMENSIONS, `${few}, ${more}, ${all}`)
})

test('when other vectors come than those the axes were learnt from, others are learnt', () => {
  const before = Array.from({ length: 1_500 }, (_, i) => rowOf(clustered.next(), i))
  const space = filled(before)
  const learnt = space.graphNumbers
  const after = Array.from({ length: 3_000 }, (_, i) => rowOf(spread.next(), before.length + i))
  for (const row of after) space.add(row)
  while (space.growGraph());
  assert.ok(space.graphNumbers > learnt, `${space.graphNumbers} instead of ${learnt}`)
  assert.ok(recall(space, Array.from({ length: QUERIES }, () => spread.next()), everything, [...before, ...after]) >= LEAST_RECALL)
})

test.run()
