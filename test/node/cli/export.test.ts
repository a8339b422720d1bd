// needs: ffmpeg
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify, { type FastifyInstance } from 'fastify'
import { suite } from 'uvu'
import { silentLog } from '#ring/base/log.ts'
import { handleErrors } from '../../../node/http/errors.ts'
import { playbackRoutes } from '../../../node/http/routes/playback.ts'
import { createRecordings } from '../../../node/recording/recordings.ts'
import { countingRecording, FRAME_MS, numbersIn } from '../../support/counting-recording.ts'
import { run } from '../../support/processes.ts'

const test = suite('thatdam export')
const { world, session } = await countingRecording()
let app: FastifyInstance
let url: string
let folder: string

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thatdam-export-'))
  app = Fastify({ forceCloseConnections: true })
  handleErrors(app, silentLog)
  await app.register(playbackRoutes({ recordings: createRecordings({ ring: world.ring }) }))
  app.get('/api/v1/cameras', async () => ({ cameras: [{ id: 'porch', name: 'Front porch' }], nowMs: Date.now() }))
  url = await app.listen({ host: '127.0.0.1', port: 0 })
})
test.after(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

const moment = (picture: number): string => new Date(Math.ceil(session.startMs + picture * FRAME_MS)).toISOString()

test('a range is written to a file, to the picture, and what is there is not written over', async () => {
  const file = join(folder, 'fox.mp4')
  const done = await run('export', 'front porch', moment(41), moment(95), file, '--node', url)
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stdout, /fox\.mp4: 1\.8\d s from /)
  assert.deepEqual(await numbersIn(file), Array.from({ length: 54 }, (_, i) => 41 + i))
  const again = await run('export', 'porch', moment(41), moment(95), file, '--node', url)
  assert.deepEqual([again.code, /is there already/.test(again.stderr)], [1, true], again.stderr)
})

test('what is not recorded, or no range, leaves nothing behind', async () => {
  const none = await run('export', 'porch', '2020-01-01T00:00:00Z', '2020-01-01T00:01:00Z', join(folder, 'none.mp4'), '--node', url)
  assert.equal(none.code, 1)
  assert.match(none.stderr, /nothing of porch is recorded/)
  assert.equal((await run('export', 'porch', 'yesterday', 'today', join(folder, 'none.mp4'), '--node', url)).code, 2)
  assert.equal((await run('export', 'porch', '1', '2', join(folder, 'none.mp4'), '--cut', 'roughly', '--node', url)).code, 2)
  assert.deepEqual(await readdir(folder), ['fox.mp4'])
})

test.run()
