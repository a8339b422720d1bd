// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import { TrackUnavailableError } from '#protocols/errors.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import type { LiveCamera } from '../../../../node/live/live-camera.ts'
import { openTransmitter } from '../../../../node/live/send/open-transmitter.ts'
import { type AnswerViewer, answerViewer } from '../../../../node/live/webrtc/webrtc.ts'
import { createWhepSessions, type WhepSessions } from '../../../../node/live/whep/whep-sessions.ts'
import { clipCamera, feedForever, type Feeding, makeClip } from '../../../support/camera-clip.ts'
import { eventually } from '../../../support/fake-ring.ts'
import { launchBrowser, openViewer, serveWhep } from '../../../support/whep-page.ts'

const clip = await makeClip({ seconds: 4, size: '640x360', gop: 60, bitrate: '800k' })
const test = suite('whep')
let browser: Browser
let whep: WhepSessions
let server: Awaited<ReturnType<typeof serveWhep>>
let camera: LiveCamera | undefined
let feeding: Feeding
let keyframesAsked = 0

/** Loses one packet in twenty on the way while `lossy` is set. */
let lossy = false
let sent = 0
async function lossyViewer(...[offer, events]: Parameters<AnswerViewer>): ReturnType<AnswerViewer> {
  const connection = await answerViewer(offer, { extraAddresses: ['127.0.0.1'], transmitter: await openTransmitter() }, events)
  return { ...connection, sendRtp: (...packet) => { if (!lossy || ++sent % 20 !== 0) connection.sendRtp(...packet) } }
}

/** A live camera that can make a keyframe only every two seconds: the worst case for who joins. */
function golive(): void {
  const live = clipCamera(clip, 'porch', () => { keyframesAsked++ })
  camera = live
  feeding = feedForever(clip, (packets) => { for (const packet of packets) live.write(packet) }, (report) => live.report(report))
}

test.before(async () => {
  browser = await launchBrowser()
  whep = createWhepSessions({ log: silentLog, metrics: createMetrics() }, {
    open: async (id) => {
      if (id !== 'porch' || camera === undefined) throw new TrackUnavailableError(`camera ${id} is not live now`)
      return { camera, release() {} }
    },
    knows: (id) => id === 'porch' || id === 'garage',
    answerViewer: lossyViewer,
    extraAddresses: ['127.0.0.1'],
    localViewers: 3,
    maxViewers: 3
  })
  server = await serveWhep(whep)
  golive()
})
test.after(async () => {
  await browser.close()
  feeding.stop()
  await whep.stop()
  await server.app.close()
})

test('Chromium decodes the picture, hears the sound, and plays both as one stream', async () => {
  const viewer = await openViewer(browser, server.url)
  assert.equal(await viewer.watch('porch'), 201)
  await eventually(async () => (await viewer.stats()).frames > 60, 'frames are decoded', 30_000)
  const early = await viewer.stats()
  await eventually(async () => (await viewer.stats()).frames > early.frames + 30, 'frames advance')
  const stats = await viewer.stats()
  assert.equal(stats.width, 640)
  assert.equal(stats.lost, 0)
  assert.equal(stats.streams, 1)
  assert.ok(stats.audioBytes > early.audioBytes && early.audioBytes > 0)
  assert.ok(stats.reports.every((time) => time > 0), 'sender reports arrived for both tracks')
  assert.ok(keyframesAsked > 0, 'a keyframe was asked for when the viewer joined')
  await viewer.page.evaluate(() => fetch((globalThis as unknown as { session: string }).session, { method: 'DELETE' }))
  assert.equal(whep.count(), 0)
  await viewer.page.close()
})

test('packets that are lost on the way are sent again, and the picture goes on', async () => {
  const viewer = await openViewer(browser, server.url)
  await viewer.watch('porch')
  await eventually(async () => (await viewer.stats()).frames > 10, 'frames are decoded', 30_000)
  lossy = true
  const before = await viewer.stats()
  await eventually(async () => (await viewer.stats()).frames > before.frames + 90, 'frames advance', 30_000)
  lossy = false
  const after = await viewer.stats()
  assert.ok(after.nacks > before.nacks, 'the viewer asked for what it lacked')
  await eventually(async () => (await viewer.stats()).lost <= 2, 'and got it')
  await viewer.page.close()
})

test('who joins late has a picture as soon as there is a keyframe', async () => {
  const viewer = await openViewer(browser, server.url)
  await viewer.watch('porch')
  await eventually(async () => (await viewer.stats()).firstPictureMs !== undefined, 'first picture', 30_000)
  const { firstPictureMs } = await viewer.stats()
  assert.ok(firstPictureMs! < 10_000, `${firstPictureMs} ms with a keyframe every 2 s`)
  await viewer.page.close()
})

