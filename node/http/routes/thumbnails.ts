import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody } from '#protocols/http.ts'
import { parseCameraId } from '#protocols/ids.ts'
import type { Thumbnails } from '../../outputs/pictures/thumbnails.ts'
import { matchesETag } from '../byte-range.ts'
import { createRateLimit, type RateLimitInit } from '../rate-limit.ts'
import { timeOf } from './footage.ts'
import { TooManyRequestsError } from './live-http.ts'

/** Width of a thumbnail when nobody says, in pixels. @default 240 */
export const THUMBNAIL_WIDTH = 240
/** Widths that are drawn: few, so that one drawing serves many. */
export const THUMBNAIL_WIDTHS = [120, 240, 480] as const
/** A moment older than this, in ms, has the keyframe it will always have. @default 60000 */
export const SETTLED_MS = 60_000
/** How long browsers keep a thumbnail of such a moment, in seconds. @default 86400 */
export const THUMBNAIL_MAX_AGE_SECONDS = 86_400

/** `GET /api/v1/cameras/:id/thumbnail?at&width`: the keyframe at or before a recorded moment. */
export function thumbnailRoutes({ thumbnails }: { thumbnails: Thumbnails }, rate: RateLimitInit = {}): FastifyPluginAsyncTypebox {
  return async (app) => {
    const limit = createRateLimit(rate)
    app.get('/api/v1/cameras/:id/thumbnail', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: {
        tags: ['cameras'], summary: 'What a recording looks like at a moment: its keyframe at or before it', produces: ['image/jpeg'],
        params: Type.Object({ id: Type.String({ description: 'camera id' }) }),
        querystring: Type.Object({ at: Type.String({ maxLength: 40, description: 'Unix ms or ISO 8601' }), width: Type.Optional(Type.Union(THUMBNAIL_WIDTHS.map((width) => Type.Literal(width)), { description: `pixels (${THUMBNAIL_WIDTH})` })) }),
        response: { 200: Type.String({ description: 'JPEG' }), default: ErrorBody }
      }
    }, async ({ params, query, ip, headers }, reply) => {
      reply.header('cache-control', 'no-store')
      const waitMs = limit.take(ip)
      if (waitMs > 0) {
        reply.header('retry-after', Math.ceil(waitMs / 1000))
        throw new TooManyRequestsError('too many thumbnails for this address: wait a moment')
      }
      const atMs = timeOf('at', query.at)
      const { jpeg, etag, atMs: shownMs } = await thumbnails.at(parseCameraId(params.id), atMs, query.width ?? THUMBNAIL_WIDTH)
      reply.header('etag', `"${etag}"`).header('x-start-ms', String(shownMs))
      reply.header('cache-control', atMs < Date.now() - SETTLED_MS ? `private, max-age=${THUMBNAIL_MAX_AGE_SECONDS}, immutable` : 'private, no-cache')
      if (matchesETag(headers['if-none-match'], etag)) return reply.code(304).send(undefined as unknown as string)
      return reply.type('image/jpeg').send(Buffer.from(jpeg) as unknown as string)
    })
  }
}
