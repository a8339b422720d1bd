// needs: ffmpeg
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import Fastify, { type FastifyInstance } from 'fastify'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { handleErrors } from '../../../../node/http/errors.ts'
import { pictureRoutes } from '../../../../node/http/routes/pictures.ts'
import { createPictures, type Pictures } from '../../../../node/outputs/pictures/pictures.ts'
import { makeClip } from '../../../support/camera-clip.ts'
import { outputCamera } from '../../../support/output-camera.ts'
import { until } from '../../../support/until.ts'

const run = promisify(execFile)
const clip = await makeClip({ seconds: 4, size: '640x360', gop: 30, bitrate: '800k' })
const source = outputCamera(clip)
const metrics = createMetrics()
const test = suite('snapshots and MJPEG')
let pictures: Pictures
let app: FastifyInstance
let url: string

test.before(async () => {
  pictures = createPictures({ log: silentLog, metrics }, { open: source.open, knows: (id) => id !== 'attic', lingerMs: 500, decoderTimeoutMs: 3_000 })
  app = Fastify({ forceCloseConnections: true })
  handleErrors(app, silentLog)
  await app.register(pictureRoutes({ pictures }))
  url = await app.listen({ host: '127.0.0.1', port: 0 })
  source.come()
})
test.after(async () => {
  await app.close()
  await pictures.stop()
  source.go()
})

const decoded = (): number => Number(/^thatdam_decoded_cameras (\d+)/m.exec(metrics.render())?.[1])

/** Processes of ours that decode. */
async function decoders(): Promise<number[]> {
  const { stdout } = await run('/usr/bin/pgrep', ['-P', String(process.pid), '-f', 'decode-child']).catch(() => ({ stdout: '' }))
  return stdout.trim().split('\n').filter((line) => line !== '').map(Number)
}

/** Size of a JPEG that ffmpeg decodes without a complaint. */
async function sizeOf(jpeg: Uint8Array): Promise<string> {
  const child = spawn('/usr/bin/ffprobe', ['-v', 'error', '-f', 'mjpeg', '-count_frames', '-show_entries', 'stream=width,height,nb_read_frames', '-of', 'csv=p=0', '-'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (bytes) => { out += bytes })
  child.stdin.end(jpeg)
  await new Promise((resolve) => { child.once('close', resolve) })
  return out.trim()
}

test('a snapshot is a JPEG of the camera, in its own size or narrower', async () => {
  const answer = await fetch(`${url}/api/v1/cameras/porch/snapshot`)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'image/jpeg')
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.equal(await sizeOf(new Uint8Array(await answer.arrayBuffer())), '640,360,1')
  const small = await fetch(`${url}/api/v1/cameras/porch/snapshot?width=161`)
  assert.equal(await sizeOf(new Uint8Array(await small.arrayBuffer())), '160,90,1')
  assert.equal(await sizeOf(new Uint8Array(await (await fetch(`${url}/api/v1/cameras/porch/snapshot?width=1920`)).arrayBuffer())), '640,360,1')
})

test('ten snapshots at once take one decoder, which ends when nobody looks', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => fetch(`${url}/api/v1/cameras/porch/snapshot?width=320`)))
  assert.ok(all.every(({ status }) => status === 200))
  await Promise.all(all.map((answer) => answer.arrayBuffer()))
  assert.equal((await decoders()).length, 1)
  await until(async () => decoded() === 0 && source.held() === 0 && (await decoders()).length === 0, 'decoder and feed are given back')
})

test('what can not be shown is refused in the project\'s words', async () => {
  const dark = await fetch(`${url}/api/v1/cameras/garage/snapshot`)
  assert.equal(dark.status, 409)
  assert.ok(Number(dark.headers.get('retry-after')) > 0)
  assert.equal((await dark.json() as { error: { code: string } }).error.code, 'ERR_TRACK_UNAVAILABLE')
  for (const [path, status] of [['/api/v1/cameras/attic/snapshot', 404], ['/stream/attic', 404], ['/stream/garage', 409], ['/stream/NOT%20AN%20ID', 400], ['/stream/porch?fps=11', 400], ['/stream/porch?width=1e9', 400], ['/api/v1/cameras/porch/snapshot?width=-1', 400]] as const) {
    const answer = await fetch(url + path)
    assert.equal(answer.status, status, path)
    await answer.text()
  }
})

/** Parts of a multipart stream as they come. */
async function watch(path: string): Promise<{ jpegs: Buffer[]; type: string; end(): void; ended: Promise<void> }> {
  const stop = new AbortController()
  const answer = await fetch(url + path, { signal: stop.signal })
  const jpegs: Buffer[] = []
  const ended = (async () => {
    let bytes = Buffer.alloc(0)
    try {
      for await (const piece of answer.body as AsyncIterable<Uint8Array>) {
        bytes = Buffer.concat([bytes, piece])
        for (let head = bytes.indexOf('\r\n\r\n'); head >= 0; head = bytes.indexOf('\r\n\r\n')) {
          const length = Number(/Content-Length: (\d+)/.exec(bytes.toString('latin1', 0, head))?.[1])
          if (bytes.length < head + 4 + length + 2) break
          jpegs.push(bytes.subarray(head + 4, head + 4 + length))
          bytes = bytes.subarray(head + 4 + length + 2)
        }
      }
    } catch {}
  })()
  return { jpegs, type: answer.headers.get('content-type') ?? '', ended, end: () => stop.abort() }
}

