/** The WHIP publisher against a browser made of plain objects: what it asks of a node, and when it asks again. */
import assert from 'node:assert/strict'
import { test } from 'uvu'
import { fakeBrowser, type FakeTrack, settle } from './fake-browser.ts'

// Imported by address: the root type check has no browser types, and the publisher is made of them.
const at = (path: string): string => new URL(`../../web/src/${path}`, import.meta.url).href
const { WhipPublisher, MAX_BITRATE, preferredCodecs, TAKEN_RETRY_MS } = await import(at('camera/whip-publisher.ts'))
const { LAST_RETRY_MS, STALL_MS } = await import(at('live/live-session.ts'))
const { cameraIdOf, publishEndpoint } = await import(at('camera/camera-id.ts'))
const { obstacleOf, obstacleOfError } = await import(at('camera/obstacle.ts'))

const LENS: FakeTrack = { kind: 'video', id: 'lens' }
const MICROPHONE: FakeTrack = { kind: 'audio', id: 'microphone' }
const created = (): Response => new Response('answer', { status: 201, headers: { location: '/whip/phone/session-1' } })
const taken = (): Response => Response.json({ error: { code: 'ERR_CAMERA_BUSY', message: 'Another device has this name.' } }, { status: 409 })

function publish(answer: () => Response) {
  const browser = fakeBrowser(answer)
  const publisher = new WhipPublisher({ endpoint: '/whip/phone', environment: browser.environment, onState: (state: { type: string }) => browser.states.push(state) })
  publisher.start([LENS, MICROPHONE])
  return { browser, publisher }
}

async function live(answer: () => Response = created) {
  const published = publish(answer)
  await settle()
  published.browser.peer.gathered()
  await settle()
  published.browser.peer.become('connected')
  return published
}

test('it offers to send both tracks, the picture within a limit, and is live once connected', async () => {
  const { browser, publisher } = publish(created)
  await settle()
  assert.equal(browser.state.type, 'connecting')
  browser.peer.gathered()
  await settle()
  assert.deepEqual(browser.asked.map(({ method, url, body }) => [method, url, body]), [['POST', '/whip/phone', 'offer with candidates']])
  assert.deepEqual(browser.peer.directions, ['video sendonly', 'audio sendonly'])
  assert.deepEqual(browser.peer.senders.map(({ maxBitrate }) => maxBitrate), [MAX_BITRATE, undefined])
  assert.equal(browser.peer.answer, 'answer')
  browser.peer.become('connected')
  assert.equal(publisher.state.type, 'live')
})

test('H.264 is offered first where the browser has it, and all else it can send after it', async () => {
  const { browser } = await live()
  assert.deepEqual(browser.peer.preferred, ['video/H264', 'video/VP9', 'video/AV1', 'video/VP8', 'video/rtx'])
  assert.deepEqual(preferredCodecs([{ mimeType: 'video/VP8' }, { mimeType: 'video/VP9' }]).map(({ mimeType }: { mimeType: string }) => mimeType), ['video/VP9', 'video/VP8'])
})

test('stopping deletes the session at its Location, even while the page goes; one answered later is deleted too', async () => {
  const { browser, publisher } = await live()
  publisher.stop()
  assert.deepEqual(browser.asked.at(-1), { method: 'DELETE', url: 'http://node/whip/phone/session-1', body: undefined, keepalive: true })
  assert.deepEqual([browser.peer.closed, publisher.state.type], [true, 'off'])
  publisher.start([LENS])
  await settle()
  browser.peer.gathered()
  publisher.stop()
  await settle()
  assert.deepEqual(browser.asked.map(({ method }) => method), ['POST', 'DELETE', 'POST', 'DELETE'])
  await browser.pass(60_000)
  assert.equal(browser.peers.length, 2)
})

test('a name that another device has is asked for again until it is free', async () => {
  let answer = taken
  const { browser } = publish(() => answer())
  await settle()
  browser.peer.gathered()
  await settle()
  assert.deepEqual(browser.state, { type: 'taken', reason: 'Another device has this name.' })
  answer = created
  await browser.pass(TAKEN_RETRY_MS)
  browser.peer.gathered()
  await settle()
  browser.peer.become('connected')
  assert.equal(browser.state.type, 'live')
})

test('a lost connection ends the old session and begins a new one, later with each failure', async () => {
  const { browser } = await live()
  const waits: number[] = []
  for (let attempt = 1; attempt <= 6; attempt += 1) {
    browser.peer.become('failed')
    assert.deepEqual([browser.state.type, browser.state.attempt], ['retrying', attempt])
    assert.equal(browser.asked.at(-1)?.method, 'DELETE')
    waits.push((browser.state.atMs ?? 0) - browser.nowMs)
    await browser.pass(waits.at(-1)!)
    browser.peer.gathered()
    await settle()
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, LAST_RETRY_MS])
})

test('the network coming back is tried at once, and what arrives forgets the failures', async () => {
  const { browser, publisher } = await live()
  browser.peer.become('failed')
  publisher.poke()
  await settle()
  browser.peer.gathered()
  await settle()
  browser.peer.become('connected')
  publisher.reportProgress(10)
  browser.peer.become('failed')
  assert.equal(browser.state.attempt, 1)
})

test('a session in which nothing leaves the device is replaced', async () => {
  const { browser, publisher } = await live()
  publisher.reportProgress(10)
  browser.nowMs += STALL_MS + 1
  publisher.reportProgress(11)
  assert.equal(publisher.state.type, 'live')
  browser.nowMs += STALL_MS + 1
  publisher.reportProgress(11)
  assert.deepEqual([publisher.state.type, publisher.state.reason], ['retrying', 'nothing leaves this device'])
})

test('another lens goes into the same session; without the microphone there is a new one', async () => {
  const { browser, publisher } = await live()
  await publisher.replace([{ kind: 'video', id: 'other lens' }, MICROPHONE])
  assert.deepEqual(browser.peer.senders.map(({ track }) => track?.id), ['other lens', 'microphone'])
  assert.equal(browser.peers.length, 1)
  await publisher.replace([LENS])
  await settle()
  assert.equal(browser.peers.length, 2)
  assert.deepEqual(browser.peer.directions, ['video sendonly'])
  publisher.stop()
  await publisher.replace([LENS])
  assert.equal(browser.peers.length, 2, 'off is off')
})

test('a name becomes an id by the rule of the node, and goes along as it is', () => {
  assert.equal(cameraIdOf(' Föhn & Door 2 '), 'fo-hn-door-2')
  assert.equal(cameraIdOf('日本'), '')
  assert.equal(publishEndpoint('Front door '), '/whip/front-door?name=Front%20door')
})

test('whatever is in the way is told with what helps', () => {
  assert.match(obstacleOf({ isSecure: false, hasCameras: false, hasWebRtc: true, port: '8080' })?.help ?? '', /https|localhost:8080\/camera/i)
  assert.match(obstacleOf({ isSecure: true, hasCameras: false, hasWebRtc: true, port: '' })?.title ?? '', /gives no page/)
  assert.match(obstacleOf({ isSecure: true, hasCameras: true, hasWebRtc: false, port: '' })?.title ?? '', /no WebRTC/)
  assert.equal(obstacleOf({ isSecure: true, hasCameras: true, hasWebRtc: true, port: '' }), null)
  for (const [name, title] of [['NotAllowedError', /not allowed/], ['NotFoundError', /No camera/], ['NotReadableError', /busy/], ['Odd', /did not start/]] as const) assert.match(obstacleOfError({ name }).title, title)
})

test.run()
