import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import type { AssetQuery, Catalog } from '../../../ring/catalog/catalog.ts'
import { FakeRing, someFacts } from './fake-ring.ts'

const test = suite<{ ring: FakeRing; catalog: Catalog; names(query: AssetQuery): string[] }>('read model')
test.before.each(async (context) => {
  context.ring = new FakeRing()
  context.catalog = (await context.ring.node('alder')).catalog
  context.names = (query) => context.catalog.index.assets(query).assets.map(({ facts }) => facts.name)
})
test.after.each(async ({ ring }) => { await ring.end() })

async function add(catalog: Catalog, name: string, importedAtMs = 0, more: Parameters<typeof someFacts>[1] = {}, path = `/clips/${name}`): Promise<ReturnType<typeof someFacts>> {
  const facts = someFacts(name, { importedAtMs, ...more })
  await catalog.addAsset(facts, { node: 'alder' as PeerId, path })
  return facts
}

test('the beginnings of words find an asset by name, path, title, tag and notes', async ({ catalog, names }) => {
  const { id } = await add(catalog, 'Porch_clock-2.MP4', 0, {}, '/Volumes/Garten Süd/Porch clock.mp4')
  await add(catalog, 'other.mp4')
  await catalog.editAsset(id, { title: 'Crème brûlée', addTags: ['night shift'], notes: 'someone at the DOOR' })
  for (const text of ['porch clo', 'clock porch', 'PORCH', 'mp4 2', 'garten', 'sud', 'süd', 'creme', 'crème BRU', 'cre\u0300me', 'shift nig', 'door', ' porch ', 'porch-clock.mp4', 'porch/door']) {
    assert.ok(names({ text }).includes('Porch_clock-2.MP4'), text)
  }
  for (const text of ['orch', 'porch garage', 'clockx', '!!', '"']) assert.deepEqual(names({ text }), [], text)
})

test('text that was changed is found no longer', async ({ catalog, names }) => {
  const { id } = await add(catalog, 'a.mp4')
  await catalog.editAsset(id, { title: 'before', addTags: ['old'] })
  await catalog.editAsset(id, { title: 'after', removeTags: ['old'] })
  assert.deepEqual([names({ text: 'before' }), names({ text: 'old' }), catalog.index.counts().tags, names({ text: 'after' })], [[], [], [], ['a.mp4']])
})

test('no query text throws', ({ catalog }) => {
  for (const text of ['"', '\'', '*', 'a*', 'a OR', 'NOT', 'NEAR(a b)', '(', 'name:x', '-', '^a', 'a"b', '\0', '😀', '\ud800', '%', ';DROP TABLE assets', '{a b}:c', '+', ' ', '', 'AND AND', 'x'.repeat(10_000), 'w '.repeat(5000)]) {
    assert.equal(catalog.index.assets({ text }).total, 0, text)
  }
})

test('kind narrows a list, alone and with text', async ({ catalog, names }) => {
  const clip = await add(catalog, 'clip one.mp4', 1)
  const song = await add(catalog, 'song one.wav', 2, { kind: 'audio' })
  await add(catalog, 'photo two.jpg', 3, { kind: 'image' })
  await catalog.editAsset(clip.id, { addTags: ['best'] })
  await catalog.editAsset(song.id, { addTags: ['Best'] })
  assert.deepEqual(names({}), ['photo two.jpg', 'song one.wav', 'clip one.mp4'])
  assert.deepEqual(names({ kind: 'image' }), ['photo two.jpg'])
  assert.deepEqual(names({ text: 'one', kind: 'audio' }), ['song one.wav'])
  assert.deepEqual(names({ text: 'two', kind: 'audio' }), [])
  assert.deepEqual(catalog.index.counts(), { assets: 3, bytes: 3000, tags: [{ tag: 'best', assets: 2 }] })
})

test('pages follow each other without a gap or a repetition, also where times and ranks are equal', async ({ catalog }) => {
  for (let i = 0; i < 25; i++) await add(catalog, `porch ${i}.mp4`, Math.floor(i / 5))
  for (const query of [{}, { text: 'porch' }, { text: 'porch', kind: 'video' as const }]) {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = catalog.index.assets({ ...query, cursor, limit: 4 })
      assert.equal(page.total, 25)
      seen.push(...page.assets.map(({ facts }) => facts.id))
      cursor = page.cursor
    } while (cursor !== undefined)
    assert.equal(seen.length, 25)
    assert.equal(new Set(seen).size, 25)
  }
  const times = catalog.index.assets({ limit: 500 }).assets.map(({ facts }) => facts.importedAtMs)
  assert.deepEqual(times, times.toSorted((a, b) => b - a))
})

test('a page goes on where it was although newer assets came', async ({ catalog, names }) => {
  for (let i = 0; i < 4; i++) await add(catalog, `${i}`, i)
  const { cursor } = catalog.index.assets({ limit: 2 })
  await add(catalog, 'new', 100)
  assert.deepEqual(names({ cursor, limit: 2 }), ['1', '0'])
})

test('a cursor that nobody gave out is refused', ({ catalog }) => {
  for (const cursor of ['', 'x', '💥', Buffer.from('[1]').toString('base64url'), Buffer.from('["a",{}]').toString('base64url')]) {
    assert.throws(() => catalog.index.assets({ cursor }), { code: 'ERR_INVALID_INPUT' })
  }
})

test.run()
