// needs: ffmpeg
import assert from 'node:assert/strict'
import { suite } from 'uvu'
import { RATE_BURST } from '../../../../node/http/rate-limit.ts'
import { Client } from '../../../conformance/client.ts'
import { hold, lineOf, type Outcome } from '../../../conformance/requirement.ts'
import { WHEP } from '../../../conformance/whep-requirements.ts'
import { WHIP } from '../../../conformance/whip-requirements.ts'
import { type LiveServer, startLiveServer } from '../../../support/live-server.ts'
import { until } from '../../../support/until.ts'

const test = suite('conformance')
let server: LiveServer

test.before(async () => { server = await startLiveServer({ iceServers: [{ urls: 'stun:stun.example.net' }, { urls: 'turn:turn.example.net?transport=udp', username: 'me', credential: 's3cret' }] }) })
test.after(async () => { await server.stop() })

/** Whatever of the documents can be done without was done here: only the token is not asked for. */
function judge(outcomes: readonly Outcome[]): void {
  assert.deepEqual(outcomes.filter(({ verdict }) => verdict === 'not ok').map(lineOf), [])
  assert.deepEqual(outcomes.filter(({ verdict }) => verdict === 'skipped').map(({ detail }) => detail), ['no --token'])
}

test('this server is held to every requirement of WHEP', async () => {
  judge(await hold(WHEP, new Client({ endpoint: `${server.url}/whep/porch`, role: 'watch' })))
  assert.equal(server.whep.count(), 0, 'and nothing is left of it')
})

test('also where its viewers are on a thread of their own', async () => {
  const threaded = await startLiveServer({ iceServers: [{ urls: 'stun:stun.example.net' }], localViewers: 0 })
  try {
    judge(await hold(WHEP, new Client({ endpoint: `${threaded.url}/whep/porch`, role: 'watch' })))
    await until(() => threaded.whep.count() === 0, 'nothing is left of it')
  } finally {
    await threaded.stop()
  }
})

test('this server is held to every requirement of WHIP', async () => {
  judge(await hold(WHIP, new Client({ endpoint: `${server.url}/whip/desk?name=Desk`, role: 'publish' })))
  assert.equal(server.whip.count(), 0)
  assert.deepEqual(server.cameras.all(), [])
})

test('TURN credentials come with the 201 and to who looks at the endpoint signed in, never to a preflight', async () => {
  const client = new Client({ endpoint: `${server.url}/whep/porch`, role: 'watch' })
  const { answer, url } = await client.open()
  const told = '<stun:stun.example.net>; rel="ice-server", <turn:turn.example.net?transport=udp>; rel="ice-server"; username="me"; credential="s3cret"; credential-type="password"'
  assert.equal(answer.headers.get('link'), told)
  for (const method of ['GET', 'HEAD']) assert.equal((await client.ask(method)).headers.get('link'), told)
  for (const method of ['GET', 'HEAD', 'OPTIONS']) assert.equal((await client.ask(method, { url })).headers.get('link'), null)
  assert.equal((await client.ask('OPTIONS')).headers.get('link'), null)
  await client.cleanUp()
})

test('one address can not ask without end, and is told when to ask again; looking is free', async () => {
  const flooded = await startLiveServer()
  const ask = (method: string): Promise<Response> => fetch(`${flooded.url}/whep/porch/AAAAAAAAAAAAAAAAAAAAAA`, { method })
  try {
    const answers = await Promise.all(Array.from({ length: 2 * RATE_BURST }, () => ask('DELETE')))
    const [refused] = answers.filter(({ status }) => status === 429)
    assert.ok(Number(refused?.headers.get('retry-after')) >= 1)
    assert.ok(answers.filter(({ status }) => status === 404).length >= RATE_BURST)
    assert.equal((await ask('GET')).status, 404)
  } finally {
    await flooded.stop()
  }
})

test('a suite that can not fail would prove nothing: a server that is none fails it', async () => {
  const outcomes = await hold(WHEP, new Client({ endpoint: `${server.url}/nothing`, role: 'watch' }))
  assert.ok(outcomes.filter(({ verdict }) => verdict === 'not ok').length > 15)
})

test.run()
