// needs: chromium ffmpeg
import assert from 'node:assert/strict'
import Fastify, { type FastifyInstance } from 'fastify'
import { suite } from 'uvu'
import { ThatDamError } from '#protocols/errors.ts'
import { silentLog } from '#ring/base/log.ts'
import { playbackRoutes } from '../../../node/http/routes/playback.ts'
import { createRecorder } from '../../../node/recording/recorder.ts'
import { createRecordings } from '../../../node/recording/recordings.ts'
import { clipCamera, makeClip } from '../../support/camera-clip.ts'
import { createRecordingRing } from '../../support/recording-ring.ts'
import { launchBrowser } from '../../support/whep-page.ts'

const test = suite('playback')
const clip = await makeClip({ seconds: 5 })
const world = createRecordingRing()
let app: FastifyInstance
let url: string
let startMs: number

test.before(async () => {
  const camera = clipCamera(clip)
  const recorder = createRecorder({ ring: world.ring, log: silentLog }, { camera })
  recorder.start()
  for (const { index } of clip.tracks) camera.report(clip.report(index, 0, Date.now()))
  for (const step of clip.steps) for (const packet of step.packets) camera.write(packet)
  camera.end('unplugged')
  await recorder.stop()
  const [session] = [...world.sessions.values()]
  // the clip was fed at once, so it "ends" in the future: move it to where a live one would be
  startMs = Date.now() - 10_000
  const byMs = startMs - session!.startMs
  world.sessions.set(session!.session, { ...session!, startMs, endMs: session!.endMs + byMs, tail: session!.tail.map((part) => ({ ...part, startMs: part.startMs + byMs })) })
  app = Fastify()
  app.setErrorHandler((err, _request, reply) => reply.code(err instanceof ThatDamError ? err.status : 500).send({ error: { message: String(err) } }))
  await app.register(playbackRoutes({ recordings: createRecordings({ ring: world.ring }) }))
  app.get('/', async (_request, reply) => reply.type('text/html').send('<video id=v muted></video>'))
  url = await app.listen({ host: '127.0.0.1', port: 0 })
})
test.after(async () => { await app.close() })

const play = (query: string, headers: Record<string, string> = {}, method = 'GET') => fetch(`${url}/api/v1/cameras/porch/play?${query}`, { headers, method, redirect: 'manual' })
const whole = () => `from=${Math.floor(startMs)}&to=${Math.floor(startMs) + 4_900}`

test('a recording lies at the time its node believed in: also one of tomorrow plays, alone by its name', async () => {
  const [session] = [...world.sessions.values()]
  const byMs = 86_400_000
  world.sessions.set('ahead', { ...session!, session: 'ahead', startMs: startMs + byMs, endMs: session!.endMs + byMs, tail: session!.tail.map((part) => ({ ...part, startMs: part.startMs + byMs })) })
  try {
    const from = Math.floor(startMs) + byMs
    for (const name of ['', '&session=ahead']) assert.equal((await play(`from=${from}&to=${from + 4_900}${name}`)).status, 200)
    assert.equal((await play(`${whole()}&session=ahead`)).status, 404)
    const open = await play(`from=${from}&to=${from + 90_000}&session=ahead`)
    assert.match(open.headers.get('location')!, /&session=ahead$/)
  } finally {
    world.sessions.delete('ahead')
  }
})

test('a range is served with its length, a strong tag, and byte ranges that are slices of it', async () => {
  const all = await play(whole())
  assert.equal(all.status, 200)
  assert.equal(all.headers.get('content-type'), 'video/mp4')
  assert.equal(all.headers.get('accept-ranges'), 'bytes')
  const bytes = Buffer.from(await all.arrayBuffer())
  assert.equal(bytes.length, Number(all.headers.get('content-length')))
  const etag = all.headers.get('etag')!
  assert.match(etag, /^"[^"]+"$/)
  const part = await play(whole(), { range: 'bytes=1000-50999', 'if-range': etag })
  assert.equal(part.status, 206)
  assert.equal(part.headers.get('content-range'), `bytes 1000-50999/${bytes.length}`)
  assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(1_000, 51_000)))
  assert.equal((await play(whole(), { range: 'bytes=0-1', 'if-range': '"other"' })).status, 200)
  assert.equal((await play(whole(), { range: `bytes=${bytes.length}-` })).status, 416)
  assert.equal((await play(whole(), { 'if-none-match': etag })).status, 304)
  const head = await play(whole(), {}, 'HEAD')
  assert.equal(Number(head.headers.get('content-length')), bytes.length)
})

