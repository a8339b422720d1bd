import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import type { AssetPatch, Catalog } from '../../../../ring/catalog/catalog.ts'
import { FACET_VALUES } from '../../../../ring/catalog/search/counting.ts'
import { FakeRing, someFacts } from '../fake-ring.ts'

interface Context { ring: FakeRing; catalog: Catalog; names(within: readonly string[], q?: string): Promise<string[]> }
const test = suite<Context>('searches within albums')

test.before.each(async (context) => {
  context.ring = new FakeRing()
  context.catalog = (await context.ring.node('alder')).catalog
  context.names = async (within, q = '') => (await context.catalog.search.page({ q, within })).hits.map(({ asset }) => asset.facts.name).sort()
})
test.after.each(async ({ ring }) => { await ring.end() })

async function add(catalog: Catalog, name: string, patch: AssetPatch): Promise<AssetId> {
  const facts = someFacts(name)
  await catalog.addAsset(facts, { node: 'alder' as PeerId, path: `/${name}` })
  await catalog.editAsset(facts.id, patch)
  return facts.id
}

test('one query within different albums finds different things, and nothing within none', async ({ catalog, names }) => {
  await add(catalog, 'a', { addAlbums: ['one'], title: 'harbour' })
  await add(catalog, 'b', { addAlbums: ['two'], title: 'harbour' })
  await add(catalog, 'c', { addAlbums: ['one', 'two'], title: 'hill' })
  await add(catalog, 'd', { title: 'harbour' })
  for (const [within, all, harbour] of [[['one'], ['a', 'c'], ['a']], [['two'], ['b', 'c'], ['b']], [['one', 'two'], ['a', 'b', 'c'], ['a', 'b']], [[], [], []], [['three'], [], []]] as const) {
    assert.deepEqual([await names(within), await names(within, 'harbour'), await catalog.search.ids({ within }, 10).then((ids) => ids.length)], [all, harbour, all.length], within.join())
  }
  assert.deepEqual(await names(['one'], 'album:two'), [], 'what it is also in')
  assert.deepEqual(await names(['one'], '-album:two'), ['a', 'c'])
  assert.deepEqual(await names(['one'], '-harbour'), ['c'])
})

test('what comes into an album is found there at once, in one that was empty, too', async ({ catalog, names }) => {
  const id = await add(catalog, 'a', { addTags: ['x'] })
  assert.deepEqual(await names(['one']), [])
  await catalog.editAsset(id, { addAlbums: ['one'] })
  assert.deepEqual(await names(['one']), ['a'])
  await catalog.editAsset(id, { removeAlbums: ['one'] })
  assert.deepEqual(await names(['one']), [])
})

test('albums that are not seen take no place of those that are, among the values of a facet', async ({ catalog }) => {
  const others = Array.from({ length: FACET_VALUES + 5 }, (_, i) => `a${String(i).padStart(3, '0')}`) // before it by name
  await add(catalog, 'a', { addAlbums: ['one', ...others] })
  await add(catalog, 'b', { addAlbums: ['one', ...others] })
  const albums = async (within?: readonly string[]): Promise<unknown> => {
    const { facets } = await catalog.search.facets({ q: '', ...within && { within } })
    const facet = facets.find(({ field }) => field === 'album')
    return [facet?.values.length, facet?.values.some(({ value }) => value === 'one'), facet?.more]
  }
  assert.deepEqual([await albums(['one']), await albums(['one', ...others.slice(0, 2)])], [[1, true, 0], [3, true, 0]])
  assert.deepEqual(await albums(), [FACET_VALUES, false, 6], 'who sees all is told that there are more')
})

test.run()
