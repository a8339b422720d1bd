// needs: chromium ffmpeg
/// <reference lib="dom" />
/** A real Chromium publishes in every codec it can encode, another page of it watches, and what was recorded is decoded. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { createRecorder } from '../../../node/recording/recorder.ts'
import { createRecordings } from '../../../node/recording/recordings.ts'
import { type LiveServer, startLiveServer } from '../../support/live-server.ts'
import { assertPlayable, streamsOf } from '../../support/playable.ts'
import { createRecordingRing, type RecordingRing } from '../../support/recording-ring.ts'
import { until } from '../../support/until.ts'
import { launchBrowser } from '../../support/whep-page.ts'

const test = suite('codecs')
const CODECS = { VP8: 'vp8', VP9: 'vp9', AV1: 'av1' } as const
let browser: Browser
let server: LiveServer
let store: RecordingRing
let folder: string

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-codecs-'))
  store = createRecordingRing()
  server = await startLiveServer({ localViewers: 1, record: (camera) => createRecorder({ ring: store.ring, log: silentLog }, { camera }) })
  browser = await launchBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
})
test.after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function blank(): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(`${server.url}/`)
  return page
}

/** Publish with nothing else offered than `codec`. Answers the status. */
function publish(page: Page, camera: string, codec: string): Promise<number> {
  return page.evaluate(async ([id, name]) => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 }, audio: true })
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
    Object.assign(globalThis, { pc })
    for (const track of stream.getTracks()) pc.addTransceiver(track, { direction: 'sendonly', streams: [stream] })
    const only = RTCRtpSender.getCapabilities('video')!.codecs.filter(({ mimeType }) => mimeType === `video/${name}`)
    pc.getTransceivers().find(({ sender }) => sender.track?.kind === 'video')!.setCodecPreferences(only)
    await pc.setLocalDescription(await pc.createOffer())
    const response = await fetch(`/whip/${id}`, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: pc.localDescription!.sdp })
    if (response.status === 201) await pc.setRemoteDescription({ type: 'answer', sdp: await response.text() })
    return response.status
  }, [camera, codec] as const)
}

/** Watch with everything the browser has, or without some codecs. Answers status and, when refused, the reason. */
function watch(page: Page, camera: string, without: string[] = []): Promise<{ status: number; reason: string }> {
  return page.evaluate(async ([id, missing]) => {
    const pc = new RTCPeerConnection()
    Object.assign(globalThis, { pc })
    const video = Object.assign(document.createElement('video'), { muted: true, autoplay: true })
    document.body.append(video)
    pc.ontrack = ({ streams }) => { video.srcObject = streams[0]! }
    const transceiver = pc.addTransceiver('video', { direction: 'recvonly' })
    pc.addTransceiver('audio', { direction: 'recvonly' })
    if (missing.length > 0) transceiver.setCodecPreferences(RTCRtpReceiver.getCapabilities('video')!.codecs.filter(({ mimeType }) => !missing.includes(mimeType.slice(6))))
    await pc.setLocalDescription(await pc.createOffer())
    const response = await fetch(`/whep/${id}`, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: pc.localDescription!.sdp })
    const text = await response.text()
    if (response.status === 201) await pc.setRemoteDescription({ type: 'answer', sdp: text })
    return { status: response.status, reason: response.status === 201 ? '' : JSON.parse(text).error.message as string }
  }, [camera, without] as const)
}

/** Frames this page decoded, and by what codec they came. */
function decoded(page: Page): Promise<{ frames: number; codec: string; audio: number }> {
  return page.evaluate(async () => {
    const all = [...(await (globalThis as unknown as { pc: RTCPeerConnection }).pc.getStats()).values()]
    const video = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video')
    const audio = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio')
    return { frames: video?.framesDecoded ?? 0, codec: all.find(({ id }) => id === video?.codecId)?.mimeType ?? '', audio: audio?.bytesReceived ?? 0 }
  })
}

/** Play a file in a page, as the recordings page does: by its address. */
async function play(path: string): Promise<{ frames: number; width: number; error: string }> {
  const page = await blank()
  await page.route('**/recorded.mp4', (route) => route.fulfill({ path, contentType: 'video/mp4' }))
  const played = await page.evaluate(async () => {
    const video = Object.assign(document.createElement('video'), { muted: true, src: '/recorded.mp4' })
    document.body.append(video)
    await video.play().catch(() => {})
    const deadline = performance.now() + 15_000
    while (video.getVideoPlaybackQuality().totalVideoFrames <= 20 && video.error === null && performance.now() < deadline) await new Promise((resolve) => { setTimeout(resolve, 50) })
    return { frames: video.getVideoPlaybackQuality().totalVideoFrames, width: video.videoWidth, error: video.error?.message ?? '' }
  })
  await page.close()
  return played
}

