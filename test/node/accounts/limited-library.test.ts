import Fastify, { type FastifyInstance } from 'fastify'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AlbumList, AssetList, CompletionView, FacetList, TimelineView, UndoResult } from '#protocols/http.ts'
import type { AssetId, PeerId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { handleErrors } from '../../../node/http/errors.ts'
import { assetRoutes } from '../../../node/http/routes/assets.ts'
import { albumRoutes } from '../../../node/http/routes/organise/albums.ts'
import { editRoutes } from '../../../node/http/routes/organise/edits.ts'
import { searchRoutes } from '../../../node/http/routes/search.ts'
import { mayTurn } from '../../../node/http/sight.ts'
import type { Who } from '../../../node/http/who.ts'
import { createOrganise } from '../../../node/organise/organise.ts'
import { FakeRing, type FakeNode, someFacts } from '../../ring/catalog/fake-ring.ts'

interface Context { ring: FakeRing; alder: FakeNode; app: FastifyInstance; who: Who; ids: Record<string, AssetId>; get: <T>(path: string) => Promise<T>; status: (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => Promise<number> }
const test = suite<Context>('the library of accounts limited to albums')

const DAYS = { kiss: '2026-03-01', altar: '2026-03-02', ring: '2026-03-02', plan: '2026-03-03', loose: '2026-03-04' } as const
const ALBUMS: Readonly<Record<string, string[]>> = { kiss: ['wedding', 'secret'], altar: ['church'], ring: ['church'], plan: ['secret'], loose: [] }

test.before.each(async (context) => {
  context.ring = new FakeRing()
  context.alder = await context.ring.node('alder')
  const { catalog } = context.alder
  context.ids = {}
  for (const [id, fields] of Object.entries({ wedding: { name: 'Wedding', parent: 'clients' }, church: { name: 'Church', parent: 'wedding' }, secret: { name: 'Secret' }, clients: { name: 'Clients' }, rated: { name: 'Rated', kind: 'rule', rule: 'rating:>=1', parent: 'wedding' } })) await catalog.records.put('albums', id, fields)
  for (const [name, day] of Object.entries(DAYS)) {
    const facts = someFacts(`${name}.mp4`, { kind: name === 'ring' ? 'image' : 'video', importedAtMs: Date.parse(day), probe: { container: 'mov' } })
    await catalog.addAsset(facts, { node: 'alder' as PeerId, path: `/${name}.mp4` })
    await catalog.editAsset(facts.id, { addAlbums: ALBUMS[name] ?? [], addTags: [`tag of ${name}`], rating: 3, ...name === 'plan' && { fields: { Contract: 'signed' } } })
    context.ids[name] = facts.id
  }
  const ring = { ...context.ring, catalog, name: 'alder', self: 'alder', membership: { members: () => [] }, blobs: {} } as never
  const organise = createOrganise({ ring, originals: {} as never, jobs: { register() {} } as never, mayTurn, log: silentLog }, { data: '/nowhere' })
  context.who = { kind: 'user', id: 'guest', name: 'Guest', role: 'editor', albums: ['wedding', 'church', 'rated'], editAlbums: ['church'] }
  const app = context.app = Fastify()
  handleErrors(app, silentLog)
  app.addHook('onRequest', async (request) => { Object.assign(request, { who: context.who, deed: {} }) })
  await app.register(assetRoutes({ ring, edits: organise.edits } as never), { prefix: '/api/v1' })
  for (const routes of [searchRoutes({ ring }), albumRoutes(organise), editRoutes(organise)]) await app.register(routes)
  context.get = async <T>(path: string) => (await app.inject({ url: `/api/v1/${path}` })).json<T>()
  context.status = async (method, path, body) => (await app.inject({ method, url: `/api/v1/${path}`, ...body && { payload: body } })).statusCode
})
test.after.each(async ({ app, ring }) => {
  await app.close()
  await ring.end()
})

const namesIn = ({ assets }: AssetList): string[] => assets.map(({ name }) => name)

test('they search, sort and page as everybody does, in what they may see', async ({ get }) => {
  assert.equal(namesIn(await get('assets?sort=name')), ['altar.mp4', 'kiss.mp4', 'ring.mp4'])
  assert.equal(namesIn(await get('assets?sort=name&offset=1&limit=1')), ['kiss.mp4'])
  assert.equal(namesIn(await get('assets?q=type:image')), ['ring.mp4'])
  assert.equal(namesIn(await get('assets?q=album:church&sort=name')), ['altar.mp4', 'ring.mp4'])
  for (const q of ['plan', 'loose', 'album:secret', 'album:none', 'is:rated plan']) assert.is((await get<AssetList>(`assets?q=${encodeURIComponent(q)}`)).total, 0, q)
  assert.is((await get<AssetList>('assets?q=album:church&limit=1')).total, 2)
})

test('days, counts and suggestions are of what they may see', async ({ get }) => {
  assert.equal((await get<TimelineView>('assets/timeline')).entries, [['2026-03-02', 2], ['2026-03-01', 1]])
  const { total, facets } = await get<FacetList>('assets/facets')
  const values = (field: string) => facets.find((facet) => facet.field === field)?.values.map(({ value, assets }) => `${value} ${assets}`)
  assert.equal([total, values('type'), values('album'), values('tag')], [3, ['video 2', 'image 1'], ['church 2', 'wedding 1'], ['tag of altar 1', 'tag of kiss 1', 'tag of ring 1']])
  assert.not.ok(JSON.stringify(facets).match(/secret|plan|contract/i))
  const labels = async (text: string) => (await get<CompletionView>(`search/complete?text=${encodeURIComponent(text)}`)).items.map(({ label, assets }) => `${label} ${assets}`)
  assert.equal(await labels('album:'), ['album:Church 2', 'album:Wedding 1'])
  assert.equal(await labels('tag:tag'), ['tag:tag of kiss 1', 'tag:tag of altar 1', 'tag:tag of ring 1'])
  assert.equal(await labels('Contr'), [])
})

test('whoever sees all of it is told all of it', async (context) => {
  const { albums: _albums, editAlbums: _edit, ...who } = context.who
  context.who = who
  assert.is((await context.get<AssetList>('assets')).total, 5)
  assert.is((await context.get<FacetList>('assets/facets')).total, 5)
  assert.is((await context.get<AlbumList>('albums')).albums.length, 5)
  assert.equal((await context.get<CompletionView>('search/complete?text=album:Sec')).items.map(({ assets }) => assets), [2])
})

test('they have their albums, as if nothing was above or beside them', async ({ get, status }) => {
  const { albums } = await get<AlbumList>('albums')
  assert.equal(albums.map(({ path, parent, assets }) => [path, parent, assets]), [['Wedding', null, 1], ['Wedding/Church', 'wedding', 2]])
  assert.equal(namesIn(await get('albums/wedding/assets')), ['kiss.mp4'])
  for (const id of ['secret', 'clients', 'rated', 'nowhere']) assert.equal([await status('GET', `albums/${id}`), await status('GET', `albums/${id}/assets`)], [404, 404], id)
  assert.is(await status('GET', 'albums/church'), 200)
})

test('what they put into the trash or take out of an album they bring back; not once they may not', async (context) => {
  const { app, ids, status, alder: { catalog } } = context
  const path = `assets/${ids['altar']}`
  const undo = async () => (await app.inject({ method: 'POST', url: '/api/v1/undo', payload: {} })).json<UndoResult>()
  assert.is(await status('DELETE', path), 204)
  assert.is(await status('GET', path), 404)
  assert.is((await undo()).restored, 1)
  assert.is(await status('PATCH', path, { removeAlbums: ['church'] }), 200)
  assert.is(await status('GET', path), 404)
  assert.is((await undo()).restored, 1)
  assert.equal((await catalog.asset(ids['altar']!))?.albums, ['church'])
  assert.is(await status('PATCH', path, { title: 'Mine' }), 200)
  context.who = { ...context.who, editAlbums: [] }
  const { restored, left } = await undo()
  assert.equal([restored, left.map(({ now }) => now)], [0, ['not yours to change any more']])
  assert.is((await catalog.asset(ids['altar']!))?.title, 'Mine')
})

test.run()
