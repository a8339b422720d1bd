// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import Fastify, { type FastifyInstance } from 'fastify'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { handleErrors } from '../../../../node/http/errors.ts'
import { hlsRoutes } from '../../../../node/http/routes/hls.ts'
import { createHls, type Hls } from '../../../../node/outputs/hls/hls.ts'
import { HlsWindow, KEPT_BYTES, KEPT_SECONDS, secondsOf, TARGET_SECONDS } from '../../../../node/outputs/hls/hls-window.ts'
import { playlistOf } from '../../../../node/outputs/hls/playlist.ts'
import { makeClip } from '../../../support/camera-clip.ts'
import { outputCamera } from '../../../support/output-camera.ts'
import { until } from '../../../support/until.ts'

const run = promisify(execFile)
const clip = await makeClip({ seconds: 4, size: '640x360', gop: 60, bitrate: '800k' })
const source = outputCamera(clip)
const test = suite('low-latency HLS')
let hls: Hls
let app: FastifyInstance
let url: string

test.before(async () => {
  hls = createHls({ log: silentLog, metrics: createMetrics() }, { open: source.open, knows: (id) => id !== 'attic', idleMs: 4_000 })
  hls.start()
  app = Fastify({ forceCloseConnections: true })
  handleErrors(app, silentLog)
  await app.register(hlsRoutes({ hls }))
  url = await app.listen({ host: '127.0.0.1', port: 0 })
  source.come()
})
test.after(async () => {
  await app.close()
  hls.stop()
  source.go()
})

const load = async (query = ''): Promise<string> => {
  const answer = await fetch(`${url}/hls/porch/index.m3u8${query}`)
  assert.equal(answer.status, 200, query)
  return answer.text()
}
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found)
/** The newest part of a playlist. */
const newest = (text: string): { sequence: number; part: number } => {
  const [sequence, part] = all(text, /"part-(\d+-\d+)\.m4s"/g).at(-1)!.split('-').map(Number) as [number, number]
  return { sequence, part }
}

