import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { NotFoundError } from '#protocols/errors.ts'
import { ErrorBody, MomentList, MomentSearch } from '#protocols/http.ts'
import type { Ring } from '#ring'
import type { MomentQuery, Moments } from '../../understanding/moments/moments.ts'
import type { Near } from '../../understanding/moments/question.ts'
import type { Subject } from '../../understanding/subject.ts'
import { momentQueryOf } from '../moment-query.ts'
import { coverageView, foundView, type ViewCatalog } from '../moment-views.ts'
import { createRateLimit, type RateLimitInit } from '../rate-limit.ts'
import { findSeen, sees } from '../sight.ts'
import type { Who } from '../who.ts'
import { TooManyRequestsError } from './live-http.ts'

/** Largest picture that others are compared with, in bytes. @default 33554432 */
export const MAX_PICTURE_BYTES = 33_554_432
export const NDJSON = 'application/x-ndjson'

export interface MomentRouteComponents {
  readonly catalog: ViewCatalog & Pick<Ring['catalog'], 'asset'>
  readonly moments: Moments
  /** The vector of a JPEG or PNG. @throws UnsupportedMediaError, ModelMissingError */
  pictureVector(bytes: Uint8Array, signal: AbortSignal): Promise<Near>
}

const WithinSearch = Type.Pick(MomentSearch, ['q', 'like', 'level', 'sense', 'limit'])
/** All of them answer by what the asker may see. */
const byAlbum = { albums: true } as const

/** `GET /search`, `POST /search/picture`, `GET /assets/:id/moments`: JSON, or with `Accept: application/x-ndjson` a line each. */
export function momentRoutes({ catalog, moments, pictureVector }: MomentRouteComponents, rate: RateLimitInit = {}): FastifyPluginAsyncTypebox {
  const limit = createRateLimit(rate)

  /** Only what they may see, whoever answers. @throws NotFoundError for a picture they may not */
  async function seen(who: Who, query: MomentQuery): Promise<MomentQuery> {
    for (const subject of [query.within, query.like !== undefined && 'subject' in query.like ? query.like.subject : undefined]) if (subject !== undefined) await checkSeen(who, subject)
    const { albums } = who
    if (albums === undefined) return query
    return { ...query, albums, maySee: (id) => sees(who, catalog.index.asset(id) ?? { albums: [] }) }
  }

  async function checkSeen(who: Who, { kind, id }: Subject): Promise<void> {
    if (kind === 'asset') await findSeen(catalog, who, id)
    else if (who.albums !== undefined) throw new NotFoundError(`there is no camera ${id}`)
  }

  async function answer(request: FastifyRequest, reply: FastifyReply, query: MomentQuery): Promise<MomentList> {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort(new Error('whoever asked has left')))
    const { found, coverage } = await moments.search(await seen(request.who, query), { signal: gone.signal })
    const views = found.flatMap((each) => foundView(catalog, each) ?? [])
    if (!request.headers.accept?.includes(NDJSON)) return { found: views, coverage: coverageView(coverage) }
    const lines = [...views.map((view) => JSON.stringify(view)), JSON.stringify(coverageView(coverage))]
    return reply.type(`${NDJSON}; charset=utf-8`).send(`${lines.join('\n')}\n`) as never
  }

  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.addHook('onRequest', async ({ ip }, reply) => {
      reply.header('cache-control', 'no-store')
      const waitMs = limit.take(ip)
      if (waitMs === 0) return
      reply.header('retry-after', Math.ceil(waitMs / 1000))
      throw new TooManyRequestsError('too many searches for this address: wait a moment')
    })
    app.setValidatorCompiler(TypeBoxValidatorCompiler)
    app.removeContentTypeParser('text/plain') // pictures, and nothing else
    app.addContentTypeParser(['image/jpeg', 'image/png'], { parseAs: 'buffer', bodyLimit: MAX_PICTURE_BYTES }, (_request, body, done) => done(null, body))
    const response = { 200: MomentList, default: ErrorBody }

    app.get('/search', {
      config: byAlbum, schema: { tags: ['moments'], summary: 'Moments that a sentence describes, in everything the ring holds, the best first', produces: ['application/json', NDJSON], querystring: MomentSearch, response }
    }, (request, reply) => answer(request, reply, momentQueryOf(request.query as MomentSearch)))

    app.post('/search/picture', {
      config: { ...byAlbum, role: 'viewer' }, schema: { tags: ['moments'], summary: 'Moments that look like a JPEG or PNG', consumes: ['image/jpeg', 'image/png'], produces: ['application/json', NDJSON], querystring: Type.Omit(MomentSearch, ['q', 'like']), response }
    }, async (request, reply) => {
      const near = await pictureVector(request.body as unknown as Uint8Array, AbortSignal.timeout(60_000))
      return answer(request, reply, { ...momentQueryOf(request.query as MomentSearch), like: near })
    })

    app.get('/assets/:id/moments', {
      config: byAlbum, schema: { tags: ['moments'], summary: 'Moments of one asset', params: Type.Object({ id: Type.String({ maxLength: 100 }) }), querystring: WithinSearch, response }
    }, (request, reply) => answer(request, reply, momentQueryOf({ ...request.query as MomentSearch, within: (request.params as { id: string }).id })))
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}
