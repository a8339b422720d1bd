/** WHEP (draft-ietf-wish-whep-04): one POST with an SDP offer makes a viewer session, its DELETE ends it. */
import type { FastifyPluginAsync } from 'fastify'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { type CameraId, parseCameraId } from '#protocols/ids.ts'
import type { TellServers } from '../../live/webrtc/turn-credentials.ts'
import type { WhepSessions } from '../../live/whep/whep-sessions.ts'
import { bodyOf, type CameraParams, completeMethods, prepareLiveRoutes, SDP, SDP_FRAGMENT, sendCreated, sendEmpty, sendPatched, type SessionParams, tellServers } from './live-http.ts'

const ENDPOINT = '/whep/:camera'
const SESSION = '/whep/:camera/:session'

/** How a viewer wants to be served. */
interface WhepQuery {
  /** `low`: pictures are shown at once, where the viewer's offer has the playout-delay header extension. @default normal */
  delay?: unknown
}

/** `POST /whep/:camera`, `PATCH` and `DELETE /whep/:camera/:session`, `OPTIONS`, `GET` and `HEAD` of both. */
export function whepRoutes({ whep, tellIce = () => [] }: { whep: WhepSessions; tellIce?: TellServers }): FastifyPluginAsync {
  return async (app) => {
    prepareLiveRoutes(app)

    app.post<{ Params: CameraParams; Querystring: WhepQuery }>(ENDPOINT, async (request, reply) => {
      const camera = parseCameraId(request.params.camera)
      const made = await whep.create(camera, bodyOf(request, SDP).text, { lowDelay: isLow(request.query) })
      const url = `/whep/${camera}/${made.id}`
      if ('answer' in made) return sendCreated(reply, { ...made, url, iceServers: tellIce() })
      return reply.code(406).header('Location', url).header('Accept-Patch', SDP).type(`${SDP}; valid-until="${new Date(made.validUntilMs).toUTCString()}"`).send(made.offer)
    })

    app.patch<{ Params: SessionParams }>(SESSION, async (request, reply) => {
      const { type, text } = bodyOf(request, SDP_FRAGMENT, SDP)
      const [camera, session, ifMatch] = [parseCameraId(request.params.camera), request.params.session, request.headers['if-match']]
      if (type === SDP_FRAGMENT) return sendPatched(reply, await whep.patch(camera, session, text, ifMatch))
      await whep.accept(camera, session, text)
      return reply.code(204).send()
    })

    app.delete<{ Params: SessionParams }>(SESSION, async ({ params }, reply) => {
      await whep.close(parseCameraId(params.camera), params.session)
      return reply.code(200).send()
    })

    app.get<{ Params: CameraParams }>(ENDPOINT, async ({ params }, reply) => {
      known(params.camera)
      tellServers(reply, tellIce())
      return sendEmpty(reply)
    })
    app.get<{ Params: SessionParams }>(SESSION, async ({ params }, reply) => {
      const camera = parseCameraId(params.camera)
      if (!whep.has(camera, params.session)) throw new NotFoundError('there is no such viewer session; it may have ended')
      return sendEmpty(reply)
    })
    completeMethods(app, ENDPOINT, ['GET', 'POST'])
    completeMethods(app, SESSION, ['GET', 'PATCH', 'DELETE'])
  }

  function known(camera: string): CameraId {
    const id = parseCameraId(camera)
    if (!whep.knows(id)) throw new NotFoundError(`there is no camera ${id}`)
    return id
  }
}

/** @throws InvalidInputError */
function isLow({ delay = 'normal' }: WhepQuery): boolean {
  if (delay !== 'low' && delay !== 'normal') throw new InvalidInputError('delay is low (pictures are shown at once, however unevenly they come) or normal')
  return delay === 'low'
}
