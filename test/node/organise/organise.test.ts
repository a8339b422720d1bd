import assert from 'node:assert/strict'
import { suite } from 'uvu'
import type { PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { searchOf } from '../../../node/organise/search-of.ts'
import { createOrganise, type Organise } from '../../../node/organise/organise.ts'
import { until } from '../../support/until.ts'
import { assetIdOf, FakeRing, type FakeNode, someFacts } from '../../ring/catalog/fake-ring.ts'

interface Context { ring: FakeRing; alder: FakeNode; organise: Organise }
const test = suite<Context>('organise')
const here = { node: 'alder' as PeerId, path: '/a' }
const ME = { kind: 'user', id: '1', name: 'Editor one' }
const OTHER = { kind: 'user', id: '2', name: 'Editor two' }
const names = Array.from({ length: 12 }, (_, i) => `clip ${String.fromCharCode(97 + i)}`)
const ids = names.map(assetIdOf)

test.before.each(async (context) => {
  context.ring = new FakeRing()
  context.alder = await context.ring.node('alder')
  context.organise = createOrganise({ ring: { catalog: context.alder.catalog } as never, originals: {} as never, jobs: { register() {} } as never, log: silentLog }, { data: '/nowhere' })
  for (const name of names) await context.alder.catalog.addAsset(someFacts(name), here)
})
test.after.each(async ({ ring }) => { await ring.end() })

test('one edit of many is one entry, and undo gives each asset what it had', async ({ alder, organise: { edits, history } }) => {
  await edits.one(OTHER, ids[0]!, { rating: 2, addTags: ['old'] })
  const { changed, undo } = await edits.many(ME, ids, { rating: 5, addTags: ['new', 'old'], marks: { label: 'red' }, fields: { Client: 'Nord' } })
  assert.deepEqual([changed, history.list(ME).length, history.list(ME)[0]?.assets], [12, 1, 12])
  const { restored, left } = await history.undo(ME, undo ?? '')
  assert.deepEqual([restored, left], [12, []])
  const [first, second] = ids.map((id) => alder.catalog.index.asset(id))
  assert.deepEqual([first?.rating, first?.tags, first?.marks.label, first?.fields], [2, ['old'], '', {}])
  assert.deepEqual([second?.rating, second?.tags], [0, []])
  await history.redo(ME)
  assert.deepEqual([alder.catalog.index.asset(ids[1]!)?.rating, alder.catalog.index.asset(ids[1]!)?.tags], [5, ['new', 'old']])
})

test('what somebody changed since is left alone, and said with their name', async ({ alder, organise: { edits, history } }) => {
  await edits.many(ME, ids.slice(0, 3), { rating: 5, marks: { state: 'approved' } })
  await edits.one(OTHER, ids[1]!, { rating: 1 })
  await alder.catalog.editAsset(ids[2]!, { marks: { state: 'delivered' } })
  const { restored, left } = await history.undo(ME)
  assert.equal(restored, 3)
  assert.deepEqual(left.map(({ name, field, now, by }) => [name, field, now, by]), [['clip b', 'rating', '1', 'Editor two'], ['clip c', 'mark:state', 'delivered', 'somebody on another node, or a program']])
  assert.deepEqual(ids.slice(0, 3).map((id) => [alder.catalog.index.asset(id)?.rating, alder.catalog.index.asset(id)?.marks.state]), [[0, ''], [1, ''], [0, 'delivered']])
})

test('kind, rating and tag narrow all that a query finds, its alternatives as well, and a tag may be called none', async ({ alder: { catalog }, organise: { edits, selected } }) => {
  await edits.many(ME, [ids[0]!, ids[1]!], { rating: 5, addTags: ['none'] })
  const query = { q: '"clip a" OR "clip c"', minRating: 4 }
  assert.deepEqual(await selected.ids({ query }), [ids[0]])
  assert.deepEqual((await catalog.search.page(searchOf(query))).hits.map(({ asset }) => asset.facts.id), [ids[0]])
  assert.deepEqual((await selected.ids({ query: { tag: 'none' } })).sort(), [ids[0], ids[1]].sort())
  assert.deepEqual(await selected.ids({ query: { ...query, kind: 'audio' } }), [])
})

test('everybody undoes their own, and nothing twice', async ({ organise: { edits, history } }) => {
  await edits.one(ME, ids[0]!, { rating: 5 })
  await assert.rejects(history.undo(OTHER), { code: 'ERR_NOT_FOUND' })
  const { entry } = await history.undo(ME)
  await assert.rejects(history.undo(ME, entry.id), /undone already/)
  await assert.rejects(history.undo(ME), { code: 'ERR_NOT_FOUND' })
})

test('of an edit whose author may change less by now, only the rest is undone, and nothing is told of what is left', async ({ alder, organise: { edits, history, albums } }) => {
  await edits.many(ME, ids.slice(0, 2), { rating: 5 })
  await edits.one(OTHER, ids[1]!, { rating: 1 })
  const { restored, left } = await history.undo(ME, undefined, (turn) => 'asset' in turn && turn.asset.facts.id === ids[0])
  assert.deepEqual([restored, left], [1, [{ id: ids[1], name: 'clip b', field: 'all', now: 'not yours to change any more', by: '' }]])
  assert.deepEqual(ids.slice(0, 2).map((id) => alder.catalog.index.asset(id)?.rating), [0, 1])
  const album = await albums.create(ME, { name: 'Wedding' })
  assert.equal((await history.undo(ME, undefined, () => false)).restored, 0)
  assert.equal(albums.find(album.id).name, 'Wedding')
})

test('typing on is one edit; the trash and albums are undone, too', async ({ alder, organise: { edits, history, albums } }) => {
  await edits.one(ME, ids[0]!, { notes: 'w' })
  await edits.one(ME, ids[0]!, { notes: 'wi' })
  await edits.one(ME, ids[0]!, { notes: 'wind' })
  assert.equal(history.list(ME).length, 1)
  await history.undo(ME)
  assert.equal(alder.catalog.index.asset(ids[0]!)?.notes, '')
  await edits.many(ME, ids.slice(0, 2), { deleted: true })
  assert.equal(alder.catalog.index.assets({}).total, 10)
  await history.undo(ME)
  assert.equal(alder.catalog.index.assets({}).total, 12)
  const album = await albums.create(ME, { name: 'Wedding' })
  await albums.remove(ME, album.id)
  await history.undo(ME)
  assert.equal(albums.find(album.id).name, 'Wedding')
})

test('random edits, undone in reverse, leave everything as it was', async ({ alder, organise: { edits, history } }) => {
  let seed = 7
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
  const state = (): unknown => ids.map((id) => { const { editedAtMs: _edited, ...rest } = alder.catalog.index.asset(id) ?? { editedAtMs: 0 }; return rest })
  const before = state()
  for (let round = 0; round < 40; round++) {
    const some = ids.filter(() => random(2) === 0)
    await edits.many(ME, some, [
      { rating: random(6) }, { title: `t${random(4)}` }, { addTags: [`t${random(3)}`], removeTags: [`t${3 + random(2)}`] }, { removeTags: [`t${random(3)}`] },
      { marks: { label: ['', 'red', 'blue'][random(3)]! } }, { fields: { A: ['', 'x', 'y'][random(3)]! } }, { addAlbums: ['one'] }, { removeAlbums: ['one'] }, { notes: `n${random(3)}` }
    ][random(9)]!)
  }
  for (const { id } of history.list(ME)) assert.deepEqual((await history.undo(ME, id)).left, [])
  assert.deepEqual(state(), before)
})

test('albums lie in one another, by hand or by a rule; circles that two sides of a cut made are broken', async ({ alder, organise: { albums, edits } }) => {
  const film = await albums.create(ME, { name: 'Film' })
  const day = await albums.create(ME, { name: 'Day 1', parent: film.id })
  await edits.many(ME, ids.slice(0, 3), { addAlbums: [day.id], rating: 4 })
  const best = await albums.create(ME, { name: 'Best', kind: 'rule', rule: 'rating:4 clip', sort: 'name' })
  const page = async (limit: number, cursor?: string): Promise<{ names: string[]; cursor: string | undefined }> => {
    const found = await albums.assets(best.id, { limit, ...(cursor !== undefined && { cursor }) })
    return { names: found.assets.map(({ facts }) => facts.name), cursor: found.cursor }
  }
  assert.deepEqual((await albums.list()).map(({ path, assets, problem }) => [path, assets, problem]), [['Best', 3, null], ['Film', 0, null], ['Film/Day 1', 3, null]])
  assert.deepEqual([best.assets, (await albums.view(day.id)).assets], [3, 3])
  const first = await page(2)
  assert.deepEqual([first.names, await page(2, first.cursor)], [['clip a', 'clip b'], { names: ['clip c'], cursor: undefined }])
  await assert.rejects(albums.change(ME, film.id, { parent: day.id }), /under itself/)
  await assert.rejects(albums.create(ME, { name: 'Day 1', parent: film.id }), /already/)
  await assert.rejects(albums.create(ME, { name: 'x', kind: 'rule', rule: 'colour:red' }), { code: 'ERR_INVALID_QUERY' })
  await assert.rejects(albums.create(ME, { name: 'x', kind: 'rule', rule: ' ' }), /what to look for/)
  await alder.catalog.records.put('albums', film.id, { parent: day.id })
  assert.deepEqual(albums.all().map(({ name, parent }) => [name, parent]).sort(), [['Best', null], ['Day 1', null], ['Film', null]])
})

test('a rule and a query mean what they mean in the search', async ({ alder, organise: { albums, edits, selected } }) => {
  await edits.many(ME, ids.slice(0, 4), { addTags: ['keep'], rating: 3 })
  await edits.one(ME, ids[4]!, { rating: 5, marks: { label: 'red', state: 'approved' }, title: 'rain on the harbour' })
  await edits.one(ME, ids[5]!, { title: 'harbour in snow and rain' })
  await alder.catalog.addAsset(someFacts('late', { importedAtMs: Date.UTC(2026, 2, 21), probe: { container: 'mov', cameraMake: 'Canon', gps: { latitude: 59.92, longitude: 10.76 } } }), here)
  const finds: Readonly<Record<string, readonly string[]>> = {
    '-tag:keep clip': names.slice(4), 'rating:3': names.slice(0, 4), 'rating:>=3': names.slice(0, 5), '"rain on"': ['clip e'], 'snow OR label:red': ['clip e', 'clip f'],
    'state:approved': ['clip e'], 'camera:canon': ['late'], 'near:oslo': ['late'], 'on:2026-03-21': ['late'], 'harbour -snow': ['clip e']
  }
  for (const [q, expected] of Object.entries(finds)) {
    const album = await albums.create(ME, { name: q, kind: 'rule', rule: q, sort: 'name' })
    assert.deepEqual((await albums.assets(album.id, {})).assets.map(({ facts }) => facts.name).sort(), [...expected], q)
    for (const query of [{ q }, { album: album.id }]) assert.deepEqual((await selected.ids({ query })).map((id) => alder.catalog.index.asset(id)?.facts.name).sort(), [...expected], q)
    for (const name of [...names, 'late']) assert.equal(await albums.holds(album.id, alder.catalog.index.asset(assetIdOf(name))!), expected.includes(name), `${name} in ${q}`)
  }
  assert.deepEqual((await albums.list()).map(({ rule, assets }) => [rule, assets]).sort(), Object.entries(finds).map(([q, expected]) => [q, expected.length]).sort())
  await edits.many(ME, await selected.ids({ query: { q: '-tag:keep' } }), { deleted: true })
  assert.deepEqual(alder.catalog.index.assets({}).assets.map(({ facts }) => facts.name).sort(), names.slice(0, 4))
})

test('a rule that another member left empty, or that is not understood, finds nothing and says why', async ({ alder: { catalog }, organise: { albums, selected } }) => {
  await catalog.records.put('albums', 'empty', { name: 'Empty', kind: 'rule' })
  await catalog.records.put('albums', 'odd', { name: 'Odd', kind: 'rule', rule: 'colour:red' })
  assert.deepEqual((await albums.list()).map(({ name, assets, problem }) => [name, assets, problem?.slice(0, 17)]), [['Empty', 0, 'its rule is empty'], ['Odd', 0, 'there is no field']])
  assert.deepEqual([(await albums.assets('empty', {})).total, await selected.ids({ query: { album: 'empty' } }), await albums.holds('empty', catalog.index.asset(ids[0]!)!)], [0, [], false])
  await assert.rejects(selected.ids({ query: { album: 'odd' } }), { code: 'ERR_INVALID_QUERY' })
})

test('the number of what a rule finds follows every edit of a small library', async ({ organise: { albums, edits } }) => {
  const { id } = await albums.create(ME, { name: 'Best', kind: 'rule', rule: 'rating:5' })
  const counted = async (): Promise<number | undefined> => (await albums.list()).find((album) => album.id === id)?.assets
  for (const [at, asset] of ids.slice(0, 4).entries()) {
    await edits.one(ME, asset, { rating: 5 })
    await until(async () => await counted() === at + 1, 'the album says so')
  }
})

test('a tag whose name means something in the search is a tag like any other', async ({ alder, organise: { edits, tags } }) => {
  await edits.one(ME, ids[0]!, { addTags: ['none'] })
  await edits.one(ME, ids[1]!, { addTags: ['a*'] })
  await edits.one(ME, ids[2]!, { addTags: ['ab'] })
  await tags.rename(ME, ['none'], 'nobody')
  await tags.remove(ME, 'a*')
  assert.deepEqual(ids.slice(0, 4).map((id) => alder.catalog.index.asset(id)?.tags), [['nobody'], [], ['ab'], []])
})

test('a tag is renamed, merged and removed with all below it', async ({ alder, organise: { edits, tags } }) => {
  await edits.one(ME, ids[0]!, { addTags: ['place/oslo/harbour'] })
  await edits.one(ME, ids[1]!, { addTags: ['Place', 'placebo'] })
  await edits.one(ME, ids[2]!, { addTags: ['spot'] })
  await tags.rename(ME, ['place', 'spot'], 'where')
  assert.deepEqual(ids.slice(0, 3).map((id) => alder.catalog.index.asset(id)?.tags), [['where/oslo/harbour'], ['placebo', 'where'], ['where']])
  await tags.remove(ME, 'where')
  assert.deepEqual(tags.list().map(({ tag }) => tag), ['placebo'])
})

test('what lies in the trash has its tags renamed, merged and removed, too, and undo takes that back', async ({ alder: { catalog }, organise: { edits, tags, history } }) => {
  await edits.many(ME, ids.slice(0, 3), { addTags: ['place/oslo'], deleted: true })
  await edits.one(ME, ids[3]!, { addTags: ['place'] })
  const tagsOf = async () => (await Promise.all(ids.slice(0, 4).map((id) => catalog.asset(id)))).map((asset) => asset?.tags.join())
  const { changed, undo } = await tags.rename(ME, ['place'], 'where')
  assert.deepEqual([changed, await tagsOf()], [4, ['where/oslo', 'where/oslo', 'where/oslo', 'where']])
  await history.undo(ME, undo ?? '')
  assert.deepEqual(await tagsOf(), ['place/oslo', 'place/oslo', 'place/oslo', 'place'])
  await tags.remove(ME, 'place')
  await edits.one(ME, ids[0]!, { deleted: false })
  assert.deepEqual([await tagsOf(), tags.list()], [['', '', '', ''], []])
})

test('own fields take what their type allows', async ({ organise: { edits, fields } }) => {
  await fields.create(ME, { name: 'Takes', type: 'number' })
  await fields.create(ME, { name: 'Day', type: 'date' })
  await fields.create(ME, { name: 'Lens', type: 'choice', choices: ['35', '50'] })
  for (const [wrong, why] of [[{ Takes: 'three' }, /is a number/], [{ Day: '27.11.2026' }, /is a date/], [{ Lens: '85' }, /one of 35, 50/]] as const) await assert.rejects(edits.one(ME, ids[0]!, { fields: wrong }), why)
  assert.deepEqual((await edits.one(ME, ids[0]!, { fields: { Takes: '3', Day: '2026-11-27', Lens: '50', Free: 'anything' } })).fields, { Day: '2026-11-27', Free: 'anything', Lens: '50', Takes: '3' })
  await assert.rejects(fields.create(ME, { name: 'takes', type: 'text' }), /already/)
})

test.run()
