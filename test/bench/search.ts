/** Moments: what the index and the ring cost against hnswlib called directly, on the same vectors in the same run; what is found of the ten nearest, whatever a filter leaves. `search/memory`, which takes minutes: what 100,000 vectors (or `THATDAM_BENCH_VECTORS`) of 512 numbers take; `search/million`, which takes an hour: a million on one node. */
import { fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import hnswlib from 'hnswlib-node'
import { ALL_PARTITIONS, type AssetId } from '#protocols/ids.ts'
import type { Network } from '#ring'
import { silentLog } from '#ring/base/log.ts'
import { GRAPH_CONSTRUCTION, GRAPH_NEIGHBOURS } from '../../node/understanding/index/graph.ts'
import { createNodeIndex, type NodeIndex } from '../../node/understanding/index/node-index.ts'
import { GRAPH_FROM } from '../../node/understanding/index/group.ts'
import type { SpaceId } from '../../node/understanding/space.ts'
import type { Host } from '../../ring/network/host.ts'
import { startHost } from '../ring/network/test-hosts.ts'
import { clusteredVectors, spreadVectors, type VectorSource } from '../support/clustered-vectors.ts'
import { createMomentRing } from '../support/moment-ring.ts'
import { until } from '../support/until.ts'
import { quantile, type Row } from './measure.ts'
import type { Held } from './search-memory.ts'

const SPACE = 'bench-1' as SpaceId
const DIMENSIONS = 256
const A_SUBJECT = 20
const SUBJECTS = 1_100
const QUERIES = 100
/** People who ask at once. */
const ASKING = 4

/** All in one group of partitions, so that there are enough for a graph. */
const idOf = (number: number): AssetId => `${(number % 64).toString(16).padStart(2, '0')}${createHash('sha256').update(String(number)).digest('hex').slice(2)}` as AssetId

interface Clip { readonly id: AssetId; readonly vectors: readonly Float32Array[] }

export async function run(part?: string): Promise<Row[]> {
  const count = Number(process.env['THATDAM_BENCH_VECTORS'] ?? (part === 'million' ? 1_000_000 : 100_000))
  if (part === 'memory') return memory(count)
  if (part === 'million') return million(count)
  const [clustered, spread] = [clusteredVectors({ dimensions: DIMENSIONS, clusters: 200, seed: 11 }), spreadVectors({ dimensions: DIMENSIONS, seed: 11 })]
  const clips = clipsOf(clustered)
  const queries = Array.from({ length: QUERIES }, () => clustered.next())
  return [
    ...await ofOneIndex(clips, queries), ...await ofRings(clips, queries),
    ...await ofOneIndex(clipsOf(spread), Array.from({ length: QUERIES }, () => spread.next()), ', long spectrum')
  ]
}

const clipsOf = (source: VectorSource): Clip[] => Array.from({ length: SUBJECTS }, (_, number) => ({ id: idOf(number), vectors: Array.from({ length: A_SUBJECT }, () => source.next()) }))

/** `kind` of vectors, for the names of rows. */
async function ofOneIndex(clips: readonly Clip[], queries: readonly Float32Array[], kind = ''): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-bench-'))
  const index = createNodeIndex({ log: silentLog }, { folder })
  await index.start()
  try {
    const graph = new hnswlib.HierarchicalNSW('ip', DIMENSIONS)
    graph.initIndex({ maxElements: SUBJECTS * A_SUBJECT, m: GRAPH_NEIGHBOURS, efConstruction: GRAPH_CONSTRUCTION })
    graph.setEf(180) // as the index asks for thirty subjects: six hits each
    for (const [at, vector] of clips.flatMap(({ vectors }) => vectors).entries()) graph.addPoint(Array.from(vector), at)
    for (const clip of clips) await put(index, clip)
    await until(async () => (await index.size()).inGraphs > GRAPH_FROM, 'the graph is grown', 600_000)
    const direct = async (vector: Float32Array): Promise<unknown> => graph.searchKnn(Array.from(vector), 180)
    const find = (vector: Float32Array): Promise<unknown> => index.find({ partitions: ALL_PARTITIONS, near: { space: SPACE, vector }, subjects: 30 })
    const plain = `hnswlib, 180 nearest${kind}`
    return [...await speeds(plain, direct, queries), ...await speeds(`index of a node${kind}`, find, queries, plain), ...await recalls(index, clips, queries, kind)]
  } finally {
    await index.stop()
    await rm(folder, { recursive: true })
  }
}

const put = (index: Pick<NodeIndex, 'put'>, clip: Clip): Promise<void> => index.put({ subject: { kind: 'asset', id: clip.id }, ...entriesOf(clip) })

/** Questions a second, and how long one of them took, 95 of 100. */
async function speeds(name: string, ask: (vector: Float32Array) => Promise<unknown>, queries: readonly Float32Array[], baseline?: string): Promise<Row[]> {
  const perSecond: number[] = []
  const slowest: number[] = []
  for (let round = -1; round < 3; round++) {
    const [times, began] = [[] as number[], performance.now()]
    let next = 0
    await Promise.all(Array.from({ length: ASKING }, async () => {
      for (let at = next++; at < queries.length; at = next++) {
        const from = performance.now()
        await ask(queries[at]!)
        times.push(performance.now() - from)
      }
    }))
    if (round >= 0) perSecond.push(queries.length * 1_000 / (performance.now() - began))
    if (round >= 0) slowest.push(quantile(times, 0.95))
  }
  return [{ name, unit: 'q/s', samples: perSecond, ...(baseline && { baseline }) }, { name: `${name}, p95`, unit: 'ms', samples: slowest, note: `${ASKING} at a time` }]
}

