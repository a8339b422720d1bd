import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { needOf } from '../../../node/http/authorise.ts'
import { type Role, ROLES, roleFor, SCOPES } from '../../../node/http/who.ts'
import { testPlace, type TestPlace } from '../../support/accounts-server.ts'
import { nodeOfRoutes, type NodeOfRoutes, type Route } from '../../support/node-routes.ts'

const test = suite<{ place: TestPlace; node: NodeOfRoutes; tokens: Record<Role | 'limited', string> }>('roles')
const PASSWORD = 'four words of mine'

test.before(async (context) => {
  context.node = await nodeOfRoutes()
  context.place = await testPlace()
  context.tokens = {} as never
  for (const role of ROLES) await context.node.post('users', { name: `the ${role}`, password: PASSWORD, role })
  await context.node.post('users', { name: 'the limited', password: PASSWORD, role: 'editor', limited: true, albums: [{ album: 'a', may: 'edit' }] })
  for (const name of [...ROLES, 'limited'] as const) context.tokens[name] = (await context.node.post<{ accessToken: string }>('session', { name: `the ${name}`, password: PASSWORD })).accessToken
  for (const role of ROLES) await context.place.accounts.users.create({ name: `the ${role}`, password: PASSWORD, role })
})
test.after(async ({ place, node }) => {
  await place?.end()
  await node?.end()
})

/** Each route with what lets it in: no word at all, roles, an account limited to albums. */
const needOfRoute = ({ method, url, config }: Route): ReturnType<typeof needOf> => {
  const need = needOf({ method, url, config })
  return { ...need, open: need.open || method === 'OPTIONS' }
}

test('every route of a node lets in those of its role and above, and nobody else', async ({ node, tokens }) => {
  const urls = node.routes.map(({ method, url }) => `${method} ${url}`)
  for (const one of ['GET /api/v1/tiers', 'POST /api/v1/paths', 'POST /api/v1/offload', 'GET /api/v1/assets/:id/proxy/:file', 'GET /api/v1/duplicates', 'GET /api/v1/assets/facets', 'POST /api/v1/assets/edit', 'POST /api/v1/workflows', 'GET /api/v1/webhooks', 'POST /scan', 'PATCH /api/v1/uploads/:id', 'POST /whip/:camera', 'GET /ws']) assert.ok(urls.some((url) => url.replace(/\/$/, '') === one), `${one} is walked`)
  for (const route of node.routes) {
    const { open, role, albums } = needOfRoute(route)
    assert.is(await node.letsIn(route, undefined), open, `${route.method} ${route.url} without a word`)
    for (const who of ROLES) assert.is(await node.letsIn(route, tokens[who]), open || ROLES.indexOf(who) >= ROLES.indexOf(role), `${route.method} ${route.url} as ${who}`)
    assert.is(await node.letsIn(route, tokens.limited), open || (albums && role !== 'admin'), `${route.method} ${route.url} limited to an album`)
  }
})

