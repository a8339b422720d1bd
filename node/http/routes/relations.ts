import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import { ErrorBody, RelatedView, RelationMap } from '#protocols/http.ts'
import type { Ring } from '#ring'
import type { Onlooker, Relations } from '../../understanding/relations/relations.ts'
import { findSeen, sees } from '../sight.ts'
import type { Who } from '../who.ts'

export interface RelationComponents {
  readonly ring: { readonly catalog: Pick<Ring['catalog'], 'asset'> }
  readonly relations: Pick<Relations, 'related' | 'map'>
}

const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })
/** Both answer by what the asker may see. */
const byAlbum = { albums: true } as const
const onlooker = (who: Who): Onlooker => ({ albums: who.albums, maySee: (asset) => sees(who, asset) })

/** `GET /assets/:id/related`: what hangs together with an asset; `GET /understanding/map`: the library by likeness. */
export function relationRoutes({ ring: { catalog }, relations }: RelationComponents): FastifyPluginAsyncTypebox {
  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })

    app.get('/assets/:id/related', {
      config: byAlbum, schema: { tags: ['understanding'], summary: 'The same in another version, the same scene, the same moment, more like it, and its topics', params: Params, response: { 200: RelatedView, default: ErrorBody } }
    }, async ({ params, who }) => relations.related(await findSeen(catalog, who, params.id), onlooker(who)))

    app.get('/understanding/map', {
      config: byAlbum, schema: { tags: ['understanding'], summary: 'Clips laid out by likeness, with topics', response: { 200: RelationMap, default: ErrorBody } }
    }, ({ who }) => relations.map(onlooker(who)))
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}
