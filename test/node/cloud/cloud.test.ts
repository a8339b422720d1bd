import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { type AssetId, parseAssetId, type PeerId } from '#protocols/ids.ts'
import type { Asset, AssetPatch, AssetQuery, Ring } from '#ring'
import { createAlarms } from '#ring/base/alarms.ts'
import { silentLog } from '#ring/base/log.ts'
import type { Bucket } from '../../../node/cloud/bucket.ts'
import { type Cloud, type CloudComponents, createCloud } from '../../../node/cloud/cloud.ts'
import { type CopyRunComponents, tiersDue } from '../../../node/cloud/copy-run.ts'
import type { Tier } from '../../../node/cloud/tier.ts'
import { createJobs, type Jobs } from '../../../node/jobs/jobs.ts'
import { until } from '../../support/until.ts'

/** How often the node of these tests looks after its tiers, in ms. */
const EVERY_MS = 10
const PAGE = 2

interface Context {
  cloud: Cloud
  jobs: Jobs
  assets: Map<AssetId, Asset>
  /** Hashes of what each bucket holds, by the original it should be. */
  buckets: Map<string, Map<string, string>>
  /** Of the first one. */
  held: Map<string, string>
  /** What happens while an original is on its way. */
  onPut: (() => Promise<unknown>) | undefined
  index: Pick<Ring['catalog']['index'], 'assets'>
  /** Documents whose assets are not in the lists. */
  unindexed: number
  /** Pages of the library that were read. */
  pages: number
}
const test = suite<Context>('originals in buckets')
const ALDER = 'alder' as unknown as PeerId
const idOf = (n: number): AssetId => parseAssetId(String(n).padStart(64, '0'))
const assetOf = (n: number): Asset => ({ facts: { id: idOf(n), name: `${n}.mov`, size: 4, blob: `blob ${n}` }, albums: [], cloud: {}, away: false, deletedAtMs: undefined } as unknown as Asset)
const bytes = async function* (): AsyncGenerator<Uint8Array> { yield Buffer.from('film') }

function bucketOf(context: Context, place: string): Bucket {
  const held = context.buckets.get(place) ?? new Map<string, string>()
  context.buckets.set(place, held)
  return {
    async put({ id }) { held.set(id, id); await context.onPut?.() },
    async sha256(id, _signal, onBytes) { onBytes?.(4); return held.get(id) },
    read: async () => undefined, link: async () => '', delete: async () => {}
  }
}

test.before.each((context) => {
  Object.assign(context, { assets: new Map([1, 2, 3, 4, 5].map((n) => [idOf(n), assetOf(n)])), held: new Map(), onPut: undefined, unindexed: 0, pages: 0 })
  context.buckets = new Map([['s3://archive/films', context.held]])
  const { assets } = context
  const tiers = new Map<string, Record<string, unknown>>()
  const all = (isDeleted: boolean): Asset[] => [...assets.values()].filter(({ deletedAtMs }) => (deletedAtMs !== undefined) === isDeleted)
  const catalog = {
    unindexed: () => context.unindexed,
    asset: async (id: AssetId) => assets.get(id),
    async editAsset(id: AssetId, { cloud, ...patch }: AssetPatch) {
      const asset = assets.get(id)!
      assets.set(id, { ...asset, ...patch, cloud: Object.fromEntries(Object.entries({ ...asset.cloud, ...cloud }).filter(([, atMs]) => atMs > 0)) } as Asset)
    },
    index: {
      awayAsset: () => undefined,
      assets({ cursor = '0' }: AssetQuery) {
        context.pages++
        const from = Number(cursor)
        return { assets: all(false).slice(from, from + PAGE), total: all(false).length, ...(from + PAGE < all(false).length && { cursor: String(from + PAGE) }) }
      },
      trash: () => ({ assets: all(true) })
    },
    records: {
      list: () => [...tiers].map(([id, fields]) => ({ id, fields })),
      async put(_kind: string, id: string, fields: Record<string, unknown>) { tiers.set(id, fields) },
      remove: async (_kind: string, id: string) => tiers.delete(id)
    }
  }
  context.index = catalog.index as never
  context.jobs = createJobs({ node: 'alder', log: silentLog })
  const ring = {
    self: ALDER, catalog, reachBeyond() {}, alarms: createAlarms(), placement: { ranking: () => [ALDER] }, membership: { isAlive: () => true },
    blobs: { async put(source: AsyncIterable<Uint8Array>) { for await (const _piece of source); return { id: `blob ${context.jobs.list()[0]!.title.slice(0, 1)}` } } }
  }
  context.cloud = createCloud({ ring, originals: { read: bytes }, jobs: context.jobs, openBucket: async ({ place }: Tier) => bucketOf(context, place), log: silentLog } as unknown as CloudComponents, { everyMs: EVERY_MS })
})
test.after.each(async ({ cloud, jobs }) => {
  await cloud.stop()
  await jobs.stop()
})