test('a viewer that goes away without a word is forgotten', async () => {
  await eventually(() => whep.count() === 0, 'its session is gone', 45_000)
})

test('when the camera comes back within the grace the same viewer goes on, from another source', async () => {
  const viewer = await openViewer(browser, server.url)
  await viewer.watch('porch')
  await eventually(async () => (await viewer.stats()).frames > 10, 'frames are decoded', 30_000)
  feeding.stop()
  const old = camera!
  camera = undefined
  old.end('node went away')
  golive()
  const { frames } = await viewer.stats()
  await eventually(async () => (await viewer.stats()).frames > frames + 60, 'frames advance from the new source', 30_000)
  assert.equal(whep.count(), 1)
  await viewer.page.close()
})

test('when the camera stays away its viewers are told by a closed connection', async () => {
  const viewer = await openViewer(browser, server.url)
  await viewer.watch('porch')
  await eventually(async () => (await viewer.stats()).frames > 10, 'frames are decoded', 30_000)
  feeding.stop()
  const old = camera!
  camera = undefined
  old.end('unplugged')
  await eventually(() => whep.count() === 0, 'the session ended', 30_000)
  golive()
  await viewer.page.close()
})

const post = (path: string, body: string, type = 'application/sdp') => fetch(server.url + path, { method: 'POST', body, headers: { 'content-type': type } })
const patch = (path: string, body: string, ifMatch = '', type = 'application/trickle-ice-sdpfrag') => fetch(server.url + path, { method: 'PATCH', body, headers: { 'content-type': type, ...(ifMatch === '' ? {} : { 'if-match': ifMatch }) } })

test('requests are answered with the statuses of the draft', async () => {
  const viewer = await openViewer(browser, server.url)
  const offer = await viewer.page.evaluate(async () => {
    const Connection = (globalThis as unknown as { RTCPeerConnection: new () => any }).RTCPeerConnection
    const pc = new Connection()
    pc.addTransceiver('video', { direction: 'recvonly' })
    await pc.setLocalDescription(await pc.createOffer())
    return pc.localDescription.sdp as string
  })
  const created = await post('/whep/porch', offer)
  assert.equal(created.status, 201)
  assert.equal(created.headers.get('content-type'), 'application/sdp')
  assert.match(created.headers.get('etag') ?? '', /^"[\w-]{12}"$/)
  const location = created.headers.get('location')!
  assert.match(location, /^\/whep\/porch\/[\w-]{20,}$/)
  const answer = await created.text()
  assert.match(answer, /a=sendonly/)
  assert.match(answer, /a=candidate:.*127\.0\.0\.1/)
  assert.match(answer, /packetization-mode=1/)
  assert.doesNotMatch(answer, /transport-cc/)

  const candidate = 'm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 UDP 2130706431 127.0.0.1 9 typ host\r\n'
  const tag = created.headers.get('etag')!
  const patched = await patch(location, candidate, tag)
  assert.equal(patched.status, 204)
  assert.equal(patched.headers.get('etag'), null)
  assert.equal((await patch(location, candidate, '"*"')).status, 204, 'as players write it that follow the example of the draft')
  assert.equal((await patch(location, candidate)).status, 428)
  assert.equal((await patch(location, candidate, tag, 'text/plain')).status, 415)
  assert.equal((await fetch(server.url + location, { method: 'DELETE' })).status, 200)
  assert.equal((await fetch(server.url + location, { method: 'DELETE' })).status, 404)

  const dark = await post('/whep/garage', offer)
  assert.equal(dark.status, 409)
  assert.ok(Number(dark.headers.get('retry-after')) > 0)
  assert.equal((await post('/whep/attic', offer)).status, 404)
  assert.equal((await post('/whep/porch', offer, 'application/json')).status, 415)
  assert.equal((await post('/whep/porch', 'hello')).status, 400)
  assert.equal((await post('/whep/porch', 'v=0\r\n')).status, 400)
  const deaf = await post('/whep/porch', offer.replaceAll('H264', 'VP8'))
  assert.equal(deaf.status, 406)
  assert.match(await deaf.text(), /H\.264/, 'an offer of ours would not help, so the reason is told')
  assert.equal((await post('/whep/porch', 'v=0\r\n' + 'a=x\r\n'.repeat(20_000))).status, 413)
  const options = await fetch(`${server.url}/whep/porch`, { method: 'OPTIONS' })
  assert.equal(options.status, 200)
  assert.equal(options.headers.get('accept-post'), 'application/sdp')
  assert.equal((await fetch(`${server.url}/whep/porch`)).status, 200)
  assert.equal((await fetch(`${server.url}/whep/garage`)).status, 200, 'known and not live')
  assert.equal((await fetch(`${server.url}/whep/attic`)).status, 404)
  assert.equal((await fetch(`${server.url}/whep/porch`, { method: 'PUT', body: 'x' })).status, 405)

  const full = await Promise.all(Array.from({ length: 5 }, () => post('/whep/porch', offer)))
  assert.deepEqual(full.map(({ status }) => status).sort(), [201, 201, 201, 503, 503])
  assert.ok(full.filter(({ status }) => status === 503).every(({ headers }) => headers.has('retry-after')))
  for (const { headers } of full.filter(({ status }) => status === 201)) await fetch(server.url + headers.get('location'), { method: 'DELETE' })
  assert.equal(whep.count(), 0)
  await viewer.page.close()
})

