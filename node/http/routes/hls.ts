import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import { ErrorBody } from '#protocols/http.ts'
import { parseCameraId } from '#protocols/ids.ts'
import type { Hls } from '../../outputs/hls/hls.ts'
import { answerForNow } from './live-http.ts'

const index = (description: string) => Type.Optional(Type.Integer({ minimum: 0, maximum: 1e15, description }))
const Query = Type.Object({
  _HLS_msn: index('answer when the playlist has this segment'),
  _HLS_part: index('or this part of it')
})

/** `GET /hls/:camera/index.m3u8` and the files it names: low-latency HLS (RFC 8216bis) of fMP4 with H.264 and Opus. */
export function hlsRoutes({ hls }: { hls: Hls }): FastifyPluginAsyncTypebox {
  return async (app) => {
    answerForNow(app)

    app.get('/hls/:camera/index.m3u8', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: {
        tags: ['cameras'], summary: 'A live camera as low-latency HLS; 409 when it is not live', produces: ['application/vnd.apple.mpegurl'],
        params: Type.Object({ camera: Type.String({ description: 'camera id' }) }), querystring: Query, response: { 200: Type.String(), default: ErrorBody }
      }
    }, async ({ params, query: { _HLS_msn: sequence, _HLS_part: part } }, reply) => {
      if (sequence === undefined && part !== undefined) throw new InvalidInputError('_HLS_part needs _HLS_msn')
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const playlist = await hls.playlist(parseCameraId(params.camera), sequence === undefined ? undefined : { sequence, part }, gone.signal)
      return reply.type('application/vnd.apple.mpegurl').serializer(String).send(playlist)
    })

    app.get('/hls/:camera/:file', {
      schema: { tags: ['cameras'], summary: 'What the playlist names', produces: ['video/mp4'], params: Type.Object({ camera: Type.String({ description: 'camera id' }), file: Type.String() }), response: { 200: Type.String({ description: 'MP4' }), default: ErrorBody } }
    }, async ({ params }, reply) => {
      const bytes = hls.file(parseCameraId(params.camera), params.file)
      return reply.type('video/mp4').send(bytes as unknown as string)
    })
  }
}
