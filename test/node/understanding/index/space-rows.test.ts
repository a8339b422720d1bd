import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { Row } from '../../../../node/understanding/index/rows.ts'
import type { RowFilter } from '../../../../node/understanding/index/scan.ts'
import { SpaceRows } from '../../../../node/understanding/index/space-rows.ts'
import { clusteredVectors } from '../../../support/clustered-vectors.ts'

const test = suite('the nearest vectors of a space')

const DIMENSIONS = 48
const COUNT = 8_000
const SUBJECTS = 1_000
const QUERIES = 20
/** Found of the ten nearest, at least. */
const LEAST_RECALL = 0.95

const source = clusteredVectors({ dimensions: DIMENSIONS, seed: 7 })
const rows = Array.from({ length: COUNT }, (_, i): Row => ({ label: i + 1, subject: i % SUBJECTS, partition: 3, level: 1, fromMs: i, toMs: i, pictureMs: i, vector: source.next() }))
const queries = Array.from({ length: QUERIES }, () => source.next())
const everything: RowFilter = { partitions: Uint8Array.from({ length: 256 }, () => 1), levels: Uint8Array.of(1, 1, 1) }

const dot = (one: Float32Array, other: Float32Array): number => one.reduce((sum, value, at) => sum + value * other[at]!, 0)
const nearest = (query: Float32Array, among: readonly Row[]): number[] => among.map(({ label, vector }) => ({ label, score: dot(query, vector) })).sort((a, b) => b.score - a.score).slice(0, 10).map(({ label }) => label)

function recall(space: SpaceRows, filter: RowFilter, among: readonly Row[]): number {
  const shares = queries.map((query) => {
    const found = new Set(space.search(query, 10, filter).map(({ row }) => row.label))
    return nearest(query, among).filter((label) => found.has(label)).length / 10
  })
  return shares.reduce((sum, share) => sum + share, 0) / QUERIES
}

const folder = await mkdtemp(join(tmpdir(), 'thatdam-rows-'))
test.after(async () => { await rm(folder, { recursive: true }) })

/** Where most of the vectors are. */
const PLACES = [['memory', undefined], ['a file', join(folder, 'space')]] as const

/** `few`: so many are compared one by one whatever else is known. */
function filled(few: number, path?: string): SpaceRows {
  const space = new SpaceRows(DIMENSIONS, { graphFrom: 1_000, exactRows: few, movedRows: 1_500, ...(path !== undefined && { path }) })
  for (const row of rows) space.add(row)
  return space
}

for (const [place, path] of PLACES) {
  test(`in ${place}: whatever share a filter leaves, the ten nearest are found, one by one or by a graph`, () => {
    const [space, exact] = [filled(100, path), filled(COUNT, path)]
    while (space.growGraph());
    assert.equal(space.inGraphs, COUNT)
    for (const share of [0.01, 0.1, 0.5, 0.75, 1]) {
      const subjects = new Set(Array.from({ length: SUBJECTS * share }, (_, i) => i))
      const among = rows.filter(({ subject }) => subjects.has(subject))
      const filter = share === 1 ? everything : { ...everything, subjects }
      assert.ok(recall(space, filter, among) >= LEAST_RECALL, `${share}: ${recall(space, filter, among)}`)
      assert.equal(recall(exact, filter, among), 1, `${share}`)
    }
  })

  test(`in ${place}: what is not in the graph yet, or was removed from it, makes no difference`, () => {
    const space = filled(100, path)
    for (let i = 0; i < COUNT / 2; i++) space.growGraph()
    const removed = new Set(rows.filter(({ label }) => label % 5 === 0).map(({ label }) => label))
    space.kill(3, [...removed])
    const left = rows.filter(({ label }) => !removed.has(label))
    for (const query of queries) assert.ok(space.search(query, 50, everything).every(({ row }) => !removed.has(row.label)))
    assert.ok(recall(space, everything, left) >= LEAST_RECALL)
    assert.equal(space.vectors, left.length)
  })

  test(`in ${place}: three quarters of it removed, it is made anew`, () => {
    const space = filled(100, path)
    const before = space.bytes
    space.kill(3, rows.slice(0, COUNT * 3 / 4).map(({ label }) => label))
    space.growGraph()
    if (path === undefined) assert.ok(space.bytes < before * 0.7, // room is taken in blocks
      `${space.bytes} of ${before}`)
    assert.equal(recall(space, everything, rows.slice(COUNT * 3 / 4)), 1)
  })
}

test('vectors in a file take no memory, come back as they were, and leave nothing behind', async () => {
  const [inMemory, inFile] = [filled(COUNT), filled(COUNT, join(folder, 'space'))]
  assert.ok(inFile.bytes < inMemory.bytes)
  for (const query of queries) assert.deepEqual(inFile.search(query, 50, everything), inMemory.search(query, 50, everything))
  assert.deepEqual([...inFile.rowsOf(3, 17)], [...inMemory.rowsOf(3, 17)])
  assert.deepEqual(await readdir(folder), [])
  inFile.close()
})

test('where no file can be made all stay in memory', () => {
  const space = filled(COUNT, join(folder, 'nothing', 'here'))
  assert.equal(recall(space, everything, rows), 1)
})

test.run()
