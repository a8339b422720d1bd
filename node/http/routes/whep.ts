/** WHEP (draft-ietf-wish-whep-04): one POST with an SDP offer makes a viewer session, its DELETE ends it. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { InvalidInputError, NotFoundError, OverloadedError } from '#protocols/errors.ts'
import { type CameraId, parseCameraId } from '#protocols/ids.ts'
import type { IceServer } from '../../live/webrtc/ice.ts'
import type { ViewerWishes, WhepSessions } from '../../live/whep/whep-sessions.ts'
import { bodyOf, type CameraParams, completeMethods, prepareLiveRoutes, SDP, SDP_FRAGMENT, sendCreated, sendEmpty, sendPatched, type SessionParams } from './live-http.ts'
import { cameraOf, createElsewhere, mayFollow, wasSentOn } from './whep-elsewhere.ts'

const ENDPOINT = '/whep/:camera'
const SESSION = '/whep/:camera/:session'

/** How a viewer wants to be served. */
interface WhepQuery {
  /** `low`: pictures are shown at once, where the viewer's offer has the playout-delay header extension. @default normal */
  delay?: unknown
}

/** `POST /whep/:camera`, `PATCH` and `DELETE /whep/:camera/:session`, `OPTIONS`, `GET` and `HEAD` of both. */
export function whepRoutes({ whep, iceServers = [] }: { whep: WhepSessions; iceServers?: readonly IceServer[] }): FastifyPluginAsync {
  const elsewhere = createElsewhere()

  /** What this node has no room for is taken by another: sent there, or handed on. */
  async function sendOn(err: unknown, request: FastifyRequest, camera: CameraId, offer: string, wishes: ViewerWishes): Promise<string | { id: string; answer: string; tag: string }> {
    const page = err instanceof OverloadedError && !wasSentOn(request) ? whep.elsewhere() : undefined
    if (page === undefined) throw err
    return mayFollow(request) ? cameraOf(page, camera, wishes) : elsewhere.create(page, camera, offer, wishes)
  }

  return async (app) => {
    prepareLiveRoutes(app)

    app.post<{ Params: CameraParams; Querystring: WhepQuery }>(ENDPOINT, async (request, reply) => {
      const camera = parseCameraId(request.params.camera)
      const offer = bodyOf(request, SDP).text
      const wishes = { lowDelay: isLow(request.query) }
      const made = await whep.create(camera, offer, wishes).catch((err) => sendOn(err, request, camera, offer, wishes))
      if (typeof made === 'string') return reply.code(307).header('Location', made).send()
      const url = `/whep/${camera}/${made.id}`
      if ('answer' in made) return sendCreated(reply, { ...made, url, iceServers })
      return reply.code(406).header('Location', url).header('Accept-Patch', SDP).type(`${SDP}; valid-until="${new Date(made.validUntilMs).toUTCString()}"`).send(made.offer)
    })

    app.patch<{ Params: SessionParams }>(SESSION, async (request, reply) => {
      const { type, text } = bodyOf(request, SDP_FRAGMENT, SDP)
      const [camera, session, ifMatch] = [parseCameraId(request.params.camera), request.params.session, request.headers['if-match']]
      const there = await elsewhere.patch(camera, session, { type, text, ifMatch })
      if (there !== undefined) return reply.code(there.status).headers(there.headers).send(there.text)
      if (type === SDP_FRAGMENT) return sendPatched(reply, await whep.patch(camera, session, text, ifMatch))
      await whep.accept(camera, session, text)
      return reply.code(204).send()
    })

    app.delete<{ Params: SessionParams }>(SESSION, async ({ params }, reply) => {
      const camera = parseCameraId(params.camera)
      if (!await elsewhere.end(camera, params.session)) whep.close(camera, params.session)
      return reply.code(200).send()
    })

    app.get<{ Params: CameraParams }>(ENDPOINT, async ({ params }, reply) => {
      known(params.camera)
      return sendEmpty(reply)
    })
    app.get<{ Params: SessionParams }>(SESSION, async ({ params }, reply) => {
      const camera = parseCameraId(params.camera)
      if (!whep.has(camera, params.session) && !elsewhere.has(camera, params.session)) throw new NotFoundError('there is no such viewer session; it may have ended')
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
