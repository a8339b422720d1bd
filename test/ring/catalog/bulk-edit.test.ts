import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { assetIdOf, FakeRing, someFacts, until } from './fake-ring.ts'

const test = suite<{ ring: FakeRing }>('edits of many assets')
test.before.each((context) => { context.ring = new FakeRing() })
test.after.each(async ({ ring }) => { await ring.end() })

const here = { node: 'alder' as PeerId, path: '/a' }
const names = Array.from({ length: 40 }, (_, i) => `clip ${i}`)

test('one step changes them all, here and on the other node, and says what changed and what nobody knows', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  for (const name of names) await alder.catalog.addAsset(someFacts(name), here)
  const nobody = assetIdOf('nobody')
  const ids = [...names.map(assetIdOf), nobody, assetIdOf('clip 0')]
  const { changed, missing, failed } = await alder.catalog.editAssets(ids, { addTags: ['place/oslo'], rating: 4 })
  assert.deepEqual([changed.length, missing, failed], [40, [nobody], []])
  assert.deepEqual([changed[0]?.before.rating, changed[0]?.after.rating, changed[0]?.after.tags], [0, 4, ['place/oslo']])
  await until('birch shows all', async () => await birch.catalog.search.count({ q: 'tag:place rating:>=4' }) === 40)
  assert.equal((await alder.catalog.editAssets(ids, { rating: 4 })).changed.length, 0)
})

test('a patch for each sees the asset as it stands, and a wrong one changes nothing', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  for (const name of names.slice(0, 3)) await catalog.addAsset(someFacts(name), here)
  const ids = names.slice(0, 3).map(assetIdOf)
  await catalog.editAssets(ids, ({ facts }) => facts.name === 'clip 1' ? undefined : { title: `${facts.name}!` })
  assert.deepEqual(ids.map((id) => catalog.index.asset(id)?.title), ['clip 0!', '', 'clip 2!'])
  await assert.rejects(catalog.editAssets(ids, () => ({ rating: 9 })), { code: 'ERR_INVALID_INPUT' })
  assert.deepEqual(ids.map((id) => catalog.index.asset(id)?.rating), [0, 0, 0])
})

test('what no person edits leaves the time of the newest edit alone', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  await catalog.addAsset(someFacts('a'), here)
  await catalog.editAssets([assetIdOf('a')], { title: 'From a sidecar' }, { byPerson: false })
  assert.deepEqual([catalog.index.asset(assetIdOf('a'))?.title, catalog.index.asset(assetIdOf('a'))?.editedAtMs], ['From a sidecar', 1000])
})

test('a tag finds what lies under it and nothing that only begins alike', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  for (const [name, tag] of [['a', 'place'], ['b', 'Place/Oslo'], ['c', 'places'], ['d', 'place-x'], ['e', 'place/oslo/harbour']] as const) {
    await catalog.addAsset(someFacts(name), here)
    await catalog.editAsset(assetIdOf(name), { addTags: [tag] })
  }
  const found = async (tag: string): Promise<string[]> => (await catalog.search.page({ q: `tag:"${tag}"` })).hits.map(({ asset }) => asset.facts.name).sort()
  assert.deepEqual([await found('place'), await found('place/oslo'), await found('%')], [['a', 'b', 'e'], ['b', 'e'], []])
})

test('albums and imports are filters, and albums are counted', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  await catalog.addAsset(someFacts('a', { batch: 'b1' }), here)
  await catalog.addAsset(someFacts('b'), here)
  await catalog.editAssets([assetIdOf('a'), assetIdOf('b')], { addAlbums: ['x'] })
  await catalog.editAsset(assetIdOf('b'), { addAlbums: ['y'] })
  assert.deepEqual([catalog.index.assets({ albums: ['y'] }).total, catalog.index.assets({ albums: ['x'], text: 'b' }).total, catalog.index.assets({ batch: 'b1' }).assets[0]?.facts.name], [1, 1, 'a'])
  assert.deepEqual(await catalog.search.albumCounts(), new Map([['x', 2], ['y', 1]]))
})

test('two people who type notes from the same text keep both their words', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  const id = assetIdOf('a')
  await catalog.addAsset(someFacts('a'), here)
  await catalog.editAsset(id, { notes: 'wind on the microphone' })
  await catalog.editAsset(id, { notes: 'Strong wind on the microphone', notesBase: 'wind on the microphone' })
  const { notes } = await catalog.editAsset(id, { notes: 'wind on the microphone, use take 2', notesBase: 'wind on the microphone' })
  assert.equal(notes, 'Strong wind on the microphone, use take 2')
})

test.run()
