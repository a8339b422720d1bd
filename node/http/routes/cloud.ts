import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { CloudLink, DrillRequest, ErrorBody, JobView, NewTier, TierAdded, TierChange, TierList } from '#protocols/http.ts'
import { parseAssetId } from '#protocols/ids.ts'
import type { Catalog } from '#ring'
import type { Cloud } from '../../cloud/cloud.ts'
import { DEFAULT_LINK_SECONDS, DEFAULT_MOVE_COPIES } from '../../cloud/tier.ts'
import { findSeen } from '../sight.ts'

export interface CloudRouteComponents {
  cloud: Pick<Cloud, 'tiers' | 'add' | 'change' | 'remove' | 'run' | 'drill' | 'link' | 'recall'>
  catalog: Pick<Catalog, 'asset'>
}

/** Longest a link may work, in seconds: what S3 allows. @default 604800 */
export const MAX_LINK_SECONDS = 604_800

const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })
const LinkQuery = Type.Object({ seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LINK_SECONDS })) })
const admin = { config: { role: 'admin' as const }, validatorCompiler: TypeBoxValidatorCompiler }

/** `/tiers` and beneath, `GET /assets/:id/link`, `POST /assets/:id/recall`. */
export function cloudRoutes({ cloud, catalog }: CloudRouteComponents): FastifyPluginAsyncTypebox {
  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.get('/tiers', { ...admin, schema: { tags: ['cloud'], summary: 'Buckets that hold copies of originals, and how far they are', response: { 200: TierList, default: ErrorBody } } }, async () => ({ tiers: await cloud.tiers() }))

    app.post('/tiers', { ...admin, schema: { tags: ['cloud'], summary: 'Keep copies of the library, or of an album, in a bucket', body: NewTier, response: { 201: TierAdded, default: ErrorBody } } }, async ({ body }, reply) =>
      reply.code(201).send(await cloud.add({ endpoint: '', region: '', mode: 'copy', album: '', moveCopies: DEFAULT_MOVE_COPIES, ...body })))

    app.patch('/tiers/:id', { ...admin, schema: { tags: ['cloud'], summary: 'Change a tier', params: Params, body: TierChange, response: { 200: TierAdded, default: ErrorBody } } }, async ({ params, body }) => cloud.change(params.id, body))

    app.delete('/tiers/:id', { ...admin, schema: { tags: ['cloud'], summary: 'Forget a tier; what is in the bucket stays there', params: Params, response: { 204: Type.Null(), default: ErrorBody } } }, async ({ params }, reply) => {
      await cloud.remove(params.id)
      return reply.code(204).send(null)
    })

    app.post('/tiers/:id/run', { ...admin, schema: { tags: ['cloud'], summary: 'Copy what it lacks now', params: Params, response: { 202: JobView, default: ErrorBody } } }, async ({ params }, reply) => reply.code(202).send(cloud.run(params.id)))

    app.post('/tiers/:id/drill', { ...admin, schema: { tags: ['cloud'], summary: 'Read a share of it whole, and say whether it could be restored', params: Params, body: DrillRequest, response: { 202: JobView, default: ErrorBody } } }, async ({ params, body }, reply) =>
      reply.code(202).send(cloud.drill(params.id, body.share)))

    app.get('/assets/:id/link', { config: { albums: true }, schema: { tags: ['cloud'], summary: 'A link that downloads the original from a bucket, without this node', params: Params, querystring: LinkQuery, response: { 200: CloudLink, default: ErrorBody } } }, async ({ params, who, query: { seconds = DEFAULT_LINK_SECONDS } }) => {
      const asset = await findSeen(catalog, who, params.id)
      return { url: await cloud.link(asset, seconds), expiresAtMs: Date.now() + seconds * 1000 }
    })

    app.post('/assets/:id/recall', { ...admin, schema: { tags: ['cloud'], summary: "Bring its bytes back onto the ring's disks", params: Params, response: { 202: JobView, default: ErrorBody } } }, async ({ params }, reply) =>
      reply.code(202).send(await cloud.recall(parseAssetId(params.id))))
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}
