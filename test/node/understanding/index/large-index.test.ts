import assert from 'node:assert/strict'
import { mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import type { AssetId, Partition } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import type { SliceQuery } from '../../../../node/understanding/index/ask.ts'
import { createNodeIndex, type NodeIndex } from '../../../../node/understanding/index/node-index.ts'
import { GRAPH_FROM } from '../../../../node/understanding/index/group.ts'
import type { SpaceId } from '../../../../node/understanding/space.ts'
import { clusteredVectors } from '../../../support/clustered-vectors.ts'
import { until } from '../../../support/until.ts'

const test = suite('an index that is large')

const SPACE = 'colours-1' as SpaceId
const DIMENSIONS = 64
const ALL = Array.from({ length: 256 }, (_, partition) => partition as Partition)
const A_SUBJECT = 1_000
const SUBJECTS = 50
/** So many subjects are of one partition, and just too many to go without a graph; the others are too few in theirs. */
const IN_ONE = GRAPH_FROM / A_SUBJECT

const source = clusteredVectors({ dimensions: DIMENSIONS, seed: 3 })
const known = source.next()
const idOf = (number: number): AssetId => `${number <= IN_ONE ? '00' : ['40', '80', 'c0'][number % 3]}${number.toString(16).padStart(62, '0')}` as AssetId
const near = (rest: Partial<SliceQuery> = {}): SliceQuery => ({ partitions: ALL, near: { space: SPACE, vector: known }, subjects: 10, ...rest })
const opened = async (folder: string): Promise<NodeIndex> => {
  const index = createNodeIndex({ log: silentLog }, { folder })
  await index.start()
  return index
}
const put = (index: NodeIndex, number: number, vectors: readonly Float32Array[]): Promise<void> => index.put({
  subject: { kind: 'asset', id: idOf(number) }, words: [], understood: { ms: 1, readings: ['analysis@1'] },
  vectors: vectors.map((vector, at) => ({ space: SPACE, level: 1, fromMs: at, toMs: at, pictureMs: at, vector }))
})

let folder: string
let index: NodeIndex
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-large-'))
  index = await opened(folder)
})
test.after(async () => {
  await index.stop()
  await rm(folder, { recursive: true, force: true })
})

test('it answers while fifty thousand are put into it', async () => {
  await put(index, 0, [known])
  const vectors = Array.from({ length: SUBJECTS }, () => Array.from({ length: A_SUBJECT }, () => source.next()))
  let left = SUBJECTS
  const putting = vectors.map((each, at) => put(index, at + 1, each).finally(() => { left-- }))
  const waiting: number[] = []
  const isPutting = (): boolean => left > 0
  while (isPutting()) {
    const { pictures } = await index.find(near())
    assert.equal(pictures[0]!.subject.id, idOf(0))
    waiting.push(left)
  }
  await Promise.all(putting)
  assert.equal((await index.size()).vectors, SUBJECTS * A_SUBJECT + 1)
  assert.ok(new Set(waiting).size > 5, `it answered while ${[...new Set(waiting)]} puts were waiting`)
})

test('a graph is made when nothing else is to do, is there again after a restart, and made anew when it is damaged', async () => {
  const grown = async (): Promise<number> => until(async () => {
    const { inGraphs } = await index.size()
    return inGraphs === GRAPH_FROM + 1 && inGraphs
  }, 'the graph is grown', 120_000)
  const inGraphs = await grown()
  const before = await index.find(near())
  await index.stop()
  index = await opened(folder)
  assert.equal((await index.size()).inGraphs, inGraphs)
  assert.deepEqual(await index.find(near()), before)
  await index.stop()
  const [graph] = (await readdir(folder)).filter((name) => name.endsWith('.graph'))
  const file = await open(join(folder, graph!), 'r+')
  await file.write(Buffer.alloc(4_096, 0x2a), 0, 4_096, 100_000)
  await file.close()
  index = await opened(folder)
  const places = ({ pictures }: typeof before) => pictures.map(({ subject, pictureMs, score }) => [subject.id, pictureMs, score.toFixed(3)])
  assert.deepEqual(places(await index.find(near())), places(before))
  assert.ok(await grown() > 0)
})

test.run()
