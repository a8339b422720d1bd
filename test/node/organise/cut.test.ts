import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { createOrganise, type Organise } from '../../../node/organise/organise.ts'
import { assetIdOf, type FakeNode, FakeRing, someFacts, until } from '../../ring/catalog/fake-ring.ts'

const test = suite<{ ring: FakeRing; alder: FakeNode; birch: FakeNode }>('what two sides of a cut organise')
const ME = { kind: 'user', id: '1', name: 'Editor one' }
const names = Array.from({ length: 20 }, (_, i) => `clip ${i}`)
const ids = names.map(assetIdOf)
const on = ({ catalog }: FakeNode): Organise => createOrganise({ ring: { catalog } as never, originals: {} as never, jobs: { register() {} } as never, log: silentLog }, { data: '/nowhere' })

test.before.each(async (context) => {
  context.ring = new FakeRing()
  context.alder = await context.ring.node('alder')
  context.birch = await context.ring.node('birch')
  for (const name of names) await context.alder.catalog.addAsset(someFacts(name), { node: 'alder' as PeerId, path: '/a' })
  await until('birch knows them', () => context.birch.catalog.index.assets({}).total === 20)
})
test.after.each(async ({ ring }) => { await ring.end() })

const meet = async ({ ring, alder, birch }: { ring: FakeRing; alder: FakeNode; birch: FakeNode }): Promise<void> => {
  ring.heal()
  await alder.catalog.syncWith(birch.id)
  await birch.catalog.syncWith(alder.id)
}

test('bulk edits of both sides meet field by field, on both', async (context) => {
  const { ring, alder, birch } = context
  ring.cut(alder, birch)
  const [here, there] = [on(alder), on(birch)]
  const album = await here.albums.create(ME, { name: 'Film' })
  await here.edits.many(ME, ids, { rating: 4, addTags: ['alder'], marks: { label: 'red' }, fields: { Lens: '35 mm' }, addAlbums: [album.id] })
  await there.edits.many(ME, ids.slice(0, 10), { addTags: ['birch'], marks: { flag: 'pick', state: 'approved' }, fields: { Take: '2' }, notes: 'seen on birch' })
  await there.edits.one(ME, ids[0]!, { title: 'Titled on birch' })
  await meet(context)
  for (const { catalog } of [alder, birch]) {
    const asset = catalog.index.asset(ids[0]!)!
    assert.deepEqual(
      [asset.title, asset.rating, asset.tags, asset.notes, asset.marks.label, asset.marks.flag, asset.marks.state, asset.fields, asset.albums],
      ['Titled on birch', 4, ['alder', 'birch'], 'seen on birch', 'red', 'pick', 'approved', { Lens: '35 mm', Take: '2' }, [album.id]]
    )
    assert.deepEqual([await catalog.search.count({ q: 'tag:alder' }), await catalog.search.count({ q: 'tag:birch' }), catalog.index.assets({ albums: [album.id] }).total], [20, 10, 20])
  }
})

test('an undo after the sides met leaves alone what the other side won, and takes back the rest', async (context) => {
  const { ring, alder, birch } = context
  ring.cut(alder, birch)
  const [here, there] = [on(alder), on(birch)]
  await here.edits.many(ME, ids.slice(0, 2), { rating: 5, addTags: ['mine'] })
  await there.edits.one(ME, ids[0]!, { rating: 1 })
  await meet(context)
  const won = alder.catalog.index.asset(ids[0]!)!.rating
  const { left } = await here.history.undo(ME)
  assert.deepEqual(left.map(({ field, now, by }) => [field, now, by]), won === 5 ? [] : [['rating', '1', 'somebody on another node, or a program']])
  assert.deepEqual([alder.catalog.index.asset(ids[0]!)!.rating, alder.catalog.index.asset(ids[0]!)!.tags, alder.catalog.index.asset(ids[1]!)!.rating], [won === 5 ? 0 : 1, [], 0])
})

test('albums made and moved on both sides are all there, each change its own', async (context) => {
  const { ring, alder, birch } = context
  const [here, there] = [on(alder), on(birch)]
  const film = await here.albums.create(ME, { name: 'Film' })
  await until('birch knows it', () => there.albums.all().length === 1)
  ring.cut(alder, birch)
  await here.albums.change(ME, film.id, { name: 'The film' })
  await there.albums.change(ME, film.id, { sort: 'name' })
  await there.albums.create(ME, { name: 'Day 1', parent: film.id })
  await meet(context)
  for (const organise of [here, there]) assert.deepEqual(organise.albums.all().map(({ path, sort }) => [path, sort]), [['The film', 'name'], ['The film/Day 1', 'newest']])
})

test.run()