const PLAIN = 'hnswlib, a vector of 512'

async function memory(count: number): Promise<Row[]> {
  const rows = [bytesRow(PLAIN, await held('hnswlib', count))]
  for (const kind of ['clustered', 'spread'] as const) rows.push(bytesRow(`index of a node, ${kind}`, await held('index', count, kind), PLAIN, `resident, of ${count} vectors`))
  return rows
}

/** hnswlib with a tenth of them, which take as much each. */
async function million(count: number): Promise<Row[]> {
  const [plain, index] = [await held('hnswlib', count / 10), await held('index', count, 'clustered')]
  const row = (name: string, unit: string, value: number | undefined): Row => ({ name: `${name} of ${count} vectors`, unit, samples: value === undefined ? [] : [value] })
  return [
    bytesRow(PLAIN, plain), bytesRow(`index of a node, ${count}`, index, PLAIN, 'resident'),
    row('search, p95, while they are put,', 'ms', index.duringMs), row('search, p95,', 'ms', index.afterMs), row('restart to the first answer', 's', index.restartMs! / 1_000)
  ]
}

const bytesRow = (name: string, { bytes }: Held, baseline?: string, note?: string): Row => ({ name, unit: 'bytes', samples: [bytes], ...(baseline !== undefined && { baseline }), ...(note !== undefined && { note }) })

/** Each way in a process of its own. */
async function held(way: 'hnswlib' | 'index', count: number, kind: 'clustered' | 'spread' = 'clustered'): Promise<Held> {
  const child = fork(join(import.meta.dirname, 'search-memory.ts'), [way, String(count), kind], { execArgv: ['--expose-gc'] })
  const [answer] = await once(child, 'message') as [Held]
  return answer
}

/** Of the ten nearest, compared one by one, those that are found. */
async function recalls(index: NodeIndex, clips: readonly Clip[], queries: readonly Float32Array[], kind: string): Promise<Row[]> {
  const rows: Row[] = []
  for (const share of [0.01, 0.1, 0.5, 0.95, 1]) {
    const among = clips.slice(0, Math.round(clips.length * share))
    const samples: number[] = []
    for (const vector of queries.slice(0, 30)) {
      const { pictures } = await index.find({ partitions: ALL_PARTITIONS, near: { space: SPACE, vector }, subjects: 30, ...(share === 1 ? {} : { assets: among.map(({ id }) => id) }) })
      const found = new Set(pictures.map(({ subject, fromMs }) => `${subject.id} ${fromMs}`))
      const nearest = among.flatMap(({ id, vectors }) => vectors.map((each, at) => ({ key: `${id} ${at * 1_000}`, score: each.reduce((sum, value, i) => sum + value * vector[i]!, 0) }))).sort((a, b) => b.score - a.score).slice(0, 10)
      samples.push(nearest.filter(({ key }) => found.has(key)).length / 10)
    }
    rows.push({ name: `recall@10, ${share * 100} % left by a filter${kind}`, unit: '', samples: [samples.reduce((sum, value) => sum + value, 0) / samples.length], note: `least of a question ${Math.min(...samples)}` })
  }
  return rows
}

/** Real networks on loopback, all nodes in this process: what it costs to ask and to fuse, not what more machines give. */
async function ofRings(clips: readonly Clip[], queries: readonly Float32Array[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const count of [1, 2, 4]) {
    const names = ['alder', 'birch', 'cedar', 'dogwood'].slice(0, count)
    const ringSeed = randomBytes(32)
    const hosts: Host[] = []
    for (const _ of names) hosts.push(await startHost({ ringSeed }))
    for (const host of hosts) for (const other of hosts) if (other !== host) await host.learn(other.self, other.addresses())
    const ring = await createMomentRing(names, { networks: hosts as unknown as Network[], replicas: Math.min(2, count) })
    try {
      for (const clip of clips) await ring.put({ subject: await ring.import(`${clip.id}.mp4`, [], undefined, clip.id), ...entriesOf(clip) })
      const ask = (vector: Float32Array): Promise<unknown> => ring.nodes[0]!.moments.search({ like: { space: SPACE, vector }, limit: 30 })
      rows.push(...await speeds(`a ring of ${count}`, ask, queries, 'index of a node'))
    } finally {
      await ring.stop()
      for (const host of hosts) await host.stop()
    }
  }
  return rows
}

const entriesOf = ({ vectors }: Clip) => ({
  words: [], understood: { ms: 1_000, readings: [`vectors@${SPACE}`] },
  vectors: vectors.map((vector, at) => ({ space: SPACE, level: 1 as const, fromMs: at * 1_000, toMs: at * 1_000 + 500, pictureMs: at * 1_000, vector }))
})