test('Chromium answers an offer of ours when its own does not fit, and plays', async () => {
  const viewer = await openViewer(browser, server.url)
  const statuses = await viewer.page.evaluate(async () => {
    const { RTCPeerConnection: Connection, v } = globalThis as unknown as { RTCPeerConnection: new () => any; v: { srcObject: unknown } }
    const first = new Connection()
    first.addTransceiver('audio', { direction: 'recvonly' })
    await first.setLocalDescription(await first.createOffer())
    const refused = await fetch('/whep/porch', { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: first.localDescription.sdp })
    const session = refused.headers.get('location') ?? ''
    const pc = new Connection()
    Object.assign(globalThis, { pc, session, streams: new Set() })
    pc.ontrack = (event: { streams: unknown[] }) => { v.srcObject = event.streams[0] }
    await pc.setRemoteDescription({ type: 'offer', sdp: await refused.text() })
    await pc.setLocalDescription(await pc.createAnswer())
    const taken = await fetch(session, { method: 'PATCH', headers: { 'content-type': 'application/sdp' }, body: pc.localDescription.sdp })
    return [refused.status, refused.headers.get('content-type')?.replace(/".*"/, '"…"'), taken.status]
  })
  assert.deepEqual(statuses, [406, 'application/sdp; valid-until="…"', 204])
  await eventually(async () => (await viewer.stats()).frames > 60, 'frames are decoded', 30_000)
  const stats = await viewer.stats()
  assert.ok(stats.audioBytes > 0)
  await viewer.page.evaluate(() => fetch((globalThis as unknown as { session: string }).session, { method: 'DELETE' }))
  await viewer.page.close()
})

test('Chromium restarts ICE: new credentials, a new tag, and the picture goes on', async () => {
  const viewer = await openViewer(browser, server.url)
  await viewer.watch('porch')
  await eventually(async () => (await viewer.stats()).frames > 10, 'frames are decoded', 30_000)
  const restarted = await viewer.page.evaluate(async () => {
    const { pc, session } = globalThis as unknown as { pc: any; session: string }
    const answer: string = pc.remoteDescription.sdp
    pc.restartIce()
    await pc.setLocalDescription(await pc.createOffer())
    const offer: string = pc.localDescription.sdp
    const lines = ['a=ice-options:trickle', 'm=video 9 UDP/TLS/RTP/SAVPF 0', 'a=mid:0', ...offer.match(/^a=ice-(ufrag|pwd):.*$/gm)!.slice(0, 2).map((line) => line.trim()), '']
    const response = await fetch(session, { method: 'PATCH', headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' }, body: lines.join('\r\n') })
    const fragment = await response.text()
    const fresh = (name: string): string => new RegExp(`^a=${name}:.*$`, 'm').exec(fragment)?.[0].trim() ?? ''
    await pc.setRemoteDescription({ type: 'answer', sdp: answer.replace(/^a=ice-ufrag:.*$/gm, fresh('ice-ufrag')).replace(/^a=ice-pwd:.*$/gm, fresh('ice-pwd')) })
    return { status: response.status, ufrag: pc.remoteDescription.sdp.includes(fresh('ice-ufrag')) }
  })
  assert.deepEqual(restarted, { status: 200, ufrag: true })
  const { frames } = await viewer.stats()
  await eventually(async () => (await viewer.stats()).frames > frames + 60, 'frames advance on the new path', 30_000)
  assert.equal((await viewer.stats()).state, 'connected')
  assert.equal(whep.count(), 1)
  await viewer.page.evaluate(() => fetch((globalThis as unknown as { session: string }).session, { method: 'DELETE' }))
  await viewer.page.close()
})

test.run()
