import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import hnswlib from 'hnswlib-node'
import { suite } from 'uvu'
import { Axes } from '../../../../node/understanding/index/axes.ts'
import { Graph, type GraphName } from '../../../../node/understanding/index/graph.ts'
import { clusteredVectors } from '../../../support/clustered-vectors.ts'

const test = suite<{ folder: string; file: string }>('a graph on disk')

const DIMENSIONS = 64
const NAME: GraphName = { store: 'store', space: 'colours-1', group: 0 }
/** The first numbers are axes as good as any. */
const axes = new Axes(DIMENSIONS, Float32Array.from({ length: 31 * DIMENSIONS }, (_, at) => at % DIMENSIONS === Math.floor(at / DIMENSIONS) ? 1 : 0))
const source = clusteredVectors({ dimensions: DIMENSIONS })
const vectors = Array.from({ length: 500 }, () => source.next())

test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'thatdam-graph-'))
  context.file = join(context.folder, 'colours-1.0.graph')
})
test.after.each(async ({ folder }) => { await rm(folder, { recursive: true }) })

for (const [what, init] of [['all numbers', {}], ['axes', { axes, kept: 0.9 }]] as const) {
  test(`by ${what}: what is read again answers the same, and knows what was removed and tried`, async ({ file }) => {
    const graph = new Graph(DIMENSIONS, init)
    for (const [label, vector] of vectors.entries()) graph.add(label, vector)
    graph.remove(7)
    graph.tried()
    await graph.save(file, NAME)
    const again = (await Graph.load(file, NAME, DIMENSIONS))!
    assert.deepEqual([again.size, again.triedAt, again.kept, again.has(499), again.has(500)], [499, 499, graph.kept, true, false])
    for (const vector of vectors.slice(0, 20)) assert.deepEqual(again.search(vector, 10), graph.search(vector, 10))
    assert.ok(again.search(vectors[7]!, 10).every(({ label }) => label !== 7))
    again.add(500, vectors[7]!)
    assert.equal(again.size, 500)
  })
}

test('one whose axes were damaged is none', async ({ file }) => {
  const graph = new Graph(DIMENSIONS, { axes, kept: 0.9 })
  for (const [label, vector] of vectors.entries()) graph.add(label, vector)
  await graph.save(file, NAME)
  const seal = JSON.parse(await readFile(`${file}.json`, 'utf8')) as { axes: string }
  await writeFile(`${file}.json`, JSON.stringify({ ...seal, axes: `BBBB${seal.axes.slice(4)}` }))
  assert.equal(await Graph.load(file, NAME, DIMENSIONS), undefined)
})

test('one of before there were axes is none: it is made anew, and smaller', async ({ file }) => {
  const graph = new hnswlib.HierarchicalNSW('ip', DIMENSIONS)
  graph.initIndex({ maxElements: 500, m: 16, efConstruction: 100 })
  for (const [label, vector] of vectors.entries()) graph.addPoint(Array.from(vector), label)
  await graph.writeIndex(file)
  const sha256 = createHash('sha256').update(await readFile(file)).digest('hex')
  await writeFile(`${file}.json`, JSON.stringify({ ...NAME, dimensions: DIMENSIONS, sha256, dead: [] }))
  assert.equal(await Graph.load(file, NAME, DIMENSIONS), undefined)
})

test.run()
