// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { suite } from 'uvu'
import type { CameraAddresses } from '#protocols/http.ts'
import { type NodeProcess, run as runThatdam, TestRing, Thatdam } from '../support/processes.ts'
import { RtspClient } from '../support/rtsp-client.ts'
import { until } from '../support/until.ts'
import { buildPages, holds, keepPicture, openBrowser, openPage } from '../web/browser.ts'

const run = promisify(execFile)
const test = suite('cameras in other programs, on a node that is not their home')
let ring: TestRing
let home: NodeProcess
let far: NodeProcess
let browser: Browser
let addresses: CameraAddresses

test.before(async () => {
  ring = await TestRing.create()
  const flags = ['--rtsp', '127.0.0.1:0']
  const nodes = [await ring.begin('alder', { flags }), await ring.begin('birch', { flags })]
  await Promise.all([buildPages(), ring.together(2)])
  await ring.peer([{ name: 'Porch', source: 'test?size=320x180' }], nodes[0]!)
  const camera = await until(async () => { const seen = await ring.camera('porch', nodes[1]!); return seen?.live === true ? seen : undefined }, 'the camera is live', 60_000)
  home = ring.homeOf(camera)
  far = nodes.find((node) => node !== home)!
  addresses = await ring.get<CameraAddresses>(`${far.url}/api/v1/cameras/porch/addresses`)
  browser = await openBrowser()
})
test.after(async () => {
  await browser?.close()
  await ring?.end()
})

const gauge = async ({ url }: NodeProcess, name: string): Promise<number> => Number(new RegExp(`^thatdam_${name} (\\d+)`, 'm').exec(String(await ring.bytes(`${url}/metrics`)))?.[1])

test('RTSP, MJPEG and HLS at once are decoded by ffmpeg, over one relay', async () => {
  const read = (...args: string[]) => run('/usr/bin/ffmpeg', ['-v', 'error', '-xerror', ...args, '-t', '3', '-f', 'framecrc', '-'], { timeout: 90_000, maxBuffer: 1 << 26 })
  const reading = Promise.all([
    read('-rtsp_transport', 'tcp', '-i', addresses.rtsp!, '-map', '0:v', '-map', '0:a'), read('-rtsp_transport', 'udp', '-i', addresses.rtsp!, '-map', '0:v', '-map', '0:a'),
    read('-f', 'mpjpeg', '-i', `${addresses.mjpeg}?fps=5`), read('-i', addresses.hls, '-map', '0:v', '-map', '0:a')
  ])
  await until(async () => await gauge(far, 'rtsp_sessions') === 2 && await gauge(far, 'mjpeg_viewers') === 1 && await gauge(far, 'hls_cameras') === 1, 'all four watch')
  assert.equal(await gauge(far, 'live_relays'), 1)
  const outputs = await reading
  for (const [i, { stdout, stderr }] of outputs.entries()) {
    assert.equal(stderr, '', `output ${i}`)
    assert.ok(stdout.split('\n').filter((line) => line.startsWith('0,')).length >= 5, `output ${i}`)
  }
})

test('a snapshot is had from either node, and a camera nobody knows from none', async () => {
  for (const { url } of [home, far]) {
    const jpeg = await ring.bytes(`${url}/api/v1/cameras/porch/snapshot?width=160`)
    assert.equal(jpeg.readUInt16BE(0), 0xffd8)
  }
  assert.equal((await fetch(`${far.url}/api/v1/cameras/attic/snapshot`)).status, 404)
  assert.equal((await fetch(`${far.url}/api/v1/cameras/attic/addresses`)).status, 404)
})

test('the document of the API describes the routes', async () => {
  const { paths } = await ring.get<{ paths: Record<string, unknown> }>(`${far.url}/api/v1/openapi.json`)
  for (const path of ['/api/v1/cameras/{id}/snapshot', '/api/v1/cameras/{id}/addresses', '/stream/{device}', '/hls/{camera}/index.m3u8', '/hls/{camera}/{file}']) assert.ok(path in paths, path)
})

