/** A process that holds vectors in one way and says what that takes: forked by `search.ts` with the way and how many. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import hnswlib from 'hnswlib-node'
import type { AssetId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { GRAPH_CONSTRUCTION, GRAPH_NEIGHBOURS } from '../../node/understanding/index/graph.ts'
import { createNodeIndex } from '../../node/understanding/index/node-index.ts'
import type { SpaceId } from '../../node/understanding/space.ts'
import { clusteredVectors } from '../support/clustered-vectors.ts'

/** As CLIP ViT-B/32 makes them. */
const DIMENSIONS = 512
const A_SUBJECT = 100
const SPACE = 'bench-1' as SpaceId

const [way, count] = [process.argv[2], Number(process.argv[3])]
const source = clusteredVectors({ dimensions: DIMENSIONS, clusters: 200, seed: 11 })
const residentBytes = (): number => {
  globalThis.gc?.()
  return process.memoryUsage.rss()
}

const before = residentBytes()
const bytes = way === 'hnswlib' ? alone() : await ofIndex()
process.send?.(bytes / count)

function alone(): number {
  const graph = new hnswlib.HierarchicalNSW('ip', DIMENSIONS)
  graph.initIndex({ maxElements: count, m: GRAPH_NEIGHBOURS, efConstruction: GRAPH_CONSTRUCTION })
  for (let label = 0; label < count; label++) graph.addPoint(Array.from(source.next()), label)
  return residentBytes() - before
}

async function ofIndex(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'thatdam-bench-'))
  const index = createNodeIndex({ log: silentLog }, { folder })
  await index.start()
  try {
    for (let number = 0; number < count / A_SUBJECT; number++) {
      const id = createHash('sha256').update(String(number)).digest('hex') as AssetId
      const vectors = Array.from({ length: A_SUBJECT }, (_, at) => ({ space: SPACE, level: 1 as const, fromMs: at * 1_000, toMs: at * 1_000 + 500, pictureMs: at * 1_000, vector: source.next() }))
      await index.put({ subject: { kind: 'asset', id }, words: [], vectors, understood: { ms: 100_000, readings: [`vectors@${SPACE}`] } })
    }
    for (let left = count; left > 0; await sleep(1_000)) left = count - (await index.size()).inGraphs
    return residentBytes() - before
  } finally {
    await index.stop()
    await rm(folder, { recursive: true })
  }
}