const add = ({ cloud }: Context, change: Partial<Tier> = {}): Promise<Tier> => cloud.add({ name: 'Archive', place: 's3://archive/films', endpoint: '', region: '', mode: 'move', album: '', moveCopies: 1, ...change })
const away = ({ assets }: Context): number => [...assets.values()].filter((asset) => asset.away).length
/** Several looks of the node. */
async function looks(context: Context, n = 5): Promise<void> {
  const before = context.pages
  await until(() => context.pages >= before + n * Math.ceil(context.assets.size / PAGE), 'it looked')
}

test('what was brought back stays while the node looks after the tier, until a person says again what it is for', async (context) => {
  const { cloud, jobs, assets } = context
  const { id } = await add(context)
  cloud.start()
  await until(() => away(context) === 5, 'all are only in the bucket')
  await assert.rejects(cloud.remove(id), /5 originals are in the cloud only: bring them back first/)
  for (const asset of assets.keys()) assert.equal((await jobs.ended((await cloud.recall(asset)).id)).error, null)
  assert.equal(away(context), 0)
  await looks(context)
  assert.equal(away(context), 0)
  await cloud.change(id, { mode: 'move' })
  await until(() => away(context) === 5, 'they went again')
})

test('a tier whose originals were all brought back can be forgotten although it is one that moves', async (context) => {
  const { cloud, jobs, assets } = context
  const { id } = await add(context)
  await jobs.ended(cloud.run(id).id)
  assert.equal(away(context), 5)
  for (const asset of assets.keys()) await jobs.ended((await cloud.recall(asset)).id)
  cloud.start()
  await looks(context)
  await cloud.remove(id)
  assert.deepEqual(await cloud.tiers(), [])
})

test('a tier is not forgotten while an original of the trash lies only there, nor while the lists are being built', async (context) => {
  const { cloud, jobs, assets } = context
  const { id } = await add(context)
  await jobs.ended(cloud.run(id).id)
  for (const [key, asset] of assets) assets.set(key, { ...asset, deletedAtMs: 1 })
  await assert.rejects(cloud.remove(id), /5 originals are in the cloud only: bring them back first/)
  for (const asset of assets.keys()) assert.equal((await jobs.ended((await cloud.recall(asset)).id)).error, null)
  context.unindexed = 1
  await assert.rejects(cloud.remove(id), /lists of this node are being built/)
  context.unindexed = 0
  await cloud.remove(id)
  assert.deepEqual(await cloud.tiers(), [])
})

test('a look that finds nothing to do begins no job', async (context) => {
  const { cloud, jobs } = context
  const { id } = await add(context, { mode: 'move', moveCopies: 2 })
  await jobs.ended(cloud.run(id).id)
  cloud.start()
  await looks(context)
  assert.deepEqual([jobs.list().length, away(context)], [1, 0])
})

test('a look ends with the first original that every tier lacks', async (context) => {
  const tiers = [await add(context), await add(context, { name: 'Second', place: 's3://second/films' })]
  const components = { ring: { catalog: { index: context.index } }, isOurs: () => true, tiers: () => tiers } as unknown as CopyRunComponents
  assert.deepEqual([await tiersDue(components, new AbortController().signal), context.pages], [tiers, 1])
})

test('a drill of a bucket that holds everything is good', async (context) => {
  const { cloud, jobs } = context
  const { id } = await add(context, { mode: 'copy' })
  await jobs.ended(cloud.run(id).id)
  const drill = await jobs.ended(cloud.drill(id, 1).id)
  assert.deepEqual([drill.state, drill.filesTotal, drill.filesDone, drill.bytesDone, drill.refused], ['done', 5, 5, 20, 0])
})

