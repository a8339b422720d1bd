// needs: chromium ffmpeg
/// <reference lib="dom" />
/** A real Chromium that is left one way only: TCP, or IPv6. */
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { CameraId } from '#protocols/ids.ts'
import { type LiveServer, startLiveServer } from '../../../support/live-server.ts'
import { until } from '../../../support/until.ts'
import { launchBrowser } from '../../../support/whep-page.ts'

const test = suite('ways')
const hasIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1') === true)
let browser: Browser
let server: LiveServer

test.before(async () => {
  server = await startLiveServer({ iceTcp: true, extraAddresses: ['127.0.0.1', ...hasIpv6 ? ['::1'] : []], localViewers: 1 })
  browser = await launchBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'])
})
test.after(async () => {
  await browser?.close()
  await server?.stop()
})

async function blank(): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(`${server.url}/`)
  return page
}

interface Way { readonly state: string; readonly frames: number; readonly protocol: string; readonly address: string }

/** Watch, or publish, with only those of the server's candidates that match, and none of the browser's own told: the server learns where it is from its checks. */
async function connect(page: Page, path: string, candidates: string): Promise<void> {
  await page.evaluate(async ([url, pattern]) => {
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
    Object.assign(globalThis, { pc })
    await navigator.mediaDevices.getUserMedia({ audio: true }) // who may use a microphone is told addresses
    if (url.startsWith('/whip/')) {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } })
      pc.addTransceiver(stream.getVideoTracks()[0]!, { direction: 'sendonly', streams: [stream] })
    } else pc.addTransceiver('video', { direction: 'recvonly' })
    await pc.setLocalDescription(await pc.createOffer())
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: pc.localDescription!.sdp.replace(/a=candidate:.*\r\n/g, '') })
    const answer = await response.text()
    const kept = answer.split('\r\n').filter((line) => !line.startsWith('a=candidate:') || new RegExp(pattern).test(line)).join('\r\n')
    Object.assign(globalThis, { answer })
    await pc.setRemoteDescription({ type: 'answer', sdp: kept })
  }, [path, candidates] as const)
}

function way(page: Page): Promise<Way> {
  return page.evaluate(async () => {
    const { pc } = globalThis as unknown as { pc: RTCPeerConnection }
    const all = [...(await pc.getStats()).values()]
    const video = all.find(({ type, kind }) => (type === 'inbound-rtp' || type === 'outbound-rtp') && kind === 'video')
    const pair = all.find(({ id }) => id === all.find(({ type }) => type === 'transport')?.selectedCandidatePairId)
    const [local, remote] = [pair?.localCandidateId, pair?.remoteCandidateId].map((wanted) => all.find(({ id }) => id === wanted))
    return { state: pc.connectionState, frames: video?.framesDecoded ?? video?.framesEncoded ?? 0, protocol: remote?.protocol ?? '', address: local?.address ?? '' }
  })
}

const flows = (page: Page, what: string): Promise<Way> => until(async () => {
  const now = await way(page)
  return now.frames > 40 ? now : undefined
}, what, 30_000)

const TCP = ' tcp .* tcptype passive'

test('over TCP alone a viewer is shown a camera, on the main thread and on a worker', async () => {
  for (const thread of ['the main thread', 'a worker']) {
    const page = await blank()
    await connect(page, '/whep/porch', TCP)
    assert.equal((await flows(page, `frames from ${thread}`)).protocol, 'tcp')
    assert.doesNotMatch(await page.evaluate(() => (globalThis as unknown as { answer: string }).answer), /tcptype active/, 'nobody is asked to be connected to')
    if (thread !== 'the main thread') await page.close()
  }
})

test('over TCP alone a browser publishes', async () => {
  const page = await blank()
  await connect(page, '/whip/desk', TCP)
  assert.equal((await flows(page, 'frames')).protocol, 'tcp')
  await until(() => server.cameras.get('desk' as CameraId) !== undefined, 'it is a camera')
  let packets = 0
  server.cameras.get('desk' as CameraId)!.camera.add({ write() { packets++ }, report() {}, ended() {} })
  await until(() => packets > 100, 'packets')
  await page.close()
})

if (hasIpv6) {
  test('over IPv6 alone, told nothing but ::1, a viewer is shown a camera', async () => {
    const page = await blank()
    await connect(page, '/whep/porch', ' udp \\d+ ::1 ')
    const { protocol, address } = await flows(page, 'frames')
    assert.equal(protocol, 'udp')
    assert.match(address, /:.*:/, 'the browser\'s own address is one of IPv6')
    await page.close()
  })
}

test.run()