test('what is more or less than its method says is listed in the README', async ({ node }) => {
  const isTold = (route: Route): boolean => {
    const need = needOf(route)
    return !['OPTIONS', 'HEAD'].includes(route.method) && route.url !== '/*' && (need.open || need.albums || need.role !== roleFor(route.method))
  }
  const lines = node.routes.filter(isTold).map((route) => {
    const { open, role, scopes, albums } = needOf(route)
    const own = scopes.filter((scope) => !['read', 'edit', 'admin'].includes(scope))
    return `| \`${route.method} ${route.url}\` | ${open ? 'anybody' : role} | ${open ? '' : own.join(', ')} | ${albums && !open ? 'yes' : ''} |`
  })
  const table = [...new Set(lines)].sort((a, b) => a.split(' ')[2]!.localeCompare(b.split(' ')[2]!) || a.localeCompare(b)).filter((line) => !/`(?:GET|POST|PUT|PATCH|DELETE) \/(?:whep|whip)\//.test(line))
  const readme = await readFile(new URL('../../../node/accounts/README.md', import.meta.url), 'utf8')
  const shown = readme.split('\n').filter((line) => /^\| `[A-Z]+ \//.test(line))
  assert.equal(shown, table, `write this into node/accounts/README.md:\n${table.join('\n')}`)
})

/** What answers whoever sees some albums by those, or is their own. */
const BY_SIGHT = /^\/api\/v1\/(?:assets|search|albums|motion|links|session|openapi\.json|undo|redo|understanding\/map)(?:\/|$)|^\/(?:ws|\*)$/

test('whoever sees some albums only is let in where the answer goes by that, and nowhere else', ({ node }) => {
  for (const route of node.routes) if (needOf(route).albums) assert.match(route.url, BY_SIGHT)
  const closed = (method: string, url: string): void => {
    const route = node.routes.find((each) => each.method === method && each.url === url)
    assert.ok(route, `${method} ${url}`)
    assert.not.ok(needOf(route).albums, `${method} ${url}`)
  }
  for (const url of ['searches', 'duplicates', 'tags', 'history', 'packages', 'batches', 'batches/:id/assets', 'rolls', 'rolls/:id/file', 'uploads']) closed('GET', `/api/v1/${url}`)
  for (const url of ['assets/edit', 'albums', 'albums/:id/assets']) closed('POST', `/api/v1/${url}`)
  for (const url of ['/search', '/recent', '/stats', '/v1/assets', '/v1/assets/:id', '/v1/bytes', '/media/:id', '/explorer/assets', '/batches']) closed('GET', url)
})

test('what reads folders of the machine, or writes into them, is an administrator\'s', ({ node }) => {
  for (const [method, url] of [['POST', '/scan'], ['GET', '/paths'], ['POST', '/batches'], ['POST', '/cli'], ['POST', '/backup'], ['POST', '/sync_album'], ['POST', '/api/v1/scan'], ['GET', '/api/v1/paths'], ['GET', '/api/v1/cards'], ['POST', '/api/v1/offload'], ['POST', '/api/v1/albums/:id/sync'], ['POST', '/api/v1/workflows/run']] as const) {
    const route = node.routes.find((each) => each.method === method && each.url === url)
    assert.is(route && needOf(route).role, 'admin', `${method} ${url}`)
  }
})

test('a key opens what its scopes say and nothing else', async ({ node }) => {
  for (const scope of SCOPES) {
    const { token } = await node.post<{ token: string }>('keys', { name: scope, scopes: [scope] })
    for (const route of node.routes) {
      const { open, scopes } = needOfRoute(route)
      assert.is(await node.letsIn(route, token), open || scopes.includes(scope), `${route.method} ${route.url} with ${scope}`)
    }
  }
})

test('single doors: watching, publishing, bringing in', () => {
  const scopes = (method: string, url: string) => needOf({ url, method, config: undefined }).scopes
  assert.ok(scopes('POST', '/whep/:camera').includes('live'))
  assert.ok(scopes('GET', '/hls/:camera/:file').includes('live'))
  assert.not.ok(scopes('PATCH', '/api/v1/cameras/:id').includes('live'))
  assert.equal(scopes('POST', '/whip/:camera').filter((scope) => scope === 'publish' || scope === 'live'), ['publish'])
  assert.ok(scopes('POST', '/api/v1/assets').includes('ingest'))
  assert.not.ok(scopes('GET', '/api/v1/assets').includes('ingest'))
})

test('a key is good until it expires, is removed, or its maker is no more, and never more than its maker', async ({ place }) => {
  const { keys, users } = place.accounts
  const maker = await users.create({ name: 'Maker', password: PASSWORD, role: 'editor' })
  const { key, token } = await keys.create({ name: 'camera cart', scopes: ['admin'], expiresMs: Date.now() + 60_000, by: maker.id })
  const status = async (path: string) => (await place.ask(path, { token })).status
  assert.equal([await status('/api/v1/assets'), await status('/api/v1/users')], [200, 403])
  await users.change(maker.id, { disabled: true })
  assert.is(await status('/api/v1/assets'), 401)
  await users.change(maker.id, { disabled: false })
  assert.is(await status('/api/v1/assets'), 200)
  const socket = new WebSocket(`${place.url.replace('http', 'ws')}/ws`, { headers: { authorization: `Bearer ${token}` } } as never)
  await once(socket, 'open')
  const closed = once(socket, 'close', { signal: AbortSignal.timeout(15_000) })
  place.clock.nowMs += 60_001
  assert.is(await status('/api/v1/assets'), 401)
  await keys.create({ name: 'another', scopes: ['read'], expiresMs: 0, by: '' }) // whoever is connected is looked at again
  await closed
  place.clock.nowMs -= 60_001
  await keys.remove(key.id)
  assert.is(await status('/api/v1/assets'), 401)
  assert.not.ok(JSON.stringify(place.records.list('keys')).includes(token.slice(-43)))
})

test('nobody is left without an administrator', async ({ place }) => {
  const { users } = place.accounts
  const admin = users.named('the admin')!
  for (const change of [{ role: 'viewer' as const }, { disabled: true }]) {
    const refused = await place.ask(`/api/v1/users/${admin.id}`, { method: 'PATCH', token: place.adminToken, body: change })
    assert.is(refused.status, 409)
  }
  assert.is((await place.ask(`/api/v1/users/${admin.id}`, { method: 'DELETE', token: place.adminToken })).status, 409)
})

test.run()
