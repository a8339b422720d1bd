/** One edit of 10,000 assets against one edit each of a share of them, in the same catalog on the same disk, alone (no other node). */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createHash } from 'node:crypto'
import { type AssetId, chunkIdOf, type PeerId, type RingId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import type { AssetFacts, Catalog } from '../../ring/catalog/catalog.ts'
import { createCatalog } from '../../ring/catalog/ring-catalog.ts'
import type { Row } from './measure.ts'

const ASSETS = 10_000
/** Edited one by one; all of them would take minutes. */
const ONE_BY_ONE = 500
const ROUNDS = 3
const SELF = 'alder' as PeerId

const idOf = (n: number): AssetId => createHash('sha256').update(String(n)).digest('hex') as AssetId
const factsOf = (n: number): AssetFacts => ({ id: idOf(n), name: `DSC_${n}.mp4`, size: n, mime: 'video/mp4', kind: 'video', blob: chunkIdOf(Buffer.from(`b${n}`)), importedAtMs: n, probe: { container: 'mov,mp4' } })

async function open(dir: string): Promise<Catalog> {
  const network = { self: SELF, serve() {}, subscribe() {}, publish: async () => {}, request: () => Promise.reject(new Error('nobody')) }
  const catalog = createCatalog({ network: network as never, liveNodes: () => [], log: silentLog }, { dir, ringId: 'f'.repeat(64) as RingId, syncEveryMs: 600_000 })
  await catalog.start()
  return catalog
}

async function perSecond(assets: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return assets / (performance.now() - began) * 1e3
}

export async function run(): Promise<Row[]> {
  const dir = await mkdtemp(join(tmpdir(), 'thatdam-bench-'))
  const catalog = await open(dir)
  try {
    for (let at = 0; at < ASSETS; at += 200) await Promise.all(Array.from({ length: 200 }, (_, i) => catalog.addAsset(factsOf(at + i), { node: SELF, path: `/media/${at + i}` })))
    const ids = Array.from({ length: ASSETS }, (_, n) => idOf(n))
    const [single, parallel, bulk, held]: number[][] = [[], [], [], []]
    for (let round = 0; round < ROUNDS; round++) {
      single?.push(await perSecond(ONE_BY_ONE, async () => { for (const id of ids.slice(0, ONE_BY_ONE)) await catalog.editAsset(id, { addTags: [`one ${round}`], rating: round }) }))
      parallel?.push(await perSecond(ONE_BY_ONE, () => Promise.all(ids.slice(0, ONE_BY_ONE).map((id) => catalog.editAsset(id, { addTags: [`many ${round}`], rating: round + 1 })))))
      const delay = monitorEventLoopDelay({ resolution: 5 })
      delay.enable()
      bulk?.push(await perSecond(ASSETS, () => catalog.editAssets(ids, { addTags: [`bulk ${round}`], rating: round + 2 })))
      held?.push(delay.max / 1e6)
    }
    const baseline = 'one edit after the other'
    return [
      { name: baseline, unit: 'assets/s', samples: single ?? [], note: `${ONE_BY_ONE} of ${ASSETS}` },
      { name: 'the same, all sent at once', unit: 'assets/s', samples: parallel ?? [], baseline },
      { name: `one edit of ${ASSETS}`, unit: 'assets/s', samples: bulk ?? [], baseline },
      { name: 'longest turn of the event loop meanwhile', unit: 'ms', samples: held ?? [] }
    ]
  } finally {
    await catalog.stop()
    await rm(dir, { recursive: true })
  }
}
