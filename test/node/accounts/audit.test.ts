import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ApiKeyMade, AuditEntry, AuditList, LinkMade, SessionTokensView, UserMade } from '#protocols/http.ts'
import type { AssetId } from '#protocols/ids.ts'
import { ACCESS_SECONDS } from '../../../node/accounts/tokens.ts'
import { REFUSALS_TOLD } from '../../../node/http/audit-requests.ts'
import { editRoutes } from '../../../node/http/routes/organise/edits.ts'
import { createEdits } from '../../../node/organise/edits.ts'
import { createHistory } from '../../../node/organise/history.ts'
import { createRingHistory } from '../../../node/organise/ring-history.ts'
import { testPlace, type TestPlace } from '../../support/accounts-server.ts'

const test = suite<{ place: TestPlace; token: string; ids: AssetId[]; told: (action: RegExp) => Promise<AuditEntry[]> }>('the audit log')
const PASSWORD = 'four words of mine'
const NAMES = ['kiss', 'altar', 'ring']

test.before.each(async (context) => {
  const place = context.place = await testPlace({
    more: (ring) => {
      const { catalog } = ring
      const history = createHistory({ catalog })
      const ringHistory = createRingHistory({ history, ring: { ...ring, membership: { members: () => [] } } as never, mayTurn: () => true })
      return [editRoutes({ edits: createEdits({ catalog, history }), ringHistory, selected: { ids: async ({ ids = [] }: { ids?: string[] }) => ids } as never }), async (app) => { app.get('/api/v1/packages', async () => 'all of it') }]
    }
  })
  for (const name of NAMES) assert.is((await place.ask(`/api/v1/assets?name=${name}.mp4`, { method: 'POST', token: place.adminToken, body: name, headers: { 'content-type': 'video/mp4' } })).status, 200)
  context.ids = NAMES.map((name) => createHash('sha256').update(name).digest('hex') as AssetId)
  await place.accounts.users.create({ name: 'Maren', password: PASSWORD, role: 'admin' })
  context.token = (await place.accounts.signIn('maren', PASSWORD, '127.0.0.1')).access
  context.told = async (action) => (await place.ask('/api/v1/audit?limit=500', { token: context.token })).json<AuditList>().entries.filter((entry) => action.test(entry.action))
})
test.after.each(async ({ place }) => place.end())

const details = (entries: readonly AuditEntry[]): Array<string | undefined> => entries.map(({ detail }) => detail).sort()

test('an edit says what it made of how many, so that what was trashed and what was rated are two lines', async ({ place, token, ids, told }) => {
  assert.is((await place.ask(`/api/v1/assets/${ids[0]}`, { method: 'PATCH', token, body: { title: 'x' } })).status, 200)
  assert.equal(details(await told(/^PATCH .*\/assets\/:id$/)), ['title'])
  const edit = (patch: object) => place.ask('/api/v1/assets/edit', { token, body: { ids, patch } })
  for (const patch of [{ rating: 3, addTags: ['harbour'] }, { deleted: true }]) assert.is((await edit(patch)).status, 200)
  assert.equal(details(await told(/^POST .*\/assets\/edit$/)), ['into the trash: 3 assets', 'tags +harbour, ★★★: 3 assets'])
  assert.is((await place.ask('/api/v1/undo', { token, body: {} })).status, 200)
  assert.equal(details(await told(/undo$/)), ['into the trash: 3 assets'])
})

