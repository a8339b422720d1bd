import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { SignJWT } from 'jose'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { IDLE_SESSION_MS, LONGEST_SESSION_MS, MAX_SESSIONS_OF_ONE, RENEWAL_GRACE_MS } from '../../../node/accounts/sessions.ts'
import { ACCESS_SECONDS } from '../../../node/accounts/tokens.ts'
import { socketAliases } from '../../../node/http/routes/seed/sockets.ts'
import { ringSecret } from '../../../ring/identity/ring-secret.ts'
import type { ErrorBody, SessionTokensView, SessionView } from '#protocols/http.ts'
import { cookiesOf, memoryRecords, testPlace, type TestPlace } from '../../support/accounts-server.ts'
import { until } from '../../support/until.ts'

const test = suite<{ place: TestPlace; seed: Uint8Array }>('sessions')
const PASSWORD = 'four words of mine'

test.before.each(async (context) => {
  context.seed = randomBytes(32)
  context.place = await testPlace({ ringSeed: context.seed })
  await context.place.accounts.users.create({ name: 'Maren', password: PASSWORD, role: 'admin' })
})
test.after.each(async ({ place }) => place.end())

const program = async (place: TestPlace): Promise<SessionTokensView> => (await place.ask('/api/v1/session', { body: { name: 'maren', password: PASSWORD } })).json<SessionTokensView>()
const me = (place: TestPlace, token: string) => place.ask('/api/v1/session', { token })
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test('whoever signs in has a session in cookies that scripts do not see, and signs out of it', async ({ place }) => {
  const signedIn = await place.ask('/login', { form: { name: 'MAREN', password: PASSWORD } })
  for (const cookie of [signedIn.headers['set-cookie']].flat()) assert.match(String(cookie), /Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/)
  const cookie = cookiesOf(signedIn)
  assert.equal((await place.ask('/api/v1/session', { cookie })).json<SessionView>(), { kind: 'user', id: place.accounts.users.named('maren')!.id, name: 'Maren', role: 'admin', limited: false, accounts: true })
  assert.is((await place.ask('/api/v1/ring', { cookie })).status, 200)
  assert.is((await place.ask('/logout', { method: 'POST', cookie })).status, 303)
  assert.is((await place.ask('/api/v1/ring', { cookie })).status, 401)
})