test('an end that is open or not reached yet is a redirect to the range with its end named', async () => {
  for (const query of [`from=${startMs}`, `from=${new Date(startMs).toISOString()}&to=${Date.now() + 60_000}`]) {
    const answer = await play(query)
    assert.equal(answer.status, 302)
    const location = new URL(answer.headers.get('location')!, url)
    assert.equal(Number(location.searchParams.get('to')), Math.floor([...world.sessions.values()][0]!.endMs))
    assert.equal((await fetch(location, { redirect: 'manual' })).status, 200)
  }
})

test('what is not recorded is 404 and what is no time is 400', async () => {
  assert.equal((await play(`from=${startMs - 9_000}&to=${startMs - 5_000}`)).status, 404)
  for (const query of ['', 'from=yesterday', `from=${startMs}&to=never`, `from=${startMs + 4_000}&to=${startMs + 1_000}`]) assert.equal((await play(query)).status, 400, query)
})

test('what goes on from an end begins there, and not with a keyframe again', async () => {
  const first = await play(`from=${startMs}&to=${startMs + 1_500}`)
  const [begin, length] = [Number(first.headers.get('x-start-ms')), Number(first.headers.get('x-duration-ms'))]
  assert.match(first.headers.get('x-codecs') ?? '', /^avc1\.[0-9A-F]{6},opus$/)
  const next = await play(`from=${begin + length}&to=${startMs + 3_500}&continued=1`)
  assert.equal(next.status, 200)
  assert.ok(Math.abs(Number(next.headers.get('x-start-ms')) - begin - length) < 1)
  assert.equal((await play(`from=${startMs + 10}&to=${startMs + 20}&continued=1`)).status, 404, 'no part begins there')
})

test('a range is exported under its name, cut as it is wished', async () => {
  const take = (query: string) => fetch(`${url}/api/v1/cameras/porch/export?from=${startMs + 1_200}&to=${startMs + 3_000}${query}`)
  const [exact, keyframe, parts] = [await take(`&name=${encodeURIComponent('Der Fuchs: "früh"/1')}`), await take('&cut=keyframe'), await take('&cut=parts')]
  assert.equal(exact.headers.get('content-disposition'), `attachment; filename="Der Fuchs fr_h 1.mp4"; filename*=UTF-8''Der%20Fuchs%20fr%C3%BCh%201.mp4`)
  assert.match(parts.headers.get('content-disposition') ?? '', /filename="porch \d{4}-.*Z\.mp4"/)
  assert.deepEqual([exact.status, keyframe.status, parts.status], [200, 200, 200])
  const begins = [exact, keyframe, parts].map((answer) => Math.round(Number(answer.headers.get('x-start-ms')) - startMs))
  assert.deepEqual(begins, [1_200, 1_000, 1_000])
  assert.equal(Math.round(Number(exact.headers.get('x-duration-ms'))), 1_800)
  assert.equal(Buffer.from(await exact.arrayBuffer()).length, Number(exact.headers.get('content-length')))
  assert.equal((await take('&cut=roughly')).status, 400)
  assert.equal((await fetch(`${url}/api/v1/cameras/porch/export?from=${startMs}`)).status, 400)
})

test('Chromium plays it and seeks in it', async () => {
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage()
    await page.goto(url)
    const seen = await page.evaluate(async (src) => {
      const video = (globalThis as any).document.getElementById('v')
      video.src = src
      await new Promise((resolve, reject) => {
        video.addEventListener('loadeddata', resolve, { once: true })
        video.addEventListener('error', () => reject(new Error(video.error.message)), { once: true })
      })
      const { duration } = video
      video.currentTime = 3.5
      await new Promise((resolve) => { video.addEventListener('seeked', resolve, { once: true }) })
      await video.play()
      await new Promise((resolve) => setTimeout(resolve, 700))
      return { duration, at: video.currentTime, width: video.videoWidth, audio: video.webkitAudioDecodedByteCount }
    }, `/api/v1/cameras/porch/play?${whole()}`)
    assert.ok(Math.abs(seen.duration - 5) < 0.1, `duration ${seen.duration}`)
    assert.ok(seen.at > 3.7, `plays on after the seek: ${seen.at}`)
    assert.equal(seen.width, 320)
    assert.ok(seen.audio > 0)
  } finally {
    await browser.close()
  }
})

test.run()
