import assert from 'node:assert/strict'
import Fastify, { type FastifyInstance } from 'fastify'
import { suite } from 'uvu'
import { InvalidInputError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import { silentLog } from '#ring/base/log.ts'
import { handleErrors } from '../../../node/http/errors.ts'
import { createPasses } from '../../../node/http/passes.ts'
import { cardAliases, MAX_CARD_SCENES } from '../../../node/http/routes/seed/cards.ts'
import { deviceAliases } from '../../../node/http/routes/seed/devices.ts'
import type { SeedComponents } from '../../../node/http/routes/seed/seed-components.ts'
import { witnessAliases } from '../../../node/http/routes/seed/witness.ts'
import { createJobs, type Jobs } from '../../../node/jobs/jobs.ts'
import { until } from '../../support/until.ts'

interface Context { app: FastifyInstance; jobs: Jobs; on: Set<string>; switched: string[] }
const test = suite<Context>('routes of the first clients')

/** Of these cameras, `door` is not recorded by hand, and `shed` is not live. */
const CAMERAS = ['porch', 'yard', 'door', 'shed']

test.before.each(async (context) => {
  const app = context.app = Fastify() as unknown as FastifyInstance
  const jobs = context.jobs = createJobs({ node: 'alder', log: silentLog })
  const on = context.on = new Set<string>()
  const switched: string[] = context.switched = []
  const turn = async (camera: string, isOn: boolean): Promise<never> => {
    if (camera === 'door') throw new InvalidInputError('Door is not recorded by hand')
    if (on.has(camera) !== isOn) switched.push(`${camera} ${isOn ? 'on' : 'off'}`)
    on[isOn ? 'add' : 'delete'](camera)
    return {} as never
  }
  handleErrors(app, silentLog)
  app.decorate('passes', createPasses())
  app.get('/api/v1/cameras', async () => ({ cameras: CAMERAS.map((id) => ({ id, live: id !== 'shed' })) }))
  app.post('/api/v1/cameras/:id/record', ({ params, body }) => turn((params as { id: string }).id, (body as { on: boolean }).on))
  app.get('/batches/:name', async () => ['a', 'b', 'c'].map((id) => ({ id })))
  app.get('/api/v1/assets/:id/scenes', async ({ params }) => ({ scenes: (params as { id: string }).id === 'a' ? Array.from({ length: 20 }, (_each, i) => ({ heroMs: i * 1_500, picture: `/a?at=${i * 1_500}` })) : [] }))
  app.get('/api/v1/assets/:id/related', async ({ params }) => ({ duplicates: [], sameScene: (params as { id: string }).id === 'a' ? [{ likeness: 0.7 }] : [], more: (params as { id: string }).id === 'a' ? [{ likeness: 0.5 }] : [] }))
  const components = { jobs, settings: { read: (camera: CameraId) => ({ record: { on: on.has(camera) } }), turn } } as unknown as SeedComponents
  for (const aliases of [cardAliases, deviceAliases, witnessAliases]) await app.register(aliases(components))
})
test.after.each(async ({ app, jobs }) => {
  await app.close()
  await jobs.stop()
})

const ask = async ({ app }: Context, method: 'GET' | 'POST', url: string, payload?: object): Promise<{ status: number; json: any; location: unknown }> => {
  const { statusCode, payload: text, headers } = await app.inject({ method, url, ...payload && { payload } })
  return { status: statusCode, json: text === '' ? undefined : JSON.parse(text), location: headers.location }
}

test('cards show pictures of scenes, as many cards as are asked for, and how like each is to another when that is asked for', async (context) => {
  const { json } = await ask(context, 'GET', '/batches/day1/cards?limit=2')
  assert.deepEqual([json.batch_id, json.items.map(({ artifact, score }: any) => [artifact.id, score])], ['day1', [['a', null], ['b', null]]])
  assert.deepEqual([json.items[0].scenes.length, json.items[0].scenes[1], json.items[1].scenes], [MAX_CARD_SCENES, { time: 1.5, url: '/a?at=1500' }, []])
  const scored = await ask(context, 'GET', '/batches/day1/cards?include_score=true')
  assert.deepEqual(scored.json.items.map(({ score }: any) => score), [0.7, null, null])
  assert.equal((await ask(context, 'GET', '/batches/day1/cards?limit=0')).status, 400)
})

test('two cameras are recorded together and stopped, but for the one that was recorded before', async (context) => {
  context.on.add('yard')
  const { json } = await ask(context, 'POST', '/hwcapture/witness_record?duration=1')
  assert.deepEqual([json.status, json.hero, json.witness, json.duration], ['started', 'porch', 'yard', 1])
  assert.deepEqual([...context.on], ['yard', 'porch'])
  const { state, report } = await context.jobs.ended(json.job)
  assert.equal(state, 'done')
  assert.deepEqual(context.switched, ['porch on', 'porch off'])
  assert.match(String(report?.['raw']), /^\/api\/v1\/cameras\/porch\/play\?from=\d+&to=\d+$/)
  assert.match(String(report?.['witness']), /^\/api\/v1\/cameras\/yard\/play/)
})

test('a take that is cancelled stops its cameras, and one that can not begin leaves none recording', async (context) => {
  const { json } = await ask(context, 'POST', '/hwcapture/witness_record', { duration: 60, hero: 'yard', witness: 'porch' })
  context.jobs.cancel(json.job)
  assert.equal((await context.jobs.ended(json.job)).state, 'cancelled')
  assert.deepEqual([...context.on], [])
  context.jobs.retry(json.job)
  await until(() => context.on.size === 2, 'tried again it records again')
  context.jobs.cancel(json.job)
  await context.jobs.ended(json.job)
  const refused = await ask(context, 'POST', '/hwcapture/witness_record', { hero: 'porch', witness: 'door' })
  assert.deepEqual([refused.status, refused.json.error.message], [400, 'Door is not recorded by hand'])
  assert.deepEqual([...context.on], [])
  for (const [query, said] of [['hero=porch&witness=porch', /two cameras/], ['duration=0', /duration/], ['duration=4000', /duration/]] as const) {
    const { status, json: { error } } = await ask(context, 'POST', `/hwcapture/witness_record?${query}`)
    assert.deepEqual([status, said.test(error.message)], [400, true], error.message)
  }
})

test('a stream is asked for no faster than it is made, and a recording takes no file name and no codec', async (context) => {
  for (const [url, location] of [['stream?device=porch&fps=30', '/stream/porch?fps=10'], ['stream_mjpeg?device=porch&fps=2&width=320', '/stream/porch?width=320&fps=2'], ['stream_mjpeg?device=porch&quality=80', '/stream/porch']] as const) {
    assert.equal((await ask(context, 'GET', `/hwcapture/${url}`)).location, location)
  }
  for (const [query, said] of [['fname=capture.mp4', /leave fname out, and fetch \/api\/v1\/cameras\/porch\/export/], ['codec=h264', /as the camera sends it: leave codec out/]] as const) {
    const { status, json: { error } } = await ask(context, 'POST', `/hwcapture/record?device=porch&${query}`)
    assert.deepEqual([status, said.test(error.message)], [400, true], error.message)
  }
  assert.deepEqual(context.switched, [])
  const { json } = await ask(context, 'POST', '/hwcapture/record', { device: 'porch' })
  assert.match(json.file, /^\/api\/v1\/cameras\/porch\/play\?from=\d+$/)
  assert.equal((await ask(context, 'POST', '/daemon/record/stop?device=porch')).json.status, 'stopped')
  assert.deepEqual(context.switched, ['porch on', 'porch off'])
})

test.run()
