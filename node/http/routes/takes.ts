import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, JobView, MoreAngles, NewTake, TakeEdit, TakeList, TakeOfAsset, TakeView } from '#protocols/http.ts'
import { type AssetId, parseCameraId } from '#protocols/ids.ts'
import type { Ring } from '#ring'
import type { CameraFootage } from '../../understanding/takes/camera-footage.ts'
import { csvOf } from '../../understanding/takes/export-csv.ts'
import { fcpxmlOf } from '../../understanding/takes/export-fcpxml.ts'
import type { Footage, RecordingId } from '../../understanding/takes/recording.ts'
import type { Take } from '../../understanding/takes/take.ts'
import type { TakeRecords } from '../../understanding/takes/take-records.ts'
import { takeView } from '../../understanding/takes/take-view.ts'
import type { Takes } from '../../understanding/takes/takes.ts'
import { findSeen } from '../sight.ts'
import type { Who } from '../who.ts'

export interface TakeRoutesComponents {
  readonly catalog: Pick<Ring['catalog'], 'asset'> & { readonly index: Pick<Ring['catalog']['index'], 'asset'> }
  readonly footage: Pick<CameraFootage, 'known'>
  readonly records: TakeRecords
  readonly takes: Takes
}

/** Takes on a page when nobody says. @default 60 */
export const DEFAULT_TAKES = 60

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' }) })
const Query = Type.Object({ offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })) })
const Bytes = Type.Unsafe<never>({ type: 'string', format: 'binary' })
const json = { validatorCompiler: TypeBoxValidatorCompiler } as const

/** `/api/v1/takes` and beneath, and `GET /api/v1/assets/:id/take`. */
export function takeRoutes(components: TakeRoutesComponents): FastifyPluginAsyncTypebox {
  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
    looks(app, components)
    orders(app, components)
    edits(app, components)
    exports(app, components)
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const viewOf = ({ catalog, footage }: TakeRoutesComponents, take: Take): TakeView => takeView(take, (id) => footage.known(id) ?? catalog.index.asset(id as AssetId))
const nameOf = ({ kind, name }: Who): string => kind === 'local' ? 'this machine' : name

function looks(app: App, components: TakeRoutesComponents): void {
  const { records, catalog } = components

  app.get('/takes', {
    schema: { tags: ['takes'], summary: 'Takes: several recordings of one moment, the newest first', querystring: Query, response: { 200: TakeList, default: ErrorBody } }
  }, async ({ query: { offset = 0, limit = DEFAULT_TAKES } }) => {
    const takes = records.list()
    return { takes: takes.slice(offset, offset + limit).map((take) => viewOf(components, take)), total: takes.length }
  })

  app.get('/takes/:id', {
    schema: { tags: ['takes'], summary: 'One take: its recordings and where they lie', params: Params, response: { 200: TakeView, default: ErrorBody } }
  }, async ({ params }) => viewOf(components, records.find(params.id)))

  app.get('/assets/:id/take', {
    schema: { tags: ['takes'], summary: 'The take that an asset is in', params: Params, response: { 200: TakeOfAsset, default: ErrorBody } }
  }, async ({ params, who }) => {
    const take = records.of((await findSeen(catalog, who, params.id)).facts.id)
    return { take: take === undefined ? null : viewOf(components, take) }
  })
}

function orders(app: App, { takes }: TakeRoutesComponents): void {
  app.post('/takes', {
    ...json, schema: { tags: ['takes'], summary: 'Put recordings in step, as a job: by their sound, else by timecode, else by their clocks', body: NewTake, response: { 202: JobView, default: ErrorBody } }
  }, async ({ body, who }, reply) => {
    const { name, ...recordings } = body as NewTake
    const job = await takes.sync({ by: nameOf(who), ...recordingsOf(recordings), name })
    return reply.code(202).header('location', `/api/v1/jobs/${job.id}`).send(job)
  })

  app.post('/takes/:id/angles', {
    ...json, schema: { tags: ['takes'], summary: 'Put more recordings into a take, as a job', params: Params, body: MoreAngles, response: { 202: JobView, default: ErrorBody } }
  }, async ({ params, body, who }, reply) => {
    const job = await takes.sync({ by: nameOf(who), ...recordingsOf(body as MoreAngles), into: params.id })
    return reply.code(202).header('location', `/api/v1/jobs/${job.id}`).send(job)
  })
}

function recordingsOf({ assets, footage }: MoreAngles): { assets: AssetId[] | undefined; footage: Footage[] | undefined } {
  return { assets: assets as AssetId[] | undefined, footage: footage?.map((one) => ({ ...one, camera: parseCameraId(one.camera) })) }
}

function edits(app: App, components: TakeRoutesComponents): void {
  const { records, takes } = components

  app.patch('/takes/:id', {
    ...json, schema: { tags: ['takes'], summary: 'Name a take, take recordings out, say where one lies', params: Params, body: TakeEdit, response: { 200: TakeView, default: ErrorBody } }
  }, async ({ params, body, who }) => {
    const { name, remove, move } = body as TakeEdit
    const { originMs } = viewOf(components, records.find(params.id))
    const moved = move?.map((one) => ({ ...one, recording: one.recording as RecordingId, offsetMs: one.offsetMs + originMs }))
    return viewOf(components, await takes.change(who, params.id, { name, remove: remove as RecordingId[] | undefined, move: moved }))
  })

  app.delete('/takes/:id', {
    schema: { tags: ['takes'], summary: 'Dissolve a take: its recordings stay, and are not put together again by themselves', params: Params, response: { 204: Type.Null(), default: ErrorBody } }
  }, async ({ params, who }, reply) => {
    await takes.dissolve(who, params.id)
    return reply.code(204).send(null)
  })
}

function exports(app: App, components: TakeRoutesComponents): void {
  for (const [name, mime, make] of [['take.csv', 'text/csv; charset=utf-8', csvOf], ['take.fcpxml', 'application/xml; charset=utf-8', fcpxmlOf]] as const) {
    app.get(`/takes/:id/${name}`, {
      schema: { tags: ['takes'], summary: `A take for other programs: ${name.split('.')[1]}`, params: Params, produces: [mime.split(';')[0]!], response: { 200: Bytes, default: ErrorBody } }
    }, async ({ params }, reply) => reply.type(mime).header('content-disposition', `attachment; filename="${name}"`).send(make(viewOf(components, components.records.find(params.id))) as never))
  }
}
