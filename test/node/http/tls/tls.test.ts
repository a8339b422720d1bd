import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { connect, type PeerCertificate } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAlarms } from '#ring/base/alarms.ts'
import { silentLog } from '#ring/base/log.ts'
import { nodeApi } from '../../../../node/cli/api.ts'
import { makeCredential, ownCredential, readCredential, RENEW_BEFORE_MS } from '../../../../node/http/tls/certificate.ts'
import { askSelfJson } from '../../../../node/http/routes/seed/ask-self.ts'
import { createTls } from '../../../../node/http/tls/tls.ts'
import { cookiesOf, testPlace } from '../../../support/accounts-server.ts'

const test = suite<{ folder: string }>('TLS')
test.before.each(async (context) => { context.folder = await mkdtemp(join(tmpdir(), 'thatdam-tls-')) })
test.after.each(async ({ folder }) => rm(folder, { recursive: true }))

async function shown(url: string): Promise<PeerCertificate> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port), rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const certificate = socket.getPeerCertificate()
  socket.destroy()
  return certificate
}

test('a node makes a certificate for its names, keeps it, and makes another before it ends', async ({ folder }) => {
  const made = await ownCredential(folder, 'studio.example')
  assert.is((await ownCredential(folder, 'studio.example')).fingerprint, made.fingerprint)
  assert.is((await stat(join(folder, 'tls.pem'))).mode & 0o077, 0)
  assert.is.not((await ownCredential(folder, 'other.example')).fingerprint, made.fingerprint, 'a name it lacks')
  const last = await ownCredential(folder, 'other.example')
  assert.is.not((await ownCredential(folder, 'other.example', last.expiresMs - RENEW_BEFORE_MS + 60_000)).fingerprint, last.fingerprint, 'it ends soon')
})

test('pages and cookies go by TLS, and the command line talks to the certificate that was named and to no other', async ({ folder }) => {
  const place = await testPlace({ tls: { init: 'own', folder }, plugins: [async (app) => { app.get('/ask-on', async (asked) => askSelfJson(app, asked, 'GET', '/api/v1/users')) }] })
  try {
    const { url, fingerprint } = place.server
    assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/)
    const certificate = await shown(url)
    assert.is(certificate.fingerprint256, fingerprint)
    assert.match(String(certificate.subjectaltname), /DNS:localhost.*IP Address:127\.0\.0\.1/)
    const api = nodeApi({ node: url, token: place.adminToken, 'tls-fingerprint': fingerprint!.replaceAll(':', '').toLowerCase() })
    assert.equal((await api.get<{ users: unknown[] }>('users')).users, [])
    const wrong = nodeApi({ node: url, token: place.adminToken, 'tls-fingerprint': fingerprint!.replace(/^../, (pair) => pair === '00' ? '01' : '00') })
    await wrong.get('users').then(() => assert.unreachable(), (err) => assert.match(err.message, /another certificate/))
    await nodeApi({ node: url, token: place.adminToken }).get('users').then(() => assert.unreachable(), (err) => assert.match(err.message, /--tls-fingerprint/))
    await place.accounts.users.create({ name: 'Maren', password: 'four words of mine', role: 'admin' })
    const sent = request(`${url}/login`, { method: 'POST', rejectUnauthorized: false, agent: false, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    sent.end('name=maren&password=four words of mine')
    const [answer] = await once(sent, 'response')
    answer.resume()
    for (const cookie of answer.headers['set-cookie']) assert.match(cookie, /^__Host-thatdam_.*; HttpOnly; SameSite=Strict; Secure$/)
    assert.ok(cookiesOf(answer).includes('__Host-thatdam_access'))
    assert.is(answer.headers['strict-transport-security'], undefined, 'nobody vouches for it')
    const on = request(`${url}/ask-on`, { rejectUnauthorized: false, agent: false, headers: { cookie: cookiesOf(answer) } })
    on.end()
    const [asked] = await once(on, 'response')
    assert.equal((await json(asked) as { users: Array<{ name: string }> }).users?.map(({ name }) => name), ['Maren'], 'what the node asks itself for her, as the routes of the first clients do')
  } finally {
    await place.end()
  }
})

test('a given certificate is served with HSTS, and another one is taken while the server runs; files that went bad change nothing', async ({ folder }) => {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  const write = async (): Promise<string> => {
    const made = await makeCredential(['localhost', '127.0.0.1'], Date.now())
    await writeFile(files.cert, made.cert)
    await writeFile(files.key, made.key)
    return made.fingerprint
  }
  const first = await write()
  const place = await testPlace({ tls: { init: files, folder } })
  try {
    assert.is((await shown(place.server.url)).fingerprint256, first)
    const sent = request(`${place.server.url}/healthz`, { rejectUnauthorized: false, agent: false })
    sent.end()
    const [answer] = await once(sent, 'response')
    answer.resume()
    assert.is(answer.headers['strict-transport-security'], 'max-age=31536000')
    const second = await write()
    process.emit('SIGHUP')
    for (let tries = 0; (await shown(place.server.url)).fingerprint256 !== second; tries++) if (tries > 200) assert.unreachable('the new one is served')
    await writeFile(files.cert, 'no certificate')
    process.emit('SIGHUP')
    assert.is((await shown(place.server.url)).fingerprint256, second)
  } finally {
    await place.end()
  }
})

test('what is no certificate, has expired, or has another key is refused with a word', async ({ folder }) => {
  const made = await makeCredential(['localhost'], Date.now())
  const other = await makeCredential(['localhost'], Date.now())
  assert.throws(() => readCredential('nonsense', ''), /no certificate/)
  assert.throws(() => readCredential(made.cert, made.key, made.expiresMs + 1), /has expired/)
  await writeFile(join(folder, 'cert.pem'), made.cert)
  await writeFile(join(folder, 'key.pem'), other.key)
  const tls = (cert: string, key: string) => createTls({ alarms: createAlarms(), log: silentLog }, { init: { cert: join(folder, cert), key: join(folder, key) }, folder, host: 'localhost' })
  await tls('cert.pem', 'key.pem').start().then(() => assert.unreachable(), (err) => assert.match(err.message, /not the key/))
  await tls('cert.pem', 'absent.pem').start().then(() => assert.unreachable(), (err) => assert.match(err.message, /ENOENT/))
  assert.ok((await readFile(join(folder, 'cert.pem'), 'utf8')).includes('BEGIN'))
})

test.run()