test('accounts, keys and links say what was made of whom, and no secret', async ({ place, token, ids, told }) => {
  const { user } = (await place.ask('/api/v1/users', { token, body: { name: 'Guest', role: 'viewer', password: 'seven lilies' } })).json<UserMade>()
  const all = { name: 'Visitor', role: 'viewer', limited: false, albums: [] } // as the page sends it
  for (const body of [all, { ...all, role: 'admin' }, { disabled: true, password: 'eight lilies' }]) assert.is((await place.ask(`/api/v1/users/${user.id}`, { method: 'PATCH', token, body })).status, 200)
  await place.ask(`/api/v1/users/${user.id}`, { method: 'PATCH', token, body: { role: 'editor', limited: true, albums: [{ album: 'wedding', may: 'edit' }] } })
  assert.equal((await told(/^POST .*\/users$/)).map(({ detail, targets }) => [detail, targets]), [['named Guest, role viewer, a new password', [user.id]]])
  assert.equal(details(await told(/^PATCH .*\/users/)), ['disabled, a new password', 'named Visitor instead of Guest', 'role admin instead of viewer', 'role editor instead of admin, limited to albums, edits album wedding'])
  const { key, token: secret } = (await place.ask('/api/v1/keys', { token, body: { name: 'cart', scopes: ['ingest', 'read'], expiresMs: Date.UTC(2036, 0) } })).json<ApiKeyMade>()
  assert.equal((await told(/^POST .*\/keys$/)).map(({ detail, targets }) => [detail, targets]), [['cart: read ingest, until 2036-01-01T00:00Z', [key.id]]])
  const { link, path } = (await place.ask('/api/v1/links', { token, body: { assets: [ids[0]], password: 'nine lilies', download: true } })).json<LinkMade>()
  assert.equal((await told(/^POST .*\/links$/)).map(({ detail, targets }) => [detail, targets]), [['1 asset, with originals, with a password', [link.id]]])
  const everything = JSON.stringify(await told(/./))
  for (const hidden of ['lilies', secret, path, PASSWORD, token]) assert.not.ok(everything.includes(hidden), hidden)
})

test('an original that is read is one line, in however many pieces, of each person; so is what leaves of the metadata', async ({ place, token, ids, told }) => {
  const read = (range?: string, asker = token) => place.ask(`/api/v1/assets/${ids[0]}/content`, { token: asker, ...range !== undefined && { headers: { range } } })
  assert.equal(await Promise.all(['bytes=1-1', 'bytes=0-1', 'bytes=2-3', undefined].map(async (range) => (await read(range)).status)), [206, 206, 206, 200])
  await place.accounts.audit.read({}) // what follows is not counted with what was before
  await read('bytes=0-0')
  await read(undefined, place.adminToken)
  assert.equal((await told(/content$/)).map(({ who, targets, count }) => [who, targets, count]).sort(), [['Maren', [ids[0]], 1], ['admin token', [ids[0]], 1]])
  assert.is((await place.ask('/api/v1/packages', { token })).status, 200)
  assert.is((await told(/packages$/)).length, 1)
  assert.is((await place.ask(`/api/v1/assets/${ids[0]}/poster`, { token })).status, 200)
  assert.is((await told(/poster$/)).length, 0)
})

test('tokens and keys that are refused are told, not without end, and not sessions that ran out', async ({ place, told }) => {
  const { key, token } = await place.accounts.keys.create({ name: 'cart', scopes: ['read'], expiresMs: 0, by: '' })
  await place.accounts.keys.remove(key.id)
  assert.is((await place.ask('/api/v1/assets', { token })).status, 401)
  assert.is((await place.ask('/api/v1/assets', { token: 'td_guess' })).status, 401)
  const { accessToken } = (await place.ask('/api/v1/session', { body: { name: 'maren', password: PASSWORD } })).json<SessionTokensView>()
  place.clock.nowMs += (ACCESS_SECONDS + 120) * 1_000
  assert.is((await place.ask('/api/v1/assets', { token: accessToken })).status, 401)
  assert.is((await place.ask('/api/v1/assets')).status, 401)
  place.clock.nowMs = 0
  assert.equal((await told(/refused/)).map(({ kind, action, targets, status }) => [kind, action, targets, status]).sort(), [['nobody', 'a key was refused', [key.id], 401], ['nobody', 'a token was refused', [], 401]])
  for (let n = 0; n < REFUSALS_TOLD + 10; n++) await place.ask('/api/v1/assets', { token: `td_guess_${n}` })
  assert.is((await told(/refused/)).reduce((sum, { count }) => sum + count, 0), REFUSALS_TOLD)
  assert.not.ok(JSON.stringify(await told(/./)).includes(token.slice(-43)))
})

test.run()
