// needs: ffmpeg
import assert from 'node:assert/strict'
import Fastify, { type FastifyInstance } from 'fastify'
import { suite } from 'uvu'
import { NotFoundError } from '#protocols/errors.ts'
import { silentLog } from '#ring/base/log.ts'
import { createMetrics } from '#ring/base/metrics.ts'
import { handleErrors } from '../../../../node/http/errors.ts'
import { thumbnailRoutes } from '../../../../node/http/routes/thumbnails.ts'
import { createThumbnails, MAX_WAITING_THUMBNAILS, type Thumbnails } from '../../../../node/outputs/pictures/thumbnails.ts'
import { createRecordings, type Recordings } from '../../../../node/recording/recordings.ts'
import { countingRecording, FRAME_MS, numberInJpeg } from '../../../support/counting-recording.ts'

const test = suite('thumbnails of recordings')
const { world, session } = await countingRecording({ agoMs: 120_000 })
let thumbnails: Thumbnails
let app: FastifyInstance
let url: string

test.before(async () => {
  thumbnails = createThumbnails({ recordings: createRecordings({ ring: world.ring }), metrics: createMetrics() })
  app = Fastify({ forceCloseConnections: true })
  handleErrors(app, silentLog)
  await app.register(thumbnailRoutes({ thumbnails }, { burst: 30, perSecond: 0.001 }))
  url = await app.listen({ host: '127.0.0.1', port: 0 })
})
test.after(async () => {
  await app.close()
  await thumbnails.stop()
})

const ask = (picture: number, query = '', headers: Record<string, string> = {}): Promise<Response> => fetch(`${url}/api/v1/cameras/porch/thumbnail?at=${session.startMs + picture * FRAME_MS}${query}`, { headers })
const numberAt = async (picture: number): Promise<number> => {
  const answer = await ask(picture)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'image/jpeg')
  return numberInJpeg(new Uint8Array(await answer.arrayBuffer()))
}

test('a thumbnail shows the keyframe at or before its moment', async () => {
  assert.equal(await numberAt(95), 90)
  assert.equal(await numberAt(30.1), 30)
  assert.equal(await numberAt(-60), 0, 'before the first picture it is the first')
})

test('browsers keep it, and are told when it is the same', async () => {
  const [one, other] = [await ask(95), await ask(100)]
  const etag = one.headers.get('etag') ?? ''
  assert.match(one.headers.get('cache-control') ?? '', /^private, max-age=\d+, immutable$/)
  assert.equal(other.headers.get('etag'), etag)
  const unchanged = await ask(95, '', { 'if-none-match': etag })
  assert.deepEqual([unchanged.status, unchanged.headers.get('content-length')], [304, null])
  assert.notEqual((await ask(95, '&width=120')).headers.get('etag'), etag)
})

test('a second look at the same keyframe reads nothing from the ring but what says where it is', async () => {
  await ask(150)
  const before = world.gets
  await ask(151)
  assert.equal(world.gets, before)
})

test('only a few widths are drawn, and what is no time or no recording is said to be', async () => {
  assert.equal((await ask(95, '&width=3000')).status, 400)
  assert.equal((await fetch(`${url}/api/v1/cameras/porch/thumbnail?at=soon`)).status, 400)
  assert.equal((await fetch(`${url}/api/v1/cameras/porch/thumbnail?at=${session.startMs - 10_000_000}`)).status, 404)
  assert.equal((await fetch(`${url}/api/v1/cameras/porch/thumbnail?at=${session.endMs + 10_000}`)).status, 404)
})

test('one address that asks without end is told to wait', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask(95)))
  assert.ok(answers.some(({ status, headers }) => status === 429 && headers.get('retry-after') !== null))
})

test('what is asked for at once is decoded once, and no more wait than is said', async () => {
  let reads = 0
  const keyframe: Recordings['keyframe'] = async (_camera, atMs) => ({ atMs, id: 'one', read: () => { reads++; return Promise.reject(new NotFoundError('gone')) } })
  const own = createThumbnails({ recordings: { keyframe }, metrics: createMetrics() })
  const outcomes = await Promise.allSettled(Array.from({ length: MAX_WAITING_THUMBNAILS + 5 }, (_, i) => own.at('porch' as never, i, 240)))
  const codes = outcomes.map((outcome) => outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'made')
  assert.equal(codes.filter((code) => code === 'ERR_OVERLOADED').length, 5)
  assert.ok(reads <= MAX_WAITING_THUMBNAILS)
  await own.stop()
})

test.run()
