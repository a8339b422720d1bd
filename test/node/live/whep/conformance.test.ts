// needs: ffmpeg
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
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

/** Whatever of the documents can be done without was done here: only the token is not asked for, and nobody sent elsewhere. */
function judge(outcomes: readonly Outcome[], skipped: readonly string[] = ['no redirect', 'no --token']): void {
  assert.deepEqual(outcomes.filter(({ verdict }) => verdict === 'not ok').map(lineOf), [])
  assert.deepEqual(outcomes.filter(({ verdict }) => verdict === 'skipped').map(({ detail }) => detail), skipped)
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

/** A server that answers so, while `work` goes on. */
async function answering(answer: (request: IncomingMessage, response: ServerResponse) => void, work: (url: string) => Promise<void>): Promise<void> {
  const front = createServer(answer).listen(0, '127.0.0.1')
  await once(front, 'listening')
  try {
    await work(`http://127.0.0.1:${(front.address() as AddressInfo).port}`)
  } finally {
    front.close()
    front.closeAllConnections()
  }
}

test('so is a server behind one that sends everybody on to it', async () => {
  const sendOn = ({ url = '' }: IncomingMessage, response: ServerResponse): void => void response.writeHead(307, { location: `${server.url}${url}` }).end()
  await answering(sendOn, async (url) => judge(await hold(WHIP, new Client({ endpoint: `${url}/whip/desk`, role: 'publish' })), ['no --token']))
  assert.equal(server.whip.count(), 0)
})

test('who makes a GET of a POST is found out, and who sends on without end', async () => {
  const [redirects] = WHEP.filter(({ claim }) => claim.startsWith('a POST is redirected'))
  for (const [status, detail] of [[302, '302'], [308, '308 after 5 redirects']] as const) {
    const round = ({ url = '' }: IncomingMessage, response: ServerResponse): void => void response.writeHead(status, { location: `${url}+` }).end()
    await answering(round, async (url) => {
      const [outcome] = await hold([redirects!], new Client({ endpoint: `${url}/whep/porch`, role: 'watch' }))
      assert.deepEqual([outcome?.verdict, outcome?.detail], ['not ok', detail])
    })
  }
})

test('a token is shown to the server it is for, and to where that says its sessions are', async () => {
  const shown: string[] = []
  const note = ({ url = '', headers: { authorization = 'nothing' } }: IncomingMessage): void => { shown.push(`${url} ${authorization}`) }
  await answering((request, response) => {
    note(request)
    response.writeHead(201, { location: '/session' }).end()
  }, (other) => answering((request, response) => {
    note(request)
    if (request.url === '/made') response.writeHead(201, { location: `${other}/session` }).end()
    else response.writeHead(307, { location: request.url === '/one' ? '/two' : `${other}/three` }).end()
  }, async (url) => {
    const client = new Client({ endpoint: `${url}/one`, role: 'watch', token: 'T' })
    const { status, redirects, url: last } = await client.ask('POST', { body: 'v=0' })
    assert.deepEqual([status, redirects, last], [201, 2, `${other}/three`])
    await client.ask('GET', { url: `${other}/session` })
    await client.ask('POST', { url: `${url}/made` })
    await client.ask('GET', { url: `${other}/session` })
    assert.deepEqual(shown, ['/one Bearer T', '/two Bearer T', '/three nothing', '/session nothing', '/made Bearer T', '/session Bearer T'])
  }))
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