test('a token that was not signed with the key of this ring, or not for this, or not with this algorithm, opens nothing', async ({ place, seed }) => {
  const good = (await program(place)).accessToken
  assert.is((await me(place, good)).status, 200)
  const [head = '', claims = '', signature = ''] = good.split('.')
  const known = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
  const key = ringSecret(seed, 'sessions')
  const sign = (header: object, payload: object, secret: Uint8Array): string => {
    const signed = `${part(header)}.${part(payload)}`
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
  }
  const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as object
  assert.is((await me(place, sign(header, known, key))).status, 200, 'the forger of this test knows how')
  const forged = {
    'no algorithm': `${part({ ...header, alg: 'none' })}.${claims}.`, 'no signature': `${head}.${claims}.`,
    'another algorithm': sign({ ...header, alg: 'RS256' }, known, key), 'a shorter hash': sign({ ...header, alg: 'HS512' }, known, key), 'no kind': sign({ alg: 'HS256' }, known, key),
    'another role in the claims': `${head}.${part({ ...known, sub: 'ffffffffffffffff' })}.${signature}`,
    'the key of another ring': sign(header, known, ringSecret(randomBytes(32), 'sessions')), 'the key of links': sign(header, known, ringSecret(seed, 'links')),
    'another ring in the claims': sign(header, { ...known, iss: 'e'.repeat(64) }, key), 'for links': sign(header, { ...known, aud: 'link' }, key),
    'expired': sign(header, { ...known, exp: Math.floor(Date.now() / 1000) - 120 }, key), 'never ending': sign(header, (({ exp: _exp, ...rest }) => rest)(known), key),
    'an account that is not there': sign(header, { ...known, sub: '0123456789abcdef' }, key), 'a session that this node does not keep': sign(header, { ...known, sid: '0123456789abcdef' }, key),
    'an older epoch': sign(header, { ...known, epoch: 'before' }, key), 'a header that names a key': sign({ ...header, jwk: { kty: 'oct', k: 'AAAA' } }, known, Buffer.from('AAAA', 'base64url')),
    'critical extensions': sign({ ...header, crit: ['x'], x: 1 }, known, key), 'ten thousand characters': `${good}${'A'.repeat(10_000)}`
  }
  for (const [what, token] of Object.entries(forged)) assert.is((await me(place, token)).status, 401, what)
  assert.is((await me(place, await new SignJWT({}).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' }).sign(key))).status, 401, 'no claims')
})

test('an access token ends by itself; what renews it works once, and coming again it ends the session', async ({ place }) => {
  const first = await program(place)
  place.clock.nowMs += (ACCESS_SECONDS + 120) * 1000
  assert.is((await me(place, first.accessToken)).status, 401, 'expired')
  const renew = (refreshToken: string | null) => place.ask('/api/v1/session/renew', { body: { refreshToken } })
  const second = (await renew(first.refreshToken)).json<SessionTokensView>()
  assert.is((await me(place, second.accessToken)).status, 200)
  const atOnce = (await renew(first.refreshToken)).json<SessionTokensView>()
  assert.is(atOnce.refreshToken, null, 'two pages that renew at the same moment')
  place.clock.nowMs += RENEWAL_GRACE_MS + 1
  assert.is((await renew(first.refreshToken)).status, 401, 'stolen')
  assert.is((await renew(second.refreshToken)).status, 401, 'and with it its successor')
  assert.is((await me(place, second.accessToken)).status, 401)
  assert.match(JSON.stringify(await place.accounts.audit.read({})), /came a second time/)
})

test('whoever signs in over and over ends their own oldest session, and nobody else\'s', async ({ place }) => {
  const { users, sessions } = place.accounts
  await users.create({ name: 'Ben', password: PASSWORD, role: 'viewer' })
  const maren = await program(place)
  const ben = users.named('ben')!
  const tokens: string[] = []
  for (let i = 0; i <= MAX_SESSIONS_OF_ONE; i++) {
    place.clock.nowMs++
    tokens.push((await sessions.open(ben)).access)
  }
  assert.is((await me(place, maren.accessToken)).status, 200)
  assert.equal(await Promise.all([0, 1, MAX_SESSIONS_OF_ONE].map(async (at) => (await me(place, tokens[at]!)).status)), [401, 200, 200])
})

test('a browser whose access has ended is renewed on the way, also many requests at once, and left alone for a week it has to sign in', async ({ place }) => {
  const cookie = await place.signIn('Maren', PASSWORD)
  place.clock.nowMs += (ACCESS_SECONDS + 120) * 1000
  const answers = await Promise.all(Array.from({ length: 6 }, () => place.ask('/api/v1/ring', { cookie })))
  assert.equal(answers.map(({ status }) => status), [200, 200, 200, 200, 200, 200])
  const renewed = answers.map(cookiesOf).find((given) => given.includes('refresh'))!
  assert.is((await place.ask('/api/v1/ring', { cookie: renewed })).status, 200)
  place.clock.nowMs += IDLE_SESSION_MS + 1
  assert.is((await place.ask('/api/v1/ring', { cookie: renewed })).status, 401)
})

test('a cookie that is there twice is none: the page beside this one may have put it there', async ({ place }) => {
  const cookie = await place.signIn('Maren', PASSWORD)
  const [name = ''] = cookie.split('=')
  for (const tossed of [`${cookie}; ${name}=x`, `${name}=x; ${cookie}`]) assert.is((await place.ask('/api/v1/session', { cookie: tossed.replace(/;[^;]*refresh[^;]*/g, '') })).status, 401, tossed)
})

test('another page can neither sign somebody in nor use the cookies', async ({ place }) => {
  const cookie = await place.signIn('Maren', PASSWORD)
  const foreign = { origin: 'http://evil.example' }
  assert.is((await place.ask('/login', { form: { name: 'maren', password: PASSWORD }, headers: foreign })).status, 403)
  const refused = await place.ask('/api/v1/users', { cookie, headers: foreign, body: { name: 'Eve', role: 'admin' } })
  assert.equal([refused.status, refused.json<ErrorBody>().error.message], [403, 'requests from other web pages are refused'])
  assert.is((await place.ask('/api/v1/users', { cookie, headers: { 'sec-fetch-site': 'cross-site' }, body: { name: 'Eve', role: 'admin' } })).status, 403)
  assert.is((await place.ask('/api/v1/users', { cookie, headers: { host: 'evil.example' } })).status, 403, 'a name that was rebound')
  assert.is(place.accounts.users.list().length, 1)
})

test('a new password, a new role, disabling and signing out everywhere end all sessions; the key of the ring changes without ending one', async ({ place }) => {
  const { users } = place.accounts
  const id = users.named('maren')!.id
  await users.create({ name: 'Second', password: PASSWORD, role: 'admin' })
  const ends: Array<[string, () => Promise<unknown>, string]> = [
    ['signed out everywhere', () => users.endSessions(id), PASSWORD], ['new password', () => users.change(id, { password: 'another four words' }), 'another four words'], ['new role', () => users.change(id, { role: 'viewer' }), 'another four words']
  ]
  for (const [what, end, next] of ends) {
    const cookie = await place.signIn('Maren', place.accounts.users.find(id)!.role === 'viewer' ? next : what === 'signed out everywhere' || what === 'new password' ? PASSWORD : next)
    assert.is((await place.ask('/api/v1/session', { cookie })).status, 200, what)
    await end()
    assert.is((await place.ask('/api/v1/session', { cookie })).status, 401, what)
  }
  const cookie = await place.signIn('Maren', 'another four words')
  place.rotate()
  assert.is((await place.ask('/api/v1/session', { cookie })).status, 200, 'renewed under the new key')
  await users.change(id, { disabled: true })
  assert.is((await place.ask('/api/v1/session', { cookie })).status, 401)
  assert.is((await place.ask('/login', { form: { name: 'Maren', password: 'another four words' } })).status, 401)
})

test('what a browser opened whose access had just ended is closed when it signs out', async ({ place }) => {
  const cookie = await place.signIn('Maren', PASSWORD)
  const socket = new WebSocket(`${place.url.replace('http', 'ws')}/ws`, { headers: { cookie: cookie.split('; ').find((each) => each.includes('refresh')) } } as never)
  await once(socket, 'open')
  const closed = once(socket, 'close', { signal: AbortSignal.timeout(15_000) })
  assert.is((await place.ask('/api/v1/session', { method: 'DELETE', cookie })).status, 204)
  assert.is(((await closed)[0] as CloseEvent).code, 4401)
})

test('a socket of the first clients neither outlives the account nor ends the session of the browser that holds it open', async () => {
  const place = await testPlace({ plugins: [socketAliases({} as never)] })
  try {
    const maren = await place.accounts.users.create({ name: 'Maren', password: PASSWORD, role: 'editor' })
    await place.accounts.users.create({ name: 'Ada', password: PASSWORD, role: 'admin' })
    const cookie = await place.signIn('Maren', PASSWORD)
    const socket = new WebSocket(`${place.url.replace('http', 'ws')}/ws/control`, { headers: { cookie } } as never)
    const told = (): Promise<unknown> => once(socket, 'message', { signal: AbortSignal.timeout(15_000) })
    await told()
    place.clock.nowMs += (ACCESS_SECONDS + 120) * 1000
    const renewed = cookiesOf(await place.ask('/api/v1/session', { cookie }))
    await told()
    place.clock.nowMs += RENEWAL_GRACE_MS + 1
    await told()
    await told()
    assert.is((await place.ask('/api/v1/session', { cookie: renewed })).status, 200)
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(15_000) })
    await place.accounts.users.change(maren.id, { disabled: true })
    assert.is(((await closed)[0] as CloseEvent).code, 4401)
  } finally {
    await place.end()
  }
})

test('whoever changes the own password stays signed in here and nowhere else', async ({ place }) => {
  const [here, there] = [await place.signIn('Maren', PASSWORD), await place.signIn('Maren', PASSWORD)]
  const change = (current: string) => place.ask('/api/v1/session/password', { method: 'PUT', cookie: here, body: { current, password: 'quite another one' } })
  assert.is((await change('wrong')).status, 401)
  const changed = await change(PASSWORD)
  assert.is(changed.status, 204)
  assert.is((await place.ask('/api/v1/session', { cookie: cookiesOf(changed) })).status, 200)
  assert.is((await place.ask('/api/v1/session', { cookie: there })).status, 401)
})

test('an access token of one node is good on another of the ring, and not after signing out there', async ({ place, seed }) => {
  const other = await testPlace({ ringSeed: seed, records: place.records, self: 'birch-peer' })
  const stranger = await testPlace()
  try {
    const { accessToken } = await program(place)
    assert.is((await me(other, accessToken)).status, 200)
    assert.is((await me(stranger, accessToken)).status, 401)
    assert.is((await place.ask('/api/v1/session', { method: 'DELETE', token: accessToken })).status, 204)
    assert.is((await me(place, accessToken)).status, 401)
    assert.is((await me(other, accessToken)).status, 401)
  } finally {
    await other.end()
    await stranger.end()
  }
})

test('a session ended on another node is not renewed by the one that keeps it, however late, and is not on its disk', async ({ place, seed }) => {
  const other = await testPlace({ ringSeed: seed, records: place.records, self: 'birch-peer' })
  const renew = (refreshToken: string | null) => place.ask('/api/v1/session/renew', { body: { refreshToken } })
  const signOut = (token: string) => other.ask('/api/v1/session', { method: 'DELETE', token })
  const kept = () => readFile(`${place.folder}/sessions.json`, 'utf8')
  try {
    const [stolen, another] = [await program(place), await program(place)]
    const [, session = ''] = stolen.refreshToken!.split('_')
    assert.ok((await kept()).includes(session))
    assert.is((await signOut(stolen.accessToken)).status, 204)
    await until(async () => !(await kept()).includes(session), 'the node that keeps it forgets it')
    place.clock.nowMs += 18 * 60_000
    other.clock.nowMs += 18 * 60_000
    assert.is((await signOut((await renew(another.refreshToken)).json<SessionTokensView>().accessToken)).status, 204)
    assert.is((await renew(stolen.refreshToken)).status, 401)
  } finally {
    await other.end()
  }
})

test('a node that was away while its session was ended elsewhere forgets it when it starts', async ({ place, seed }) => {
  const { refreshToken } = await program(place)
  const [, session = ''] = refreshToken!.split('_')
  await place.accounts.sessions.stop()
  const other = await testPlace({ ringSeed: seed, records: place.records, self: 'birch-peer' })
  try {
    await other.accounts.sessions.close(session)
    other.clock.nowMs += LONGEST_SESSION_MS - 60_000
    await other.accounts.sessions.close('0123456789abcdef')
    await place.accounts.sessions.start()
    assert.not.ok((await readFile(`${place.folder}/sessions.json`, 'utf8')).includes(session))
    assert.is((await place.ask('/api/v1/session/renew', { body: { refreshToken } })).status, 401)
    other.clock.nowMs += 120_000
    await other.accounts.sessions.close('fedcba9876543210')
    assert.equal(place.records.list('ended-sessions').map(({ id }) => id), ['0123456789abcdef', 'fedcba9876543210'], 'remembered no longer than it could have lived')
  } finally {
    await other.end()
  }
})

test('guesses at one account are slowed, in parallel too, and other accounts are not', async ({ place }) => {
  await place.accounts.users.create({ name: 'Other', password: PASSWORD, role: 'viewer' })
  const guess = (name: string, password: string) => place.ask('/login', { form: { name, password } })
  const statuses = (await Promise.all(Array.from({ length: 12 }, (_, n) => guess('maren', `guess ${n}`)))).map(({ status }) => status)
  assert.is(statuses.filter((status) => status === 401).length, 5)
  assert.is(statuses.filter((status) => status === 429).length, 7)
  const late = await guess('maren', PASSWORD)
  assert.is(late.status, 429)
  assert.match(String(late.headers['retry-after']), /^\d+$/)
  assert.is((await guess('other', PASSWORD)).status, 303, 'another account is not slowed')
})

test('a name that is not there and one that is are refused alike', async ({ place }) => {
  const [unknown, wrong] = [await place.ask('/api/v1/session', { body: { name: 'nobody', password: 'x' } }), await place.ask('/api/v1/session', { body: { name: 'maren', password: 'x' } })]
  assert.equal([unknown.status, unknown.json<ErrorBody>()], [wrong.status, wrong.json<ErrorBody>()])
})

test('the admin token goes on working, and its holder has no account', async ({ place }) => {
  assert.equal((await me(place, place.adminToken)).json<SessionView>().role, 'admin')
  assert.is((await place.ask('/api/v1/users', { token: place.adminToken })).status, 200)
  assert.is((await place.ask('/api/v1/session', { method: 'DELETE', token: place.adminToken })).status, 403)
})

test('sessions are there again after a restart, and nothing on disk signs anybody in', async ({ seed }) => {
  const records = memoryRecords()
  const place = await testPlace({ ringSeed: seed, records })
  await place.accounts.users.create({ name: 'Maren', password: PASSWORD, role: 'admin' })
  const { refreshToken } = await program(place)
  const kept = await readFile(`${place.folder}/sessions.json`, 'utf8')
  assert.not.ok(kept.includes(refreshToken!.slice(-43)))
  await place.accounts.sessions.start()
  assert.is((await place.ask('/api/v1/session/renew', { body: { refreshToken } })).status, 200)
  await place.end()
})

test.run()
