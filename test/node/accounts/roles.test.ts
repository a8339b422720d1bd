import { readFile } from 'node:fs/promises'
import type { FastifyPluginAsync, RouteOptions } from 'fastify'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { needOf } from '../../../node/http/authorise.ts'
import { addressRoutes } from '../../../node/http/routes/addresses.ts'
import { backupRoutes } from '../../../node/http/routes/backup.ts'
import { cameraControlRoutes } from '../../../node/http/routes/camera-control.ts'
import { deviceRoutes } from '../../../node/http/routes/devices.ts'
import { footageRoutes } from '../../../node/http/routes/footage.ts'
import { hlsRoutes } from '../../../node/http/routes/hls.ts'
import { pictureRoutes } from '../../../node/http/routes/pictures.ts'
import { playbackRoutes } from '../../../node/http/routes/playback.ts'
import { retentionRoutes } from '../../../node/http/routes/retention.ts'
import { thumbnailRoutes } from '../../../node/http/routes/thumbnails.ts'
import { whepRoutes } from '../../../node/http/routes/whep.ts'
import { whipRoutes } from '../../../node/http/routes/whip.ts'
import { type Role, ROLES, roleFor, SCOPES } from '../../../node/http/who.ts'
import { testPlace, type TestPlace } from '../../support/accounts-server.ts'

interface Route { readonly method: string; readonly url: string; readonly need: ReturnType<typeof needOf> }
const test = suite<{ place: TestPlace; routes: Route[]; tokens: Record<Role | 'limited', string> }>('roles')
const PASSWORD = 'four words of mine'

/** What a route answers does not matter here: whatever it touches of its parts fails, and that is no 401 and no 403. */
const nothing = new Proxy({}, { get: (_target, name) => name === 'catalog' ? { policy: {}, index: {}, copy: {} } : name === 'ring' ? nothing : undefined }) as never
const PLUGINS = [
  addressRoutes, backupRoutes, cameraControlRoutes, footageRoutes, hlsRoutes, pictureRoutes, playbackRoutes, retentionRoutes, thumbnailRoutes, whepRoutes, whipRoutes
].map((make) => (make as (parts: never) => FastifyPluginAsync)(nothing))

test.before(async (context) => {
  const routes: Route[] = []
  const onRoute = ({ method, url, config }: RouteOptions): void => {
    for (const each of [method].flat()) if (each !== 'HEAD' || !routes.some((route) => route.url === url && route.method === 'GET')) routes.push({ method: each, url, need: needOf({ url, method: each, config }) })
  }
  context.routes = routes
  context.place = await testPlace({ onRoute, plugins: [...PLUGINS, deviceRoutes({ desk: { machines: async () => { throw new Error('none') } } })] })
  const { accounts } = context.place
  context.tokens = {} as never
  for (const role of ROLES) await accounts.users.create({ name: `the ${role}`, password: PASSWORD, role })
  await accounts.users.create({ name: 'the limited', password: PASSWORD, role: 'editor', limited: true, albums: [{ album: 'a', may: 'edit' }] })
  for (const name of [...ROLES, 'limited'] as const) context.tokens[name] = (await accounts.signIn(`the ${name}`, PASSWORD, '127.0.0.1')).access
})
test.after(async ({ place }) => place.end())

/** Reached the handler (whatever it says) or was refused before it. */
async function isLetIn(place: TestPlace, { method, url }: Route, token: string | undefined): Promise<boolean> {
  const path = url.replace('*', 'index.html').replace(/:(\w+)/g, (_all, name: string) => name === 'token' ? 'x'.repeat(59) : name === 'id' ? '0123456789abcdef' : 'porch')
  const { status, body } = await place.ask(path, { method, ...token !== undefined && { token } })
  return status !== 401 && !(status === 403 && /ERR_FORBIDDEN/.test(body.toString()))
}

test('every registered route lets in those of its role and above, and nobody else', async ({ place, routes, tokens }) => {
  assert.ok(routes.length > 90, String(routes.length))
  for (const route of routes) {
    if (['/login', '/setup', '/logout', '/ws'].includes(route.url) || route.url.startsWith('/api/v1/session')) continue // they end sessions, or are no plain requests: tested by themselves
    const { open, role, albums } = route.need
    const isOpen = open || route.method === 'OPTIONS'
    assert.is(await isLetIn(place, route, undefined), isOpen, `${route.method} ${route.url} without a word`)
    for (const who of ROLES) assert.is(await isLetIn(place, route, tokens[who]), isOpen || ROLES.indexOf(who) >= ROLES.indexOf(role), `${route.method} ${route.url} as ${who}`)
    assert.is(await isLetIn(place, route, tokens.limited), isOpen || (albums && role !== 'admin'), `${route.method} ${route.url} limited to an album`)
  }
})

test('what is more or less than its method says is listed in the README', async ({ routes }) => {
  const isTold = ({ method, url, need }: Route): boolean => method !== 'OPTIONS' && method !== 'HEAD' && url !== '/*' && (need.open || need.albums || need.role !== roleFor(method))
  const lines = routes.filter(isTold).map(({ method, url, need }) => {
    const own = need.scopes.filter((scope) => !['read', 'edit', 'admin'].includes(scope))
    return `| \`${method} ${url}\` | ${need.open ? 'anybody' : need.role} | ${need.open ? '' : own.join(', ')} | ${need.albums && !need.open ? 'yes' : ''} |`
  })
  const table = [...new Set(lines)].sort((a, b) => a.split(' ')[2]!.localeCompare(b.split(' ')[2]!) || a.localeCompare(b)).filter((line) => !/`(?:GET|POST|PUT|PATCH|DELETE) \/(?:whep|whip)\//.test(line))
  const readme = await readFile(new URL('../../../node/accounts/README.md', import.meta.url), 'utf8')
  const shown = readme.split('\n').filter((line) => /^\| `[A-Z]+ \//.test(line))
  assert.equal(shown, table, `write this into node/accounts/README.md:\n${table.join('\n')}`)
})

test('a key opens what its scopes say and nothing else', async ({ place, routes }) => {
  for (const scope of SCOPES) {
    const { token } = await place.accounts.keys.create({ name: scope, scopes: [scope], expiresMs: 0, by: '' })
    for (const route of routes) {
      if (route.need.open || route.method === 'OPTIONS' || route.url === '/ws' || route.url.startsWith('/api/v1/session')) continue
      assert.is(await isLetIn(place, route, token), route.need.scopes.includes(scope), `${route.method} ${route.url} with ${scope}`)
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
  place.clock.nowMs += 60_001
  assert.is(await status('/api/v1/assets'), 401)
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
