import { type FastifyPluginAsyncTypebox, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { CompletionQuery, CompletionView, ErrorBody, FacetList, SearchParameters, TimelineView } from '#protocols/http.ts'
import type { Ring } from '#ring'
import { searchOf } from '../../organise/search-of.ts'
import { within } from '../sight.ts'

/** All of them answer by what the asker may see. */
const byAlbum = { albums: true } as const

/** `GET /api/v1/assets/facets`, `/assets/timeline` and `/search/complete`: what there is to narrow the library by. */
export function searchRoutes({ ring }: { ring: { readonly catalog: Pick<Ring['catalog'], 'search'> } }): FastifyPluginAsyncTypebox {
  const { search } = ring.catalog
  return async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
    app.addHook('onListen', () => { void search.warm().catch(() => {}) }) // the first search of a person need not wait for it
    app.setValidatorCompiler(TypeBoxValidatorCompiler)

    app.get('/api/v1/assets/facets', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'How many of the assets of a query have which type, camera, tag, rating…', querystring: SearchParameters, response: { 200: FacetList, default: ErrorBody } }
    }, async ({ query, who }) => {
      const { total, facets } = await search.facets(within(who, searchOf(query as SearchParameters)))
      return { total, facets: facets.map(({ field, values, more }) => ({ field, values: values.map(({ value, title, assets }) => ({ value, title: title ?? null, assets })), more })) }
    })

    app.get('/api/v1/assets/timeline', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'How many of the assets of a query were taken on each day', querystring: SearchParameters, response: { 200: TimelineView, default: ErrorBody } }
    }, async ({ query, who }) => {
      const { total, unit, entries } = await search.timeline(within(who, searchOf(query as SearchParameters)))
      return { total, unit, entries: entries.map(([day, assets]) => [day, assets]) }
    })

    app.get('/api/v1/search/complete', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'What may be meant by what is being typed into the search', querystring: CompletionQuery, response: { 200: CompletionView, default: ErrorBody } }
    }, async ({ query: { text, at }, who }) => {
      const { from, to, items } = await search.complete(text, at ?? text.length, who.albums)
      return { from, to, items: items.map((item) => ({ ...item, assets: item.assets ?? null })) }
    })
  }
}
