import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { DuplicateDecision, DuplicateDone, DuplicateList, ErrorBody } from '#protocols/http.ts'
import type { Ring } from '#ring'
import { decide, likenesses, MAX_NEAR_PAIRS } from '../../library/duplicates.ts'
import type { Edits } from '../../organise/edits.ts'
import { assetView } from '../views.ts'

export interface DuplicateComponents {
  readonly ring: { readonly catalog: Pick<Ring['catalog'], 'asset' | 'index'> }
  readonly edits: Pick<Edits, 'series'>
}

/** Groups on a page when nobody says. @default 20 */
export const DEFAULT_GROUPS = 20

const Query = Type.Object({ offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })) })

/** `GET /duplicates`: assets that look alike; `POST /duplicates`: what becomes of a group. Equal bytes are one asset already. */
export function duplicateRoutes({ ring: { catalog }, edits }: DuplicateComponents): FastifyPluginAsyncTypebox {
  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })

    app.get('/duplicates', {
      schema: { tags: ['assets'], summary: 'Groups of assets that look alike and that nobody has decided about, the most alike first', querystring: Query, response: { 200: DuplicateList, default: ErrorBody } }
    }, async ({ query: { offset = 0, limit = DEFAULT_GROUPS } }) => {
      const groups = likenesses(catalog.index.nearPairs({ limit: MAX_NEAR_PAIRS }).pairs)
      return { groups: groups.slice(offset, offset + limit).map(({ assets, distance }) => ({ assets: assets.map((asset) => assetView(asset)), distance })), total: groups.length }
    })

    app.post('/duplicates', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['assets'], summary: 'Keep one of a group and put the others into the trash, stack them, or say that they are no duplicates', body: DuplicateDecision, response: { 200: DuplicateDone, default: ErrorBody } }
    }, ({ body, who }) => decide(body, who, { catalog, edits }))
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}