test('the playlist lists parts of about a second, their header and the time of day', async () => {
  const text = await load()
  assert.match(text, /^#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=12,PART-HOLD-BACK=3\.30000\n#EXT-X-PART-INF:PART-TARGET=1\.10000\n#EXT-X-MEDIA-SEQUENCE:\d+\n/)
  assert.match(text, /#EXT-X-MAP:URI="init-\d+\.mp4"\n#EXT-X-PROGRAM-DATE-TIME:.*Z\n#EXT-X-PART:DURATION=[01]\.\d+,URI="part-\d+-0\.m4s",INDEPENDENT=YES\n/)
  const startMs = Date.parse(all(text, /DATE-TIME:(.*)/g)[0]!)
  assert.ok(Math.abs(Date.now() - startMs) < 60_000)
})

test('a reload that names the next part is answered when it is made, and not before', async () => {
  const { sequence, part } = newest(await load())
  const text = await load(`?_HLS_msn=${sequence}&_HLS_part=${part + 1}`)
  const now = newest(text)
  assert.ok(now.sequence > sequence || now.part > part, text)
  assert.ok(newest(await load(`?_HLS_msn=${now.sequence + 1}`)).sequence > now.sequence + 1, 'a whole segment is there when the next has begun')
})

test('header and parts make a whole segment, which ffmpeg decodes without a complaint', async () => {
  const text = await until(async () => { const text = await load(); return all(text, /^(segment-\d+)/gm).length > 1 ? text : undefined }, 'two whole segments')
  const get = async (file: string): Promise<Buffer> => Buffer.from(await (await fetch(`${url}/hls/porch/${file}`)).arrayBuffer())
  const sequence = all(text, /^segment-(\d+)/gm).at(-1)!
  const parts = await Promise.all(all(text, new RegExp(`"(part-${sequence}-\\d+\\.m4s)"`, 'g')).map(get))
  assert.ok(parts.length >= 2)
  assert.ok(Buffer.concat(parts).equals(await get(`segment-${sequence}.m4s`)))
  const { stdout } = await run('/usr/bin/ffmpeg', ['-v', 'warning', '-xerror', '-i', `${url}/hls/porch/index.m3u8`, '-t', '3', '-map', '0:v', '-map', '0:a', '-f', 'framecrc', '-'], { timeout: 60_000 })
  const count = (stream: string): number => stdout.split('\n').filter((line) => line.startsWith(stream)).length
  assert.ok(count('0,') > 80, `${count('0,')} pictures`)
  assert.ok(count('1,') > 100, `${count('1,')} packets of sound`)
})

test('what can not be had is refused', async () => {
  const { sequence } = newest(await load())
  for (const [path, status] of [
    ['/hls/attic/index.m3u8', 404], ['/hls/garage/index.m3u8', 409], ['/hls/porch/part-1-0.m4s', 404], ['/hls/porch/..%2f..%2fetc', 404], ['/hls/garage/init-1.mp4', 404],
    ['/hls/porch/index.m3u8?_HLS_part=1', 400], [`/hls/porch/index.m3u8?_HLS_msn=${sequence + 100}`, 400], ['/hls/porch/index.m3u8?_HLS_msn=x', 400]
  ] as const) {
    const answer = await fetch(url + path)
    assert.equal(answer.status, status, path)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    if (status === 409) assert.ok(Number(answer.headers.get('retry-after')) > 0)
    await answer.text()
  }
})

test('a player that would be told only what is new (_HLS_skip) is told all, as nothing was promised', async () => {
  const answer = await fetch(`${url}/hls/porch/index.m3u8?_HLS_skip=YES`)
  assert.equal(answer.status, 200)
  assert.doesNotMatch(await answer.text(), /EXT-X-SKIP|CAN-SKIP/)
})

test('when the camera comes back another header and a discontinuity follow, and the numbers go on', async () => {
  const before = newest(await load())
  source.go()
  source.come()
  const text = await until(async () => { const text = await load(); return text.includes('#EXT-X-DISCONTINUITY\n') ? text : undefined }, 'the discontinuity')
  assert.match(text, /#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-\d+\.mp4"\n/)
  assert.equal(new Set(all(text, /URI="(init-\d+)/g)).size, 2)
  assert.ok(newest(text).sequence > before.sequence)
})

test('a camera that is gone ends waiting requests, and one nobody asks for is let go', async () => {
  const { sequence } = newest(await load())
  const waiting = fetch(`${url}/hls/porch/index.m3u8?_HLS_msn=${sequence + 2}`)
  source.go()
  assert.equal((await waiting).status, 409)
  assert.equal((await fetch(`${url}/hls/porch/index.m3u8`)).status, 409)
  source.come()
  await load()
  assert.equal(source.held(), 1)
  await until(() => source.held() === 0, 'the feed is given back')
})

test('the window keeps half a minute, in segments no longer than the target, and bounded bytes however large the parts are', () => {
  const window = new HlsWindow(7)
  const tracks = { width: 16, height: 16, codec: 'H264', config: Buffer.alloc(8), inBand: false, audioChannels: 0 } as const
  window.begin({ tracks })
  for (let i = 0; i < 200; i++) window.add({ bytes: Buffer.alloc(100), startMs: i * 1_000, durationMs: 1_000, key: i % 7 === 0 })
  const seconds = window.segments.map(secondsOf)
  assert.ok(Math.max(...seconds) <= TARGET_SECONDS + 0.4)
  assert.ok(seconds.reduce((a, b) => a + b) <= KEPT_SECONDS + TARGET_SECONDS + 1)
  assert.match(playlistOf(window), /EXT-X-DISCONTINUITY-SEQUENCE:0/)
  for (let i = 0; i < 100; i++) {
    window.begin({ tracks })
    window.add({ bytes: Buffer.alloc(2_000_000), startMs: i * 1_000, durationMs: 1_000, key: true })
  }
  assert.ok(window.segments.reduce((sum, { parts }) => sum + parts.length * 2_000_000, 0) <= KEPT_BYTES)
  const text = playlistOf(window)
  const [base] = all(text, /DISCONTINUITY-SEQUENCE:(\d+)/g)
  assert.equal(Number(base) + all(text, /(#EXT-X-DISCONTINUITY\n)/g).length, 100)
})

test.run()
