import { randomUUID } from 'node:crypto'
import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { ErrorBody, type ExpiringView, KeptList, KeptRequest, KeptView, RetentionReport, RetentionRequest, SpaceSettings } from '#protocols/http.ts'
import { type CameraId, parseCameraId } from '#protocols/ids.ts'
import type { RetentionFindings, Ring } from '#ring'

/** Longest range that can be kept at once, in ms (31 days). @default 2678400000 */
export const MAX_KEPT_MS = 31 * 86_400_000

const Params = Type.Object({ id: Type.String({ description: 'camera id' }) })
const KeptParams = Type.Object({ id: Type.String({ description: 'camera id' }), kept: Type.String({ maxLength: 100 }) })

/** `GET`, `POST`, `PATCH /api/v1/retention`; `GET`, `POST /api/v1/cameras/:id/kept`; `DELETE /api/v1/cameras/:id/kept/:kept`. */
export function retentionRoutes({ ring }: { ring: Pick<Ring, 'retention'> & { readonly catalog: Pick<Ring['catalog'], 'cameras' | 'index' | 'policy'> } }): FastifyPluginAsyncTypebox {
  const { catalog: { policy, index }, retention } = ring

  /** @throws NotFoundError when there is neither such a camera nor anything recorded of it */
  function known(text: string): CameraId {
    const camera = parseCameraId(text)
    if (!ring.catalog.cameras().some(({ id }) => id === camera) && index.firstRecordedMs(camera) === undefined) throw new NotFoundError(`there is no camera ${camera}`)
    return camera
  }

  return async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })

    app.get('/api/v1/retention', {
      schema: { tags: ['cameras'], summary: 'What footage would be given up now, by the rules of its cameras, and how much room the ring has', response: { 200: RetentionReport, default: ErrorBody } }
    }, async () => report(await retention.run({ dryRun: true }), true))

    app.post('/api/v1/retention', { config: { role: 'admin' },
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['cameras'], summary: 'Give it up now; answered when it is done', body: RetentionRequest, response: { 200: RetentionReport, default: ErrorBody } }
    }, async ({ body, raw }) => {
      raw.socket.setTimeout(0) // a year of a camera takes minutes
      const dryRun = body.dryRun === true
      return report(await retention.run({ dryRun }), dryRun)
    })

    app.patch('/api/v1/retention', { config: { role: 'admin' },
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['cameras'], summary: 'How much free space is too little, on every node of the ring', body: SpaceSettings, response: { 200: RetentionReport, default: ErrorBody } }
    }, async ({ body }) => {
      await policy.setSpace(body)
      return report(await retention.run({ dryRun: true }), true)
    })

    app.get('/api/v1/cameras/:id/kept', {
      schema: { tags: ['cameras'], summary: 'What is kept of a camera for good', params: Params, response: { 200: KeptList, default: ErrorBody } }
    }, async ({ params }) => ({ kept: policy.kept(known(params.id)).map((range) => ({ ...range })) }))

    app.post('/api/v1/cameras/:id/kept', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['cameras'], summary: 'Keep a range for good: it never expires', params: Params, body: KeptRequest, response: { 201: KeptView, default: ErrorBody } }
    }, async ({ params, body }, reply) => {
      const camera = known(params.id)
      const { fromMs, toMs } = body
      const name = body.name.trim()
      if (fromMs >= toMs) throw new InvalidInputError('fromMs must be before toMs')
      if (toMs - fromMs > MAX_KEPT_MS) throw new InvalidInputError('the range is longer than 31 days: keep it in parts')
      if (/\p{Cc}/u.test(name)) throw new InvalidInputError('the name has control characters: leave them out')
      if (index.stretches(camera, fromMs, toMs).length === 0) throw new NotFoundError('nothing is recorded in this range: there is nothing to keep')
      const range = { id: randomUUID(), camera, fromMs, toMs, name, createdAtMs: Date.now() }
      await policy.keep(range)
      return reply.code(201).send(range)
    })

    app.delete('/api/v1/cameras/:id/kept/:kept', {
      schema: { tags: ['cameras'], summary: 'Let go of a kept range: its footage lives as long as the rest of the camera', params: KeptParams, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params }, reply) => {
      const camera = known(params.id)
      if (!policy.kept(camera).some(({ id }) => id === params.kept)) throw new NotFoundError(`nothing called ${JSON.stringify(params.kept)} is kept of ${camera}`)
      await policy.unkeep(params.kept)
      return reply.code(204).send(null)
    })
  }
}

/** Hours of one camera that go for one reason are one line. */
function report({ waiting, hours, space }: RetentionFindings, dryRun: boolean): RetentionReport {
  const lines = new Map<string, ExpiringView>()
  for (const { camera, why, bytes, startMs, endMs } of hours) {
    const line = lines.get(`${camera}/${why}`) ?? { camera, why, hours: 0, bytes: 0, fromMs: startMs, toMs: endMs }
    lines.set(`${camera}/${why}`, { ...line, hours: line.hours + 1, bytes: line.bytes + bytes, fromMs: Math.min(line.fromMs, startMs), toMs: Math.max(line.toMs, endMs) })
  }
  return { waiting, dryRun, expiring: [...lines.values()], space: { ...space } }
}
