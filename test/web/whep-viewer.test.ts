/** The WHEP viewer against a browser made of plain objects: what it asks of a node, and when it asks again. */
import assert from 'node:assert/strict'
import { test } from 'uvu'
import { fakeBrowser, settle } from './fake-browser.ts'

// Imported by address: the root type check has no browser types, and the viewer is made of them.
const at = (file: string): string => new URL(`../../web/src/live/${file}`, import.meta.url).href
const { WhepViewer, NOT_LIVE_RETRY_MS, REFUSED_RETRY_MS } = await import(at('whep-viewer.ts'))
const { LAST_RETRY_MS, STALL_MS } = await import(at('live-session.ts'))
const { askIceServers, SERVERS_KEPT_MS } = await import(new URL('../../web/src/live/ice-servers.ts', import.meta.url).href)
const { wordsOf } = await import(new URL('../../web/src/live/tile-words.ts', import.meta.url).href)

const created = (): Response => new Response('answer', { status: 201, headers: { location: 'porch/session-1' } })
const notLive = (): Response => Response.json({ error: { code: 'ERR_TRACK_UNAVAILABLE', message: 'Nobody is publishing it.' } }, { status: 409 })

function watch(answer: () => Response) {
  const browser = fakeBrowser(answer)
  const viewer = new WhepViewer({ endpoint: '/whep/porch', environment: browser.environment, onState: (state: { type: string }) => browser.states.push(state), onStream: () => undefined })
  viewer.start()
  return { browser, viewer }
}

async function play(answer: () => Response = created) {
  const watched = watch(answer)
  await settle()
  watched.browser.peer.gathered()
  await settle()
  watched.browser.peer.become('connected')
  return watched
}

test('it offers to receive both kinds, waits for its candidates, and plays what is answered', async () => {
  const { browser, viewer } = watch(created)
  await settle()
  assert.deepEqual(browser.asked, [], 'no offer before the candidates are in')
  browser.peer.gathered()
  await settle()
  assert.deepEqual(browser.asked.map(({ method, url, body }) => [method, url, body]), [['POST', '/whep/porch', 'offer with candidates']])
  assert.deepEqual(browser.peer.directions, ['video recvonly', 'audio recvonly'])
  assert.equal(browser.peer.answer, 'answer')
  browser.peer.become('connected')
  assert.equal(viewer.state.type, 'playing')
})

test('candidates are waited for one second, not more', async () => {
  const { browser } = watch(created)
  await settle()
  await browser.pass(999)
  assert.equal(browser.asked.length, 0)
  await browser.pass(1)
  assert.equal(browser.asked.length, 1)
})

test('stopping deletes the session at its Location, even while the page goes', async () => {
  const { browser, viewer } = await play()
  viewer.stop()
  assert.deepEqual(browser.asked.at(-1), { method: 'DELETE', url: 'http://node/whep/porch/session-1', body: undefined, keepalive: true })
  assert.equal(browser.peer.closed, true)
  assert.equal(viewer.state.type, 'closed')
})

test('a session that is answered after stopping is deleted too', async () => {
  const { browser, viewer } = watch(created)
  await settle()
  browser.peer.gathered()
  viewer.stop()
  await settle()
  assert.deepEqual(browser.asked.map(({ method }) => method), ['POST', 'DELETE'])
  await browser.pass(60_000)
  assert.equal(browser.peers.length, 1)
})

test('a camera that is not live is waited for, and a poke asks at once', async () => {
  let answer = notLive
  const { browser, viewer } = watch(() => answer())
  await settle()
  browser.peer.gathered()
  await settle()
  assert.deepEqual(browser.state, { type: 'waiting', reason: 'Nobody is publishing it.' })
  await browser.pass(NOT_LIVE_RETRY_MS)
  assert.equal(browser.peers.length, 2)
  browser.peer.gathered()
  await settle()
  answer = created
  viewer.poke()
  await settle()
  assert.equal(browser.peers.length, 3)
})

test('a camera that was never attached is waited for as one that is not live: its tile says why', async () => {
  const { browser } = watch(() => new Response(JSON.stringify({ error: { message: 'there is no camera busy' } }), { status: 404 }))
  await settle()
  browser.peer.gathered()
  await settle()
  assert.equal(browser.state.type, 'waiting')
})

