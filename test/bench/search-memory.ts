/** A process that holds vectors in one way and says what that takes: forked by `search.ts` with the way, how many, and what they are like. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import hnswlib from 'hnswlib-node'
import { ALL_PARTITIONS, type AssetId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { GRAPH_CONSTRUCTION, GRAPH_NEIGHBOURS } from '../../node/understanding/index/graph.ts'
import { createNodeIndex, type NodeIndex } from '../../node/understanding/index/node-index.ts'
import type { SpaceId } from '../../node/understanding/space.ts'
import { clusteredVectors, spreadVectors } from '../support/clustered-vectors.ts'
import { quantile } from './measure.ts'

/** As CLIP ViT-B/32 makes them. */
const DIMENSIONS = 512
const A_SUBJECT = 100
const QUERIES = 100
/** It says how far it is every so many seconds. */
const TOLD_S = 30
const SPACE = 'bench-1' as SpaceId

export interface Held {
  /** Resident, of a vector. */
  readonly bytes: number
  /** Ms that 95 of 100 questions take: while vectors are put, and when all are in graphs. */
  readonly duringMs?: number
  readonly afterMs?: number
  /** From start to the first answer, of what is on disk. */
  readonly restartMs?: number
}

const [way, count, kind] = [process.argv[2], Number(process.argv[3]), process.argv[4]]
const source = kind === 'spread' ? spreadVectors({ dimensions: DIMENSIONS, seed: 11 }) : clusteredVectors({ dimensions: DIMENSIONS, clusters: 200, latent: 64, seed: 11 })
const residentBytes = (): number => {
  globalThis.gc?.()
  return process.memoryUsage.rss()
}

const before = residentBytes()
process.send?.(way === 'hnswlib' ? alone() : await ofIndex())

function alone(): Held {
  const graph = new hnswlib.HierarchicalNSW('ip', DIMENSIONS)
  graph.initIndex({ maxElements: count, m: GRAPH_NEIGHBOURS, efConstruction: GRAPH_CONSTRUCTION })
  for (let label = 0; label < count; label++) graph.addPoint(Array.from(source.next()), label)
  return { bytes: (residentBytes() - before) / count }
}

async function ofIndex(): Promise<Held> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-bench-'))
  let index = createNodeIndex({ log: silentLog }, { folder })
  await index.start()
  try {
    const during: number[] = []
    for (let number = 0; number < count / A_SUBJECT; number++) {
      await put(index, number)
      if (number % Math.ceil(count / A_SUBJECT / QUERIES) === 0) during.push(await ask(index))
    }
    for (let left = count, told = process.uptime(); left > 0; await sleep(1_000)) {
      left = count - (await index.size()).inGraphs
      if (process.uptime() - told < TOLD_S) continue
      told = process.uptime()
      during.push(await ask(index))
      process.stderr.write(`${count - left} of ${count} vectors are in graphs after ${Math.round(told)} s, ${Math.round(residentBytes() / 1e6)} MB\n`)
    }
    const after: number[] = []
    for (let query = 0; query < QUERIES; query++) after.push(await ask(index))
    const bytes = (residentBytes() - before) / count
    await index.stop()
    const began = performance.now()
    index = createNodeIndex({ log: silentLog }, { folder })
    await index.start()
    await ask(index)
    return { bytes, duringMs: quantile(during, 0.95), afterMs: quantile(after, 0.95), restartMs: performance.now() - began }
  } finally {
    await index.stop()
    await rm(folder, { recursive: true })
  }
}

async function put(index: NodeIndex, number: number): Promise<void> {
  const id = createHash('sha256').update(String(number)).digest('hex') as AssetId
  const vectors = Array.from({ length: A_SUBJECT }, (_, at) => ({ space: SPACE, level: 1 as const, fromMs: at * 1_000, toMs: at * 1_000 + 500, pictureMs: at * 1_000, vector: source.next() }))
  await index.put({ subject: { kind: 'asset', id }, words: [], vectors, understood: { ms: 100_000, readings: [`vectors@${SPACE}`] } })
}

/** Ms of one question, of one who asks alone. */
async function ask(index: NodeIndex): Promise<number> {
  const vector = source.next()
  const began = performance.now()
  await index.find({ partitions: ALL_PARTITIONS, near: { space: SPACE, vector }, subjects: 30 })
  return performance.now() - began
}
