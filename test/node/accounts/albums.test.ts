import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AssetList, ErrorBody, ServerEvent } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import { cloudRoutes } from '../../../node/http/routes/cloud.ts'
import { derivedRoutes } from '../../../node/http/routes/derived.ts'
import { folderRoutes } from '../../../node/http/routes/folders.ts'
import { testPlace, type TestPlace } from '../../support/accounts-server.ts'
import { until } from '../../support/until.ts'

const test = suite<{ place: TestPlace; ids: Record<string, AssetId>; token: string }>('accounts limited to albums')
const PASSWORD = 'four words of mine'

/** What else reads assets: metadata, what is made of them, sidecars, links into buckets. */
const readers = (ring: TestPlace['library']['ring']) => [
  derivedRoutes({ ring, derivations: { status: () => [] } }), folderRoutes({ ring: ring as never, parts: {} as never }), cloudRoutes({ catalog: ring.catalog, cloud: { link: async () => 'https://bucket.example/kiss' } as never })
]

test.before.each(async (context) => {
  const place = await testPlace({ more: readers })
  Object.assign(context, { place, ids: {} })
  await place.records.put('albums', 'wedding', { name: 'Wedding' })
  await place.records.put('albums', 'church', { name: 'Church', parent: 'wedding' })
  await place.records.put('albums', 'secret', { name: 'Secret' })
  for (const [name, album] of [['kiss', 'wedding'], ['altar', 'church'], ['plan', 'secret'], ['loose', '']] as const) {
    const id = createHash('sha256').update(name).digest('hex') as AssetId
    assert.is((await place.ask(`/api/v1/assets?name=${name}.mp4`, { method: 'POST', token: place.adminToken, body: name, headers: { 'content-type': 'video/mp4' } })).status, 200)
    if (album !== '') await place.library.ring.catalog.editAsset(id, { addAlbums: [album] })
    context.ids[name] = id
  }
  await place.accounts.users.create({ name: 'Guest', password: PASSWORD, role: 'editor', limited: true, albums: [{ album: 'wedding', may: 'see' }] })
  context.token = (await place.accounts.signIn('guest', PASSWORD, '127.0.0.1')).access
})
test.after.each(async ({ place }) => place.end())

const namesIn = (list: AssetList): string[] => list.assets.map(({ name }) => name).sort()

test('they find the assets of their albums and of those beneath, and not one more, however they ask', async ({ place, token }) => {
  for (const path of ['/api/v1/assets', '/api/v1/assets?kind=video', '/api/v1/assets?limit=500', '/api/v1/assets?q=mp4']) {
    const list = (await place.ask(path, { token })).json<AssetList>()
    assert.equal([namesIn(list), list.total], [['altar.mp4', 'kiss.mp4'], 2], path)
  }
  assert.is((await place.ask('/api/v1/assets?q=plan', { token })).json<AssetList>().total, 0)
  const trash = await place.ask('/api/v1/assets?trash=true', { token })
  assert.equal(trash.json<AssetList>().assets, [])
})

test('an id that is guessed is not there, in whatever way it is asked for', async ({ place, token, ids }) => {
  for (const name of ['plan', 'loose']) {
    for (const [method, path] of [['GET', ''], ['GET', '/content'], ['GET', '/poster'], ['PATCH', ''], ['DELETE', ''], ['DELETE', '?purge=true'], ['POST', '/restore'], ['HEAD', '/content'], ['GET', '/metadata'], ['GET', '/derived'], ['GET', '/sprite'], ['GET', '/sprite.vtt'], ['GET', '/waveform'], ['GET', '/proxy/index.m3u8'], ['GET', '/sidecars/x.xmp'], ['GET', '/xattrs'], ['GET', '/link']] as const) {
      const answer = await place.ask(`/api/v1/assets/${ids[name]}${path}`, { method, token, ...method === 'PATCH' && { body: { title: 'mine' } } })
      assert.is(answer.status, 404, `${method} ${name}${path}`)
      const absent = await place.ask(`/api/v1/assets/${'0'.repeat(64)}${path}`, { method, token, ...method === 'PATCH' && { body: { title: 'mine' } } })
      assert.equal(answer.body.toString(), absent.body.toString(), 'as if it was never there')
    }
  }
  assert.is((await place.ask(`/api/v1/assets/${ids['kiss']}/content`, { token })).body.toString(), 'kiss')
})

test('of their assets they have all that is known and made of them', async ({ place, token, ids }) => {
  const sidecar = await place.library.ring.blobs.put((async function* () { yield Buffer.from('<xmp/>') })())
  await place.library.ring.catalog.editAsset(ids['kiss']!, { sidecars: { 'kiss.xmp': sidecar.id } })
  assert.equal((await place.ask(`/api/v1/assets/${ids['kiss']}/metadata`, { token })).json(), { groups: [], sidecars: [{ name: 'kiss.xmp', size: 6 }] })
  assert.is((await place.ask(`/api/v1/assets/${ids['kiss']}/sidecars/kiss.xmp`, { token })).body.toString(), '<xmp/>')
  for (const path of ['derived', 'xattrs', 'link']) assert.is((await place.ask(`/api/v1/assets/${ids['kiss']}/${path}`, { token })).status, 200, path)
})

