import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { FakeRing, someFacts, until } from './fake-ring.ts'

const test = suite<{ ring: FakeRing }>('records and marks')
test.before.each((context) => { context.ring = new FakeRing() })
test.after.each(async ({ ring }) => { await ring.end() })

const here = { node: 'alder' as PeerId, path: '/a' }

test('a record is the same on every node, and announced there', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  const heard: string[] = []
  birch.catalog.records.changed.on((kind) => heard.push(kind))
  await alder.catalog.records.put('albums', 'a1', { name: 'Wedding', parent: null, rule: { tag: 'wedding' } })
  await until('birch knows it', () => birch.catalog.records.find('albums', 'a1') !== undefined)
  assert.deepEqual({ ...birch.catalog.records.find('albums', 'a1')?.fields }, { name: 'Wedding', rule: { tag: 'wedding' } })
  assert.deepEqual([...new Set(heard)], ['albums'])
})

test('two sides of a cut change different fields of one record, and both changes stay', async ({ ring }) => {
  const alder = await ring.node('alder')
  const birch = await ring.node('birch')
  await alder.catalog.records.put('albums', 'a1', { name: 'Wedding', colour: 'red' })
  await until('birch knows it', () => birch.catalog.records.list('albums').length === 1)
  ring.cut(alder, birch)
  await alder.catalog.records.put('albums', 'a1', { name: 'The wedding' })
  await birch.catalog.records.put('albums', 'a1', { colour: 'blue' })
  ring.heal()
  await alder.catalog.syncWith(birch.id)
  for (const { catalog } of [alder, birch]) assert.deepEqual({ ...catalog.records.find('albums', 'a1')?.fields }, { name: 'The wedding', colour: 'blue' })
})

test('a removed record is gone, also after a restart; what makes no sense is refused', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  await catalog.records.put('albums', 'a1', { name: 'x' })
  assert.equal(await catalog.records.remove('albums', 'a1'), true)
  assert.equal(await catalog.records.remove('albums', 'a1'), false)
  assert.deepEqual(catalog.records.list('albums'), [])
  for (const [kind, id, fields] of [['No', 'a', {}], ['albums', '../x', {}], ['albums', 'a', { 'b/c': 1 }], ['albums', 'a', { b: 'x'.repeat(16_385) }]] as const) {
    await assert.rejects(catalog.records.put(kind, id, fields), { code: 'ERR_INVALID_INPUT' })
  }
  assert.deepEqual(catalog.records.list('albums'), [])
})

test('marks, albums and own fields of an asset are edited one by one, and found in the index', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  const facts = someFacts('a')
  await catalog.addAsset(facts, here)
  const edited = await catalog.editAsset(facts.id, { marks: { label: 'red', flag: 'pick' }, addAlbums: ['a1', 'a2'], fields: { Client: 'Nord' } })
  assert.deepEqual([edited.marks.label, edited.marks.flag, edited.albums, edited.fields], ['red', 'pick', ['a1', 'a2'], { Client: 'Nord' }])
  assert.deepEqual(catalog.index.asset(facts.id), edited)
  const less = await catalog.editAsset(facts.id, { marks: { label: '' }, removeAlbums: ['a1'], fields: { Client: '' } })
  assert.deepEqual([less.marks.label, less.marks.flag, less.albums, less.fields], ['', 'pick', ['a2'], {}])
  for (const patch of [{ marks: { label: 'pink' } }, { marks: { flag: 'maybe' } }, { addAlbums: ['a/b'] }, { fields: { ' x': '' } as Record<string, string> }, { fields: { x: 'y'.repeat(2_001) } as Record<string, string> }]) {
    await assert.rejects(catalog.editAsset(facts.id, patch), { code: 'ERR_INVALID_INPUT' })
  }
})

test('what was made of an asset is needed as long as the asset is', async ({ ring }) => {
  const { catalog } = await ring.node('alder')
  const facts = someFacts('a')
  await catalog.addAsset(facts, here)
  await catalog.editAsset(facts.id, { made: { sprite: facts.blob } })
  for await (const referrer of catalog.referrers()) assert.deepEqual(referrer.kind === 'asset' ? referrer.made : [], [{ kind: 'blob', id: facts.blob }])
  assert.equal(await count(catalog.referrers()), 1)
})

async function count(all: AsyncIterable<unknown>): Promise<number> {
  let found = 0
  for await (const _ of all) found++
  return found
}

test.run()
