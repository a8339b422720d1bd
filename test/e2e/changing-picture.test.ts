// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import type { CameraAddresses, RecordingList } from '#protocols/http.ts'
import { parseSps } from '#protocols/rtp/h264-sps.ts'
import { type NodeProcess, TestRing } from '../support/processes.ts'
import { RtspClient } from '../support/rtsp-client.ts'
import { until } from '../support/until.ts'
import { buildPages, holds, openBrowser, openPage } from '../web/browser.ts'

/** What real processes of a busy machine may take, in ms. */
const SLOW_MS = 90_000
const SIZES = ['320x180', '640x360']

const run = promisify(execFile)
const test = suite('a camera whose picture changes its size again and again')
let ring: TestRing
let alder: NodeProcess
let browser: Browser
let addresses: CameraAddresses

/** Five seconds small, then five large, in one stream whose time goes on. */
async function film(): Promise<string> {
  const halves = await Promise.all(SIZES.map(async (size, i) => {
    const path = join(ring.dir, `${size}.ts`)
    await run('/usr/bin/ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25`, '-t', '5', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '25', '-output_ts_offset', String(5 * i), '-f', 'mpegts', path])
    return readFile(path)
  }))
  await writeFile(join(ring.dir, 'film.ts'), Buffer.concat(halves))
  return join(ring.dir, 'film.ts')
}

test.before(async () => {
  ring = await TestRing.create()
  alder = await ring.begin('alder', { flags: ['--rtsp', '127.0.0.1:0'] })
  await ring.peer([{ name: 'Porch', source: `file:${await film()}` }], alder)
  await until(async () => (await ring.camera('porch', alder))?.live, 'the camera is live', SLOW_MS)
  addresses = await ring.get<CameraAddresses>(`${alder.url}/api/v1/cameras/porch/addresses`)
  await buildPages()
  browser = await openBrowser()
})

test.after(async () => {
  await browser?.close()
  await ring?.end()
})

/** The sizes of so many pictures that ffprobe decodes, in their order, each once in a row. */
async function decoded(pictures: number, ...input: string[]): Promise<string[]> {
  const { stdout, stderr } = await run('/usr/bin/ffprobe', ['-v', 'error', '-read_intervals', `%+#${pictures}`, '-select_streams', 'v', '-show_entries', 'frame=width,height', '-of', 'csv=p=0:s=x', ...input], { timeout: SLOW_MS, maxBuffer: 1 << 26 })
  assert.equal(stderr, '')
  const sizes = stdout.split('\n').map((line) => /^\d+x\d+/.exec(line)?.[0]).filter((size) => size !== undefined)
  return sizes.filter((size, i) => size !== sizes[i - 1])
}

test('is decoded through every change over RTSP, by TCP and by UDP', async () => {
  for (const transport of ['tcp', 'udp']) {
    const sizes = await decoded(300, '-rtsp_transport', transport, addresses.rtsp!)
    assert.ok(sizes.length >= 3 && sizes.every((size) => SIZES.includes(size)), `${transport}: ${sizes}`)
  }
})

test('is described over RTSP as it is now', async () => {
  const seen = new Set<string>()
  await until(async () => {
    const client = await RtspClient.connect(addresses.rtsp!)
    const { body } = await client.send('DESCRIBE', addresses.rtsp!)
    client.end()
    const { width, height } = parseSps(Buffer.from(/sprop-parameter-sets=([\w+/=]+),/.exec(body)?.[1] ?? '', 'base64'))
    return seen.add(`${width}x${height}`).size === 2
  }, 'both sizes are described', 30_000)
})

test('is decoded through every change over HLS, each behind a header of its own', async () => {
  const sizes = await decoded(300, addresses.hls)
  assert.ok(sizes.length >= 3 && sizes.every((size) => SIZES.includes(size)), `${sizes}`)
  assert.match((await ring.bytes(addresses.hls)).toString(), /#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-\d+\.mp4"\n/)
})

/** Width and height in the frame header of a JPEG. */
function jpegSize(jpeg: Buffer): string {
  for (let at = 2; at + 9 < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1]!
    if (marker >= 0xc0 && marker <= 0xc2) return `${jpeg.readUInt16BE(at + 7)}x${jpeg.readUInt16BE(at + 5)}`
  }
  return 'none'
}

test('is seen in both sizes as MJPEG and in snapshots', async () => {
  const sizes = await decoded(60, '-f', 'mpjpeg', `${addresses.mjpeg}?fps=5`)
  assert.ok(sizes.length >= 3 && sizes.every((size) => SIZES.includes(size)), `${sizes}`)
  const seen = new Set<string>()
  await until(async () => seen.add(jpegSize(await ring.bytes(addresses.snapshot))).size === 2, 'snapshots of both sizes', 30_000)
  assert.deepEqual([...seen].sort(), SIZES)
})

/** It changes three times while it plays on. */
async function playsThroughChanges(page: Page, element: string): Promise<void> {
  for (const width of [320, 640, 320, 640]) await holds(page, `document.querySelector('${element}')?.videoWidth === ${width}`, SLOW_MS)
  const at = await page.evaluate(`document.querySelector('${element}').currentTime`) as number
  await holds(page, `document.querySelector('${element}').currentTime > ${at + 1}`, SLOW_MS)
}

test('is shown on by the page, by WebRTC', async () => {
  const { page } = await openPage(browser, `${alder.url}/`)
  await playsThroughChanges(page, 'video[data-camera=porch]')
  await page.close()
})

test('is shown on by the page, by HLS', async () => {
  const { page } = await openPage(browser, 'about:blank')
  await page.addInitScript("globalThis.RTCPeerConnection = class extends RTCPeerConnection { constructor(init) { super({ ...init, iceTransportPolicy: 'relay' }) } }")
  await page.goto(`${alder.url}/`)
  await playsThroughChanges(page, 'video[data-hls=porch]')
  await page.close()
})

test('is played on by the page of its recordings, each recording as its own pictures are described', async () => {
  const spans = async () => (await ring.get<RecordingList>(`${alder.url}/api/v1/cameras/porch/recordings`)).spans
  await until(async () => (await spans()).length > SIZES.length + 2, 'it was recorded in both sizes twice', SLOW_MS)
  const [first] = await spans()
  const { page, complaints } = await openPage(browser, `${alder.url}/recordings/porch?t=${first!.startMs}`)
  await playsThroughChanges(page, 'video[data-recording=porch]')
  assert.deepEqual(complaints, [])
  await page.close()
})

test.run()