test('they see an album without changing it, until they may', async ({ place, token, ids }) => {
  const edit = () => place.ask(`/api/v1/assets/${ids['kiss']}`, { method: 'PATCH', token, body: { title: 'The kiss' } })
  assert.is((await edit()).status, 403)
  await place.accounts.users.change(place.accounts.users.named('guest')!.id, { albums: [{ album: 'wedding', may: 'edit' }] })
  assert.is((await edit()).status, 200)
  await place.accounts.users.change(place.accounts.users.named('guest')!.id, { albums: [] })
  assert.is((await edit()).status, 404)
})

test('who edits one album neither fills nor empties another, nor deletes for good what lies in both', async ({ place, token, ids }) => {
  const { ring: { catalog } } = place.library
  await place.accounts.users.change(place.accounts.users.named('guest')!.id, { albums: [{ album: 'wedding', may: 'edit' }] })
  await catalog.editAsset(ids['kiss']!, { addAlbums: ['secret'] })
  const edit = async (body: object) => (await place.ask(`/api/v1/assets/${ids['kiss']}`, { method: 'PATCH', token, body })).status
  const albums = async () => (await catalog.asset(ids['kiss']!))?.albums
  for (const body of [{ addAlbums: ['secret'] }, { addAlbums: ['nowhere'] }, { removeAlbums: ['secret'] }, { addAlbums: ['church'], removeAlbums: ['secret'] }]) assert.is(await edit(body), 403, JSON.stringify(body))
  assert.equal(await albums(), ['wedding', 'secret'])
  assert.is(await edit({ addAlbums: ['church'], removeAlbums: ['wedding'] }), 200)
  assert.equal(await albums(), ['secret', 'church'])
  const purge = await place.ask(`/api/v1/assets/${ids['kiss']}?purge=true`, { method: 'DELETE', token })
  assert.is(purge.status, 403)
  assert.match(purge.json<ErrorBody>().error.message, /put it into the trash/)
  assert.ok(await catalog.asset(ids['kiss']!))
})

test('who edits an album takes out of the trash what lies in it; who only sees it does not', async ({ place, token, ids }) => {
  const asked = (method: string, path: string) => place.ask(`/api/v1/assets/${ids['kiss']}${path}`, { method, token })
  await place.library.ring.catalog.editAsset(ids['kiss']!, { deleted: true })
  assert.equal([(await asked('GET', '')).status, (await asked('POST', '/restore')).status], [404, 403])
  await place.accounts.users.change(place.accounts.users.named('guest')!.id, { albums: [{ album: 'wedding', may: 'edit' }] })
  assert.is((await asked('POST', '/restore')).status, 200)
  assert.equal([(await asked('DELETE', '')).status, (await asked('GET', '')).status, (await asked('POST', '/restore')).status, (await asked('GET', '')).status], [204, 404, 200, 200])
})

test('the rest of the ring is closed to them', async ({ place, token }) => {
  for (const path of ['/api/v1/ring', '/api/v1/cameras', '/api/v1/jobs', '/api/v1/alarms', '/api/v1/trash', '/metrics', '/api/v1/users', '/api/v1/ring/machines']) assert.is((await place.ask(path, { token })).status, 403, path)
  assert.is((await place.ask('/api/v1/assets?name=x.mp4', { method: 'POST', token, body: 'x', headers: { 'content-type': 'video/mp4' } })).status, 403)
  assert.is((await place.ask('/api/v1/session', { token })).json<{ limited: boolean }>().limited, true)
  const share = (body: object) => place.ask('/api/v1/links', { token, body })
  assert.is((await share({ album: 'secret' })).status, 403)
  assert.is((await share({ album: 'church' })).status, 201)
})

test('they do not share what they do not see', async ({ place, token, ids }) => {
  assert.is((await place.ask('/api/v1/links', { token, body: { assets: [ids['plan']] } })).status, 404)
  assert.is((await place.ask('/api/v1/links', { token, body: { assets: [ids['kiss']] } })).status, 201)
})

test('they hear of their assets only, and nothing more once they may not', async ({ place, token, ids }) => {
  const heard: ServerEvent[] = []
  const socket = new WebSocket(`${place.url.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${token}` } } as never)
  socket.addEventListener('message', ({ data }) => heard.push(JSON.parse(String(data)) as ServerEvent))
  await once(socket, 'open')
  for (const event of [{ type: 'ring' }, { type: 'cameras' }, { type: 'assets', ids: [ids['plan']] }, { type: 'assets', ids: [ids['plan'], ids['kiss']] }] as ServerEvent[]) place.server.broadcast(event)
  await until(() => heard.length >= 2, 'the event arrives')
  assert.equal(heard.map((event) => event.type === 'assets' ? event.ids : event.type), ['hello', [ids['kiss']]])
  const closed = once(socket, 'close')
  await place.accounts.users.change(place.accounts.users.named('guest')!.id, { disabled: true })
  await closed
})

test('a key of theirs sees no more than they do', async ({ place }) => {
  const { token } = await place.accounts.keys.create({ name: 'frame', scopes: ['read'], expiresMs: 0, by: place.accounts.users.named('guest')!.id })
  assert.equal(namesIn((await place.ask('/api/v1/assets', { token })).json<AssetList>()), ['altar.mp4', 'kiss.mp4'])
  assert.is((await place.ask('/api/v1/ring', { token })).status, 403)
})

test.run()
