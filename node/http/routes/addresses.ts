import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import { NotFoundError } from '#protocols/errors.ts'
import { CameraAddresses, ErrorBody } from '#protocols/http.ts'
import { type CameraId, parseCameraId } from '#protocols/ids.ts'
import { isLoopback } from '#ring/base/loopback.ts'

export interface AddressComponents {
  knows(camera: CameraId): boolean
  /** `rtsp://HOST:PORT` of this node's RTSP server, when it runs. */
  rtsp(): string | undefined
}

/** `GET /api/v1/cameras/:id/addresses`: where other programs find a camera on this node, by the name the node was asked by. */
export function addressRoutes({ knows, rtsp }: AddressComponents): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/api/v1/cameras/:id/addresses', {
      schema: { tags: ['cameras'], summary: 'Where other programs find a camera on this node', params: Type.Object({ id: Type.String({ description: 'camera id' }) }), response: { 200: CameraAddresses, default: ErrorBody } }
    }, async ({ params, protocol, host, hostname }, reply) => {
      const camera = parseCameraId(params.id)
      if (!knows(camera)) throw new NotFoundError(`there is no camera ${camera}`)
      reply.header('cache-control', 'no-store')
      const base = `${protocol}://${host}`
      const own = rtsp()
      return {
        rtsp: own === undefined ? null : `${reachable(own, hostname)}/${camera}`,
        snapshot: `${base}/api/v1/cameras/${camera}/snapshot`, mjpeg: `${base}/stream/${camera}`, hls: `${base}/hls/${camera}/index.m3u8`
      }
    })
  }
}

/** The RTSP server's address as the one who asks can open it: by the same name, unless it answers its own machine only. */
function reachable(url: string, hostname: string): string {
  const [, host = '', port = ''] = /^rtsp:\/\/(.*):(\d+)$/.exec(url) ?? []
  return isLoopback(host) ? url : `rtsp://${hostname.replace(/:\d+$/, '')}:${port}`
}
