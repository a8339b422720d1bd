/** WHIP (RFC 9725): one POST with an SDP offer makes its sender a camera of this node, its DELETE ends it. */
import type { FastifyPluginAsync } from 'fastify'
import { InvalidIdError, NotFoundError } from '#protocols/errors.ts'
import { type CameraId, cameraIdOf, parseCameraId } from '#protocols/ids.ts'
import type { TellServers } from '../../live/webrtc/turn-credentials.ts'
import type { WhipSessions } from '../../live/whip/whip-sessions.ts'
import { bodyOf, type CameraParams, completeMethods, prepareLiveRoutes, SDP, SDP_FRAGMENT, sendCreated, sendEmpty, sendPatched, type SessionParams, tellServers } from './live-http.ts'

const ENDPOINT = '/whip/:camera'
const SESSION = '/whip/:camera/:session'

interface Named { name?: unknown }

/** `POST /whip/:camera?name=`, `PATCH` and `DELETE /whip/:camera/:session`, `OPTIONS`, `GET` and `HEAD` of both. Every camera id is an endpoint. */
export function whipRoutes({ whip, tellIce = () => [] }: { whip: WhipSessions; tellIce?: TellServers }): FastifyPluginAsync {
  return async (app) => {
    prepareLiveRoutes(app)

    app.post<{ Params: CameraParams; Querystring: Named }>(ENDPOINT, async (request, reply) => {
      const camera = parseCameraId(request.params.camera)
      const source = request.headers['sec-fetch-mode'] === undefined ? 'whip' : 'browser'
      const made = await whip.create(camera, bodyOf(request, SDP).text, { name: nameOf(request.query.name, camera), source })
      return sendCreated(reply, { ...made, url: `/whip/${camera}/${made.id}`, iceServers: tellIce() })
    })

    app.patch<{ Params: SessionParams }>(SESSION, async (request, reply) => {
      const { text } = bodyOf(request, SDP_FRAGMENT)
      return sendPatched(reply, await whip.patch(parseCameraId(request.params.camera), request.params.session, text, request.headers['if-match']))
    })

    app.delete<{ Params: SessionParams }>(SESSION, async ({ params }, reply) => {
      whip.close(parseCameraId(params.camera), params.session)
      return reply.code(200).send()
    })

    app.get<{ Params: CameraParams }>(ENDPOINT, async ({ params }, reply) => {
      parseCameraId(params.camera)
      tellServers(reply, tellIce())
      return sendEmpty(reply)
    })
    app.get<{ Params: SessionParams }>(SESSION, async ({ params }, reply) => {
      if (!whip.has(parseCameraId(params.camera), params.session)) throw new NotFoundError('there is no such publisher session; it may have ended')
      return sendEmpty(reply)
    })
    completeMethods(app, ENDPOINT, ['GET', 'POST'])
    completeMethods(app, SESSION, ['GET', 'PATCH', 'DELETE'])
  }
}

/** What people call the camera, when it is a name of this very id. */
function nameOf(name: unknown, camera: CameraId): string {
  if (typeof name !== 'string' || /\p{Cc}/u.test(name)) return ''
  try {
    return cameraIdOf(name) === camera ? name.trim() : ''
  } catch (err) {
    if (err instanceof InvalidIdError) return ''
    throw err
  }
}
