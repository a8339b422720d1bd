import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { AlbumChange, AlbumList, AlbumNew, AlbumView, AssetList, AssetSelection, BulkEditResult, ErrorBody } from '#protocols/http.ts'
import { noAlbum, type PlacedAlbum } from '../../../organise/albums.ts'
import { countOf } from '../../../organise/describe-edit.ts'
import type { Organise } from '../../../organise/organise.ts'
import { albumsSeen } from '../../sight.ts'
import { assetView } from '../../views.ts'
import type { Who } from '../../who.ts'
import { MAX_SELECTION_BYTES } from './edits.ts'

const Params = Type.Object({ id: Type.String({ maxLength: 64 }) })
const Page = Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 500 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) })
const schema = (summary: string, more: object): object => ({ tags: ['organise'], summary, ...more })

/** `/albums`, `/albums/:id` and `/albums/:id/assets`. */
export function albumRoutes({ albums, edits, selected }: Pick<Organise, 'albums' | 'edits' | 'selected'>): FastifyPluginAsyncTypebox {
  const config = { albums: true } as const

  /** @throws NotFoundError also for what they may not see */
  function find(who: Who, id: string): PlacedAlbum {
    const album = who.albums === undefined ? albums.find(id) : albumsSeen(who, albums.all()).find((seen) => seen.id === id)
    if (album === undefined) throw noAlbum(id)
    return album
  }

  return async (app) => {
    app.get('/api/v1/albums', { config, schema: { tags: ['organise'], summary: 'All albums', response: { 200: AlbumList, default: ErrorBody } } }, async ({ who }) => ({ albums: albumsSeen(who, await albums.list()) }))

    app.post('/api/v1/albums', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['organise'], summary: 'Make an album, filled by hand or by a rule', body: AlbumNew, response: { 201: AlbumView, default: ErrorBody } }
    }, async ({ body, who }, reply) => reply.code(201).send(await albums.create(who, body)))

    app.get('/api/v1/albums/:id', { config, schema: { tags: ['organise'], summary: 'One album', params: Params, response: { 200: AlbumView, default: ErrorBody } } }, async ({ params, who }) => {
      const seen = find(who, params.id)
      return { ...await albums.view(seen.id), ...seen }
    })

    app.patch('/api/v1/albums/:id', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['organise'], summary: 'Rename, move or change it', params: Params, body: AlbumChange, response: { 200: AlbumView, default: ErrorBody } }
    }, async ({ params, body, who }) => albums.change(who, params.id, body))

    app.delete('/api/v1/albums/:id', {
      schema: { tags: ['organise'], summary: 'Remove the album; what is in it stays in the library', params: Params, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params, who }, reply) => {
      await albums.remove(who, params.id)
      return reply.code(204).send(null)
    })

    app.get('/api/v1/albums/:id/assets', {
      config, schema: { tags: ['organise'], summary: 'A page of what is in it', params: Params, querystring: Page, response: { 200: AssetList, default: ErrorBody } }
    }, async ({ params, query, who }) => {
      const page = await albums.assets(find(who, params.id).id, query)
      return { assets: page.assets.map((asset) => assetView(asset)), total: page.total, cursor: page.cursor ?? null }
    })

    for (const [method, key, summary] of [['POST', 'addAlbums', 'Put assets into it'], ['DELETE', 'removeAlbums', 'Take assets out of it']] as const) {
      app.route({
        method, url: '/api/v1/albums/:id/assets', validatorCompiler: TypeBoxValidatorCompiler, bodyLimit: MAX_SELECTION_BYTES,
        schema: schema(summary, { params: Params, body: AssetSelection, response: { 200: BulkEditResult, default: ErrorBody } }),
        handler: async (request) => {
          const album = albums.find((request.params as { id: string }).id)
          const title = `${method === 'POST' ? 'into' : 'out of'} the album ${album.name}`
          const ids = await selected.ids(request.body as AssetSelection)
          request.deed.detail = `${title}: ${countOf(ids)}`
          return edits.many(request.who, ids, { [key]: [album.id] }, title)
        }
      })
    }
  }
}