test('each failure waits longer, up to a limit, and says which try it is', async () => {
  const { browser } = watch(() => new Response('', { status: 503 }))
  const waits: number[] = []
  for (let attempt = 1; attempt <= 7; attempt += 1) {
    await settle()
    browser.peer.gathered()
    await settle()
    const { state } = browser
    assert.deepEqual([state.type, state.attempt], ['retrying', attempt])
    waits.push((state.atMs ?? 0) - browser.nowMs)
    await browser.pass(waits.at(-1)!)
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, LAST_RETRY_MS, LAST_RETRY_MS])
})

test('a lost connection and a picture that stands still both start a new session', async () => {
  const { browser, viewer } = await play()
  viewer.reportProgress(10)
  browser.nowMs += STALL_MS + 1
  viewer.reportProgress(11)
  assert.equal(viewer.state.type, 'playing')
  browser.nowMs += STALL_MS + 1
  viewer.reportProgress(11)
  assert.deepEqual([viewer.state.type, viewer.state.reason], ['retrying', 'the picture stood still'])
  await browser.pass(LAST_RETRY_MS)
  browser.peer.gathered()
  await settle()
  browser.peer.become('connected')
  browser.peer.become('failed')
  assert.equal(viewer.state.reason, 'the connection was lost')
})

test('media that never flows is given up after a while', async () => {
  const { browser, viewer } = watch(created)
  await settle()
  browser.peer.gathered()
  await settle()
  await browser.pass(10_000)
  assert.equal(viewer.state.reason, 'no way for the media was found')
})

test('a camera whose codec this browser lacks is no failure: the node\'s words are shown, and it is asked for again later', async () => {
  let answer = (): Response => Response.json({ error: { code: 'ERR_OFFER_NOT_ACCEPTABLE', message: 'the camera sends HEVC' } }, { status: 406 })
  const { browser } = watch(() => answer())
  await settle()
  browser.peer.gathered()
  await settle()
  assert.deepEqual(browser.state, { type: 'refused', reason: 'the camera sends HEVC' })
  assert.deepEqual(wordsOf(browser.state, { live: true, reason: null }), { title: 'This browser can not show it', detail: 'the camera sends HEVC' })
  answer = created
  await browser.pass(REFUSED_RETRY_MS)
  browser.peer.gathered()
  await settle()
  browser.peer.become('connected')
  assert.equal(browser.state.type, 'playing')
})

test('the servers a node names are asked for once for all connections, and used', async () => {
  const asked: string[] = []
  let link: string | null = '<stun:stun.example.net>; rel="ice-server", <turn:turn.example.net:3478?transport=udp>; rel="ice-server"; username="1:a,b"; credential="x;y="; credential-type="password", </other>; rel="next"'
  const ask = askIceServers(async (url: string, { method }: { method: string }) => {
    asked.push(`${method} ${url}`)
    if (link === null) throw new TypeError('no network')
    return new Response(null, { headers: { link } })
  }, 'http://node/page', () => nowMs)
  let nowMs = 0
  const expected = [{ urls: 'stun:stun.example.net' }, { urls: 'turn:turn.example.net:3478?transport=udp', username: '1:a,b', credential: 'x;y=' }]
  assert.deepEqual(await Promise.all([ask('/whep/porch'), ask('/whep/gate')]), [expected, expected])
  assert.deepEqual(asked, ['HEAD /whep/porch'])
  nowMs = SERVERS_KEPT_MS
  link = null
  assert.deepEqual(await ask('/whep/gate'), [], 'without an answer there are none, and the next connection asks again')
  link = ''
  assert.deepEqual(await ask('/whep/gate'), [])
  assert.equal(asked.length, 3)
  const browser = fakeBrowser(created)
  browser.iceServers = expected
  new WhepViewer({ endpoint: '/whep/porch', environment: browser.environment, onState: () => undefined, onStream: () => undefined }).start()
  await settle()
  assert.deepEqual(browser.peer.iceServers, expected)
})

test.run()
