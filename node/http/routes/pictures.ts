import { Readable } from 'node:stream'
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody } from '#protocols/http.ts'
import { parseCameraId } from '#protocols/ids.ts'
import type { Pictures } from '../../outputs/pictures/pictures.ts'
import { answerForNow } from './live-http.ts'

/** Pictures a second of MJPEG when nobody says. @default 5 */
export const DEFAULT_MJPEG_FPS = 5
/** @default 10 */
export const MAX_MJPEG_FPS = 10
/** Narrowest and widest picture that is drawn, in pixels. */
export const WIDTHS = Object.freeze({ minimum: 16, maximum: 3_840 })

const BOUNDARY = 'thatdam-picture'
const Width = Type.Optional(Type.Integer({ ...WIDTHS, description: 'pixels; never wider than the camera, and its own width when not said' }))
const Fps = Type.Optional(Type.Number({ minimum: 0.1, maximum: MAX_MJPEG_FPS, description: `pictures a second at most (${DEFAULT_MJPEG_FPS})` }))

/** `GET /api/v1/cameras/:id/snapshot`, `GET /stream/:device`. */
export function pictureRoutes({ pictures }: { pictures: Pictures }): FastifyPluginAsyncTypebox {
  return async (app) => {
    answerForNow(app)

    app.get('/api/v1/cameras/:id/snapshot', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: {
        tags: ['cameras'], summary: 'How a camera looks now; 409 when it is not live', produces: ['image/jpeg'],
        params: Type.Object({ id: Type.String({ description: 'camera id' }) }), querystring: Type.Object({ width: Width }), response: { 200: Type.String({ description: 'JPEG' }), default: ErrorBody }
      }
    }, async ({ params, query }, reply) => {
      const jpeg = await pictures.snapshot(parseCameraId(params.id), even(query.width))
      return reply.type('image/jpeg').send(Buffer.from(jpeg) as unknown as string)
    })

    app.get('/stream/:device', {
      exposeHeadRoute: false, // it has no end
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: {
        tags: ['cameras'], summary: 'A live camera as MJPEG; 409 when it is not live', produces: [`multipart/x-mixed-replace`],
        params: Type.Object({ device: Type.String({ description: 'camera id' }) }), querystring: Type.Object({ fps: Fps, width: Width }), response: { 200: Type.String({ description: 'JPEGs without an end' }), default: ErrorBody }
      }
    }, async ({ params, query }, reply) => {
      const parts = new Readable({ read() {} })
      const leave = await pictures.watch(parseCameraId(params.device), {
        width: even(query.width), framesPerSecond: query.fps ?? DEFAULT_MJPEG_FPS,
        give(jpeg) { if (parts.readableLength <= BOUNDARY.length + 8) parts.push(partOf(jpeg)) }, // one that reads slowly misses pictures
        ended() { parts.push(null) }
      })
      parts.push(`--${BOUNDARY}\r\n`)
      parts.once('close', leave)
      if (reply.raw.destroyed) parts.destroy()
      return reply.type(`multipart/x-mixed-replace; boundary=${BOUNDARY}`).send(parts as unknown as string)
    })
  }
}

const even = (width: number | undefined): number => width === undefined ? 0 : width - (width % 2)

/** A picture and the boundary after it, so that a viewer need not wait for the next to know that this one is whole. */
function partOf(jpeg: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`), jpeg, Buffer.from(`\r\n--${BOUNDARY}\r\n`)])
}