test('the live page shows a camera over HLS when no way for WebRTC is found, says so, and draws its overlays over it', async () => {
  const { page, complaints } = await openPage(browser, 'about:blank')
  await page.addInitScript("globalThis.RTCPeerConnection = class extends RTCPeerConnection { constructor(init) { super({ ...init, iceTransportPolicy: 'relay' }) } }")
  await page.goto(`${far.url}/`)
  await holds(page, "document.querySelector('video[data-hls=porch]')?.videoWidth === 320", 60_000)
  await page.getByText('HLS, some seconds late').waitFor()
  const at = await page.evaluate("document.querySelector('video[data-hls=porch]').currentTime") as number
  const frames = "document.querySelector('video[data-hls=porch]').getVideoPlaybackQuality().totalVideoFrames"
  const before = await page.evaluate(frames) as number
  await holds(page, `document.querySelector('video[data-hls=porch]').currentTime > ${at + 3} && ${frames} > ${before + 60}`, 60_000)
  await keepPicture(page, 'hls')
  await page.getByRole('button', { name: 'Addresses of Porch' }).click()
  await page.getByText(`${far.url}/hls/porch/index.m3u8`).waitFor()
  await page.getByText(addresses.rtsp!).waitFor()
  await page.getByRole('region', { name: 'RTSP' }).getByRole('button', { name: 'Copy' }).click()
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), addresses.rtsp)
  await keepPicture(page, 'addresses')
  await page.keyboard.press('Escape')
  assert.deepEqual(complaints, []) // from here on a GPU that is none tells of its slowness
  await page.getByRole('button', { name: 'Overlays of Porch' }).click()
  await page.getByRole('dialog', { name: 'Overlays of Porch' }).getByRole('switch', { name: 'False colour' }).check()
  await holds(page, "(() => { const layer = document.querySelector('[data-layer=picture]'); return layer?.width === 320 && layer.getContext('2d').getImageData(160, 90, 1, 1).data[3] === 255 })()")
  await page.close()
})

test('with WebRTC the page needs no HLS', async () => {
  const { page } = await openPage(browser, `${far.url}/`)
  await holds(page, "document.querySelector('video[data-camera=porch]')?.videoWidth === 320", 60_000)
  assert.equal(await page.locator('video[data-hls]').count(), 0)
  await page.close()
})

test('RTSP for other machines wants --auth', async () => {
  const { code, stderr } = await runThatdam('node', '--data', `${ring.dir}/cedar`, '--http', '127.0.0.1:0', '--rtsp', '0.0.0.0:8554')
  assert.equal(code, 2)
  assert.match(stderr, /--rtsp 0\.0\.0\.0:8554 can be reached by other machines: add --auth/)
})

test('a node with --auth takes its token as password, over RTSP and for pictures, and does not tell it to its log', async () => {
  const node = new Thatdam(['node', '--data', `${ring.dir}/cedar`, '--http', '127.0.0.1:0', '--rtsp', '0.0.0.0:0', '--listen', '/ip4/127.0.0.1/tcp/0', '--auth', '--no-mdns', '--log', 'info', '--json'])
  try {
    const ready = await node.event('ready')
    const token = /Admin token.*: (td_\S+)/.exec(node.stderr)![1]!
    const basic = (password: string): Record<string, string> => ({ Authorization: `Basic ${Buffer.from(`x:${password}`).toString('base64')}` })
    const client = await RtspClient.connect(String(ready['rtsp']).replace('0.0.0.0', '127.0.0.1'))
    const status = async (headers: Record<string, string>): Promise<number> => (await client.send('DESCRIBE', 'rtsp://127.0.0.1/porch', headers)).status
    assert.deepEqual([await status({}), await status(basic('td_wrong')), await status(basic(token))], [401, 401, 404])
    client.end()
    assert.equal((await fetch(`${ready['http']}/stream/porch`)).status, 401)
    for (const [path, expected] of [['/stream/porch', 404], ['/hls/porch/index.m3u8', 404], ['/api/v1/cameras/porch/snapshot?width=16', 404], ['/api/v1/cameras', 401]] as const) {
      assert.equal((await fetch(`${ready['http']}${path}`, { headers: basic(token) })).status, expected, path)
    }
    assert.equal((await fetch(`${ready['http']}/stream/porch`, { method: 'POST', headers: basic(token) })).status, 401)
    assert.equal(node.stderr.split(token).length, 2, 'printed once')
    assert.ok(!node.stderr.includes(basic(token)['Authorization']!.slice(6)))
  } finally {
    await node.stop()
  }
})

test.run()