test('MJPEG viewers of several sizes and rates share one decoder, and each gets what it asked for', async () => {
  const fast = await watch('/stream/porch?fps=10&width=320')
  const slow = await watch('/stream/porch?fps=2&width=160')
  assert.match(fast.type, /^multipart\/x-mixed-replace; boundary=/)
  await until(() => fast.jpegs.length > 20 && slow.jpegs.length > 4, 'pictures')
  assert.ok(fast.jpegs.length > slow.jpegs.length * 2, `${fast.jpegs.length} and ${slow.jpegs.length}`)
  assert.equal(await sizeOf(fast.jpegs[5]!), '320,180,1')
  assert.equal(await sizeOf(slow.jpegs[1]!), '160,90,1')
  assert.notDeepEqual(fast.jpegs[5], fast.jpegs[15])
  assert.equal((await decoders()).length, 1)
  assert.equal(source.held(), 1)
  fast.end()
  slow.end()
  await until(() => source.held() === 0, 'the feed is given back')
})

test('a viewer that reads nothing misses pictures, for which no memory grows, and goes on with whole ones', async () => {
  const fast = await watch('/stream/porch?fps=10')
  const connected = once(app.server, 'connection') as Promise<[Socket]>
  const idle = connect(Number(new URL(url).port), '127.0.0.1').pause()
  idle.write(`GET /stream/porch?fps=10 HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`)
  const [served] = await connected
  await until(() => served.writableLength > 0, 'it is behind', 90_000)
  const seen = fast.jpegs.length
  await until(() => fast.jpegs.length > seen + 20, 'others see more')
  const [behind, largest] = [served.writableLength, Math.max(...fast.jpegs.map((jpeg) => jpeg.length))]
  assert.ok(behind <= served.writableHighWaterMark + 2 * largest, `${behind} bytes wait; a picture has ${largest}`)
  let bytes = Buffer.alloc(0)
  idle.on('data', (piece: Buffer) => { bytes = Buffer.concat([bytes, piece]) }).resume()
  await until(() => served.writableLength === 0 && bytes.length > behind, 'it reads again')
  const read = bytes.length
  await until(() => bytes.length > read + 3 * largest, 'and goes on')
  const starts = [...bytes.toString('latin1').matchAll(/Content-Length: (\d+)\r\n\r\n/g)]
  assert.ok(starts.length < fast.jpegs.length, `${starts.length} of ${fast.jpegs.length}`)
  for (const { index, 0: { length }, 1: size } of starts.slice(0, -1)) assert.deepEqual([...bytes.subarray(index + length + Number(size) - 2, index + length + Number(size))], [0xff, 0xd9], 'a JPEG to its end')
  idle.destroy()
  fast.end()
})

test('ffmpeg reads the stream as MJPEG', async () => {
  const { stdout } = await run('/usr/bin/ffmpeg', ['-v', 'error', '-f', 'mpjpeg', '-i', `${url}/stream/porch?fps=10`, '-frames:v', '5', '-f', 'framecrc', '-'], { timeout: 60_000 })
  assert.equal(stdout.split('\n').filter((line) => line.startsWith('0,')).length, 5)
})

test('a decoder that dies or hangs is replaced while somebody watches', async () => {
  const viewer = await watch('/stream/porch?fps=10')
  await until(() => viewer.jpegs.length > 3, 'pictures')
  const [pid] = await decoders()
  process.kill(pid!, 'SIGKILL')
  const before = viewer.jpegs.length
  await until(() => viewer.jpegs.length > before + 3, 'pictures of the next decoder')
  const [hung] = await decoders()
  assert.notEqual(hung, pid)
  process.kill(hung!, 'SIGSTOP')
  await until(async () => !(await decoders()).includes(hung!), 'the one that hangs is ended', 60_000)
  const then = viewer.jpegs.length
  await until(() => viewer.jpegs.length > then + 3, 'pictures of the third decoder')
  viewer.end()
})

test('viewers are told by the end of the stream when the camera goes for good', async () => {
  const viewer = await watch('/stream/porch')
  await until(() => viewer.jpegs.length > 1, 'pictures')
  source.go()
  await viewer.ended
  assert.equal((await fetch(`${url}/stream/porch`)).status, 409)
  source.come()
})

test('there is a limit to how many cameras are decoded', async () => {
  const many = createPictures({ log: silentLog, metrics: createMetrics() }, { open: async () => source.open('porch' as never), knows: () => true, maxCameras: 2 })
  const all = await Promise.allSettled(Array.from({ length: 3 }, (_, i) => many.snapshot(`camera-${i}` as never, 160)))
  await many.stop()
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 2)
  assert.match(String((all.at(-1) as PromiseRejectedResult).reason), /already/)
})

test.run()