test('a drill that finds an original damaged and one gone fails, names both, and neither counts as a copy any more', async (context) => {
  const { cloud, jobs, held, assets } = context
  const { id } = await add(context, { mode: 'copy' })
  await jobs.ended(cloud.run(id).id)
  held.set(idOf(2), 'of other bytes')
  held.delete(idOf(4))
  const drill = await jobs.ended(cloud.drill(id, 1).id)
  assert.deepEqual([drill.state, drill.error, drill.filesDone, drill.refused], ['failed', '2 of 5 originals can not be had back from Archive as they were', 5, 2])
  const reasons = new Map(drill.results.filter(({ outcome }) => outcome === 'refused').map(({ path, reason }) => [path, reason]))
  assert.deepEqual([reasons.get('2.mov'), reasons.get('4.mov')], ["its bytes in Archive are not the original's", 'it is not in Archive any more'])
  assert.deepEqual([...assets.values()].filter(({ cloud: tiers }) => tiers[id] === undefined).map(({ facts }) => facts.name), ['2.mov', '4.mov'])
  await jobs.ended(cloud.run(id).id)
  assert.equal((await jobs.ended(cloud.drill(id, 1).id)).state, 'done', 'they were copied anew')
})

test('a tier that holds something stays the bucket it is, however that is written', async (context) => {
  const { cloud, jobs, assets } = context
  const { id } = await add(context, { mode: 'copy' })
  assert.equal((await cloud.change(id, { place: 's3://other/films' })).place, 's3://other/films', 'it holds nothing yet')
  await jobs.ended(cloud.run(id).id)
  await assert.rejects(cloud.change(id, { place: 's3://archive/films' }), /Archive holds 5 originals in s3:\/\/other\/films, .*: add another bucket instead/)
  await assert.rejects(cloud.change(id, { endpoint: 'https://s3.example.org' }), /holds 5 originals/)
  assert.equal((await cloud.change(id, { place: 's3://other/films/', endpoint: 'https://s3.amazonaws.com', mode: 'move' })).mode, 'move')
  for (const [key, asset] of assets) assets.set(key, { ...asset, deletedAtMs: 1 })
  await assert.rejects(cloud.change(id, { place: 's3://archive/films' }), /holds 5 originals/, 'what is in the trash counts')
  context.unindexed = 1
  await assert.rejects(cloud.change(id, { place: 's3://archive/films' }), /lists of this node are being built/)
})

test('what a tier held once is read back before the ring gives up its own, and what is not there stays', async (context) => {
  const { cloud, jobs, held, assets, buckets } = context
  const { id } = await add(context, { mode: 'copy' })
  const { id: second } = await add(context, { name: 'Second', place: 's3://second/films', mode: 'copy' })
  for (const tier of [id, second]) await jobs.ended(cloud.run(tier).id)
  held.delete(idOf(1))
  buckets.get('s3://second/films')!.set(idOf(2), 'of other bytes')
  await cloud.change(id, { mode: 'move', moveCopies: 2 })
  const { state, error, refused } = await jobs.ended(cloud.run(id).id)
  assert.deepEqual([state, error, refused], ['failed', '2 of 5 could not be copied: 1.mov is not in Archive any more as it was: the ring keeps its own copies until it is there again', 2])
  assert.deepEqual([...assets.values()].filter((asset) => !asset.away).map(({ facts }) => facts.name), ['1.mov', '2.mov'])
  assert.deepEqual([assets.get(idOf(1))!.cloud[id], assets.get(idOf(2))!.cloud[second]], [undefined, undefined])
  for (const tier of [id, second]) assert.equal((await jobs.ended(cloud.run(tier).id)).error, null)
  assert.equal(away(context), 5, 'they were copied anew, and read back there')
})

test('what goes to a bucket while its tier becomes another counts for neither', async (context) => {
  const { cloud, jobs, assets, buckets } = context
  const { id } = await add(context, { mode: 'copy' })
  context.onPut = () => cloud.change(id, { place: 's3://other/films' })
  const { error } = await jobs.ended(cloud.run(id).id)
  assert.equal(error, 'Archive is another bucket by now')
  assert.deepEqual([[...assets.values()].filter(({ cloud: { [id]: atMs } }) => atMs !== undefined).length, buckets.has('s3://other/films')], [0, false])
})

test.run()
