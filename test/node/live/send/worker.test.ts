// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import { RTCPeerConnection } from 'werift'
import { TrackUnavailableError } from '#protocols/errors.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import type { LiveCamera } from '../../../../node/live/live-camera.ts'
import { AEAD_AES_128_GCM } from '../../../../node/live/send/srtp.ts'
import { createWhepSessions, type WhepSessions } from '../../../../node/live/whep/whep-sessions.ts'
import { clipCamera, feedForever, type Feeding, makeClip } from '../../../support/camera-clip.ts'
import { until } from '../../../support/until.ts'
import { launchBrowser, openViewer, serveWhep } from '../../../support/whep-page.ts'

const clip = await makeClip({ seconds: 4, size: '640x360', gop: 60, bitrate: '800k' })
const test = suite('viewers on a thread of their own')
const metrics = createMetrics()
let browser: Browser
let whep: WhepSessions
let server: Awaited<ReturnType<typeof serveWhep>>
let camera: LiveCamera | undefined
let feeding: Feeding
let opened = 0
let released = 0
let keyframesAsked = 0

function golive(): void {
  const live = clipCamera(clip, 'porch', () => { keyframesAsked++ })
  camera = live
  feeding = feedForever(clip, (packets) => { for (const packet of packets) live.write(packet) }, (report) => live.report(report))
}

const value = (name: string): number => Number(metrics.render().split('\n').find((line) => line.startsWith(`thatdam_${name} `))?.split(' ').at(-1))

test.before(async () => {
  browser = await launchBrowser()
  whep = createWhepSessions({ log: silentLog, metrics }, {
    open: async (id) => {
      if (camera === undefined) throw new TrackUnavailableError(`camera ${id} is not live now`)
      opened++
      return { camera, release() { released++ } }
    },
    knows: () => true, extraAddresses: ['127.0.0.1'], localViewers: 0, maxWorkers: 1
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

test('Chromium decodes the picture and hears the sound, nothing is lost, and both are in step', async () => {
  const [one, two] = [await openViewer(browser, server.url), await openViewer(browser, server.url)]
  assert.equal(await one.watch('porch'), 201)
  assert.equal(await two.watch('porch'), 201)
  for (const viewer of [one, two]) {
    await until(async () => (await viewer.stats()).frames > 90, 'frames are decoded')
    const stats = await viewer.stats()
    assert.equal(stats.lost, 0)
    assert.equal(stats.streams, 1)
    assert.ok(stats.audioBytes > 0)
    assert.ok(stats.reports.every((time) => time > 0), 'sender reports arrived for both tracks')
    assert.ok(Math.abs(stats.reports[0]! - stats.reports[1]!) < 500, 'the tracks play the same instant')
  }
  assert.ok(keyframesAsked > 0)
  assert.equal(camera!.sinks, 1, 'the camera has one reader for both viewers')
  assert.equal(value('live_sender{kind="node"}') + value('live_sender{kind="koffi"}'), 1)
  await two.page.evaluate(() => fetch((globalThis as unknown as { session: string }).session, { method: 'DELETE' }))
  assert.equal(whep.count(), 1)
  await two.page.close()

  feeding.stop()
  const old = camera!
  camera = undefined
  old.end('node went away')
  golive()
  const { frames } = await one.stats()
  await until(async () => (await one.stats()).frames > frames + 60, 'frames advance from the new source')
  await one.page.evaluate(() => fetch((globalThis as unknown as { session: string }).session, { method: 'DELETE' }))
  await one.page.close()
  await until(() => camera!.sinks === 0 && opened === released, 'the thread lets go of the camera')
})

test('what a viewer sends that cannot be answered is refused as on the main thread', async () => {
  const post = (body: string) => fetch(`${server.url}/whep/porch`, { method: 'POST', body, headers: { 'content-type': 'application/sdp' } })
  assert.equal((await post('v=0\r\n')).status, 400)
  assert.equal(whep.count(), 0)
})

test('Chromium decodes AES-GCM as well, when nothing else is offered', async () => {
  const { setLocalDescription } = RTCPeerConnection.prototype
  const seen: RTCPeerConnection[] = []
  RTCPeerConnection.prototype.setLocalDescription = async function (this: RTCPeerConnection, ...description: unknown[]) {
    seen.push(this)
    for (const transport of this.dtlsTransports) Object.assign(transport, { srtpProfiles: [AEAD_AES_128_GCM] })
    await Reflect.apply(setLocalDescription, this, description)
  } as typeof setLocalDescription
  const local = createWhepSessions({ log: silentLog, metrics: createMetrics() }, { open: async () => ({ camera: camera!, release() {} }), knows: () => true, extraAddresses: ['127.0.0.1'] })
  const { app, url } = await serveWhep(local)
  try {
    const viewer = await openViewer(browser, url)
    assert.equal(await viewer.watch('porch'), 201)
    await until(async () => (await viewer.stats()).frames > 60, 'frames are decoded')
    assert.equal((await viewer.stats()).lost, 0)
    assert.equal(seen[0]?.dtlsTransports[0]?.srtp.localContext.profile, AEAD_AES_128_GCM)
    await viewer.page.close()
  } finally {
    RTCPeerConnection.prototype.setLocalDescription = setLocalDescription
    await local.stop()
    await app.close()
  }
})

test.run()