for (const [codec, probed] of Object.entries(CODECS)) {
  test(`${codec}: published by a browser, watched by a browser, joined late, refused to who lacks it, recorded, and decoded from the file`, async () => {
    const id = `cam-${probed}` as CameraId
    const [publisher, viewer] = [await blank(), await blank()]
    const beganMs = Date.now()
    assert.equal(await publish(publisher, id, codec), 201)
    await until(() => server.cameras.get(id) !== undefined, 'it is a camera')
    assert.equal(server.cameras.get(id)!.camera.track('video')!.codec, codec)
    assert.equal((await watch(viewer, id)).status, 201)
    await until(async () => (await decoded(viewer)).frames > 40, 'frames', 30_000)
    const seen = await decoded(viewer)
    assert.equal(seen.codec, `video/${codec}`)
    assert.ok(seen.audio > 0)

    const late = await blank()
    assert.equal((await watch(late, id)).status, 201)
    await until(async () => (await decoded(late)).frames > 5, 'a viewer that comes in the middle of it starts at a keyframe', 30_000)
    const lacking = await watch(late, id, [codec])
    assert.equal(lacking.status, 406)
    assert.match(lacking.reason, new RegExp(`the camera sends ${codec}, and the offer has .*H\\.264.* only: watch it with a browser that plays ${codec}`))

    await until(() => (server.cameras.get(id)!.recorder.durable()?.ms ?? 0) > beganMs + 3_000, 'three seconds are recorded', 30_000)
    const range = await createRecordings({ ring: store.ring }).open(id, beganMs - 60_000, Date.now())
    const parts: Uint8Array[] = []
    for await (const bytes of range.read(0, range.size)) parts.push(bytes)
    const path = join(folder, `${id}.mp4`)
    await writeFile(path, Buffer.concat(parts))
    await assertPlayable(path)
    const streams = await streamsOf(path)
    assert.deepEqual(streams.map(({ codec_name }) => codec_name), [probed, 'opus'])
    assert.ok(streams[0]!.width > 0 && streams[0]!.frames > 30, JSON.stringify(streams))
    const played = await play(path)
    assert.ok(played.frames > 10 && played.width === streams[0]!.width, `Chromium plays it: ${JSON.stringify(played)}`)
    await Promise.all([publisher.close(), viewer.close(), late.close()])
  })
}

test('where the node allows it, who lacks the codec is shown H.264 made of it: by one process for all, and none when all are gone', async () => {
  const allowed = await startLiveServer({ transcode: true, localViewers: 1 })
  try {
    const open = async (): Promise<Page> => {
      const page = await browser.newPage()
      await page.goto(`${allowed.url}/`)
      return page
    }
    const [publisher, first, second, whole] = [await open(), await open(), await open(), await open()]
    assert.equal(await publish(publisher, 'desk', 'VP9'), 201)
    await until(() => allowed.cameras.get('desk' as CameraId) !== undefined, 'it is a camera')
    for (const page of [first, second]) assert.equal((await watch(page, 'desk', ['VP9'])).status, 201)
    assert.equal((await watch(whole, 'desk')).status, 201)
    for (const page of [first, second]) await until(async () => (await decoded(page)).frames > 30, 'frames', 30_000)
    assert.deepEqual([(await decoded(first)).codec, (await decoded(second)).codec, (await decoded(whole)).codec], ['video/H264', 'video/H264', 'video/VP9'])
    assert.ok((await decoded(first)).audio > 0, 'with its sound')
    assert.equal(allowed.renditions.count(), 1)

    const other = await open()
    assert.equal(await publish(other, 'hall', 'VP8'), 201)
    await until(() => allowed.cameras.get('hall' as CameraId) !== undefined, 'another camera')
    const refused = await watch(await open(), 'hall', ['VP8'])
    assert.equal(refused.status, 503)
    assert.match(refused.reason, /makes H\.264 of 1 cameras already/)

    for (const page of [first, second]) await page.evaluate(() => (globalThis as unknown as { pc: RTCPeerConnection }).pc.close())
    await until(() => allowed.renditions.count() === 0, 'the process is gone', 30_000)
    await until(async () => (await decoded(whole)).frames > 30, 'who needs none of it goes on', 30_000)
    await Promise.all([publisher.close(), first.close(), second.close(), whole.close(), other.close()])
  } finally {
    await allowed.stop()
  }
})

test.run()
