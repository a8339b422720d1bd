/** WHEP (draft-ietf-wish-whep-04): one POST with an SDP offer makes a viewer session, its DELETE ends it. */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { InvalidInputError, OverloadedError, ThatDamError, TrackUnavailableError } from '#protocols/errors.ts'
import { parseCameraId } from '#protocols/ids.ts'
import { MAX_SDP_BYTES } from '../../live/sdp-offer.ts'
import type { WhepSessions } from '../../live/whep-sessions.ts'
import { cameraOf, createElsewhere, SENT_ON } from './whep-elsewhere.ts'

/** Seconds a client is asked to wait before it tries again. @default 2 */
export const RETRY_AFTER_SECONDS = 2
const SDP = 'application/sdp'
const SDP_FRAGMENT = 'application/trickle-ice-sdpfrag'

class UnsupportedTypeError extends ThatDamError {
  readonly code = 'ERR_UNSUPPORTED_TYPE'
  override readonly status = 415
}

interface CameraParams { camera: string }
interface SessionParams extends CameraParams { session: string }

/** `POST /whep/:camera`, `PATCH` and `DELETE /whep/:camera/:session`, `OPTIONS` and `GET` of both. */
export function whepRoutes({ whep }: { whep: WhepSessions }): FastifyPluginAsync {
  return async (app) => {
    const elsewhere = createElsewhere()
    parseSdpBodies(app)
    app.addHook('onRequest', async (_request, reply) => { reply.header('Cache-Control', 'no-store') })
    app.addHook('onError', async (_request, reply, error) => {
      if (error instanceof TrackUnavailableError || error instanceof OverloadedError) reply.header('Retry-After', RETRY_AFTER_SECONDS)
    })

    app.post<{ Params: CameraParams; Body: unknown }>('/whep/:camera', async (request, reply) => {
      const camera = parseCameraId(request.params.camera)
      const offer = bodyOf(request.body, request.headers['content-type'], SDP)
      const created = await whep.create(camera, offer).catch(async (err: unknown) => {
        const page = err instanceof OverloadedError && !wasSentOn(request) ? whep.elsewhere() : undefined
        if (page === undefined) throw err
        return mayFollow(request) ? cameraOf(page, camera) : elsewhere.create(page, camera, offer)
      })
      if (typeof created === 'string') return reply.code(307).header('Location', created).send()
      const { id, answer } = created
      return reply.code(201).header('Location', `/whep/${camera}/${id}`).header('ETag', `"${id}"`)
        .header('Accept-Patch', SDP_FRAGMENT).header('Access-Control-Expose-Headers', 'Location, ETag, Link').type(SDP).send(answer)
    })

    app.patch<{ Params: SessionParams; Body: unknown }>('/whep/:camera/:session', async ({ params, headers, body }, reply) => {
      const fragment = bodyOf(body, headers['content-type'], SDP_FRAGMENT)
      if (await elsewhere.tell(parseCameraId(params.camera), params.session, 'PATCH', { text: fragment, type: SDP_FRAGMENT })) return reply.code(204).send()
      await whep.addCandidates(parseCameraId(params.camera), params.session, candidatesOf(fragment))
      return reply.code(204).send()
    })

    app.delete<{ Params: SessionParams }>('/whep/:camera/:session', async ({ params }, reply) => {
      const camera = parseCameraId(params.camera)
      if (!await elsewhere.tell(camera, params.session, 'DELETE')) whep.close(camera, params.session)
      return reply.code(200).send()
    })

    for (const url of ['/whep/:camera', '/whep/:camera/:session']) {
      app.options(url, async (_request, reply) => preflight(reply))
      app.get(url, async (_request, reply) => reply.code(204).send())
    }
  }
}

const wasSentOn = (request: FastifyRequest): boolean => new URLSearchParams(request.url.split('?')[1]).has(SENT_ON)

/** A page may not (its policy names its own origin only), and a token is good for this node only. */
const mayFollow = ({ headers }: FastifyRequest): boolean => headers.origin === undefined && headers['sec-fetch-site'] === undefined && headers.authorization === undefined && headers.cookie === undefined

function preflight(reply: FastifyReply): FastifyReply {
  return reply.code(200).header('Accept-Post', SDP).header('Accept-Patch', SDP_FRAGMENT)
    .header('Access-Control-Allow-Methods', 'POST, PATCH, DELETE, OPTIONS').header('Access-Control-Allow-Headers', 'Content-Type, Authorization, If-Match').send()
}

function parseSdpBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser([SDP, SDP_FRAGMENT], { parseAs: 'string', bodyLimit: MAX_SDP_BYTES }, (_request, body, done) => done(null, body))
  app.addContentTypeParser('*', { bodyLimit: MAX_SDP_BYTES, parseAs: 'string' }, (_request, _body, done) => done(null, undefined))
}

function bodyOf(body: unknown, type: string | undefined, expected: string): string {
  if (type?.split(';')[0]?.trim().toLowerCase() !== expected) throw new UnsupportedTypeError(`send the body as ${expected}`)
  if (typeof body !== 'string' || body === '') throw new InvalidInputError(`the body is empty; it has to be ${expected}`)
  return body
}

/** RFC 8840 section 4.4: candidate lines, each under the mid of its media section. End-of-candidates and the credentials need no action. */
function candidatesOf(fragment: string): Array<{ candidate: string; mid: string }> {
  const candidates: Array<{ candidate: string; mid: string }> = []
  let mid = '0'
  for (const line of fragment.split(/\r?\n/)) {
    if (line !== '' && !/^[a-z]=/.test(line)) throw new InvalidInputError(`not an SDP fragment: ${JSON.stringify(line.slice(0, 80))}`)
    if (line.startsWith('a=mid:')) mid = line.slice('a=mid:'.length)
    if (line.startsWith('a=candidate:')) candidates.push({ candidate: line.slice('a='.length), mid })
  }
  if (candidates.length > 100) throw new InvalidInputError('an SDP fragment of more than 100 candidates')
  return candidates
}
