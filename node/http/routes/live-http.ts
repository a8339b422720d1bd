/** What WHEP and WHIP have in common over HTTP: types of bodies, headers, methods, and what is said when it does not go. */
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { CameraBusyError, InvalidInputError, OverloadedError, ThatDamError, TrackUnavailableError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { PatchOutcome } from '../../live/webrtc/ice-patches.ts'
import type { IceServer } from '../../live/webrtc/ice.ts'
import { MAX_SDP_BYTES } from '../../live/webrtc/sdp.ts'
import { createRateLimit } from '../rate-limit.ts'

/** Seconds a client is asked to wait before it tries again. @default 2 */
export const RETRY_AFTER_SECONDS = 2
export const SDP = 'application/sdp'
export const SDP_FRAGMENT = 'application/trickle-ice-sdpfrag'
const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

class UnsupportedTypeError extends ThatDamError {
  readonly code = 'ERR_UNSUPPORTED_TYPE'
  override readonly status = 415
}

class MethodNotAllowedError extends ThatDamError {
  readonly code = 'ERR_METHOD'
  override readonly status = 405
}

/** One address asks too often. */
export class TooManyRequestsError extends ThatDamError {
  readonly code = 'ERR_TOO_MANY_REQUESTS'
  override readonly status = 429
}

export interface CameraParams { camera: string }
export interface SessionParams extends CameraParams { session: string }

/** Bodies as text, nothing kept by caches, a limit per client, and Retry-After where trying again may help. */
export function prepareLiveRoutes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser([SDP, SDP_FRAGMENT], { parseAs: 'string', bodyLimit: MAX_SDP_BYTES }, (_request, body, done) => done(null, body))
  app.addContentTypeParser('*', { bodyLimit: MAX_SDP_BYTES, parseAs: 'string' }, (_request, _body, done) => done(null, undefined))
  answerForNow(app)
  const limit = createRateLimit()
  app.addHook('onRequest', async (request, reply) => {
    const waitMs = ['POST', 'PATCH', 'DELETE'].includes(request.method) ? limit.take(request.ip) : 0
    if (waitMs === 0) return
    reply.header('Retry-After', Math.ceil(waitMs / 1000))
    throw new TooManyRequestsError('too many requests from this address: wait a moment')
  })
}

/** What is live is true for a moment: caches keep nothing, and Retry-After is said where trying again may help. */
export function answerForNow(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('onRequest', async (_request, reply) => { reply.header('Cache-Control', 'no-store') })
  app.addHook('onError', async (_request, reply, error) => {
    if (error instanceof TrackUnavailableError || error instanceof OverloadedError || error instanceof CameraBusyError) reply.header('Retry-After', RETRY_AFTER_SECONDS)
  })
}

/** The body, when it is of the type that is asked for. @throws UnsupportedTypeError, InvalidInputError */
export function bodyOf({ body, headers }: Pick<FastifyRequest, 'body' | 'headers'>, ...types: readonly string[]): { type: string; text: string } {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (!types.includes(type)) throw new UnsupportedTypeError(`send the body as ${types.join(' or ')}`)
  if (typeof body !== 'string' || body === '') throw new InvalidInputError(`the body is empty; it has to be ${type}`)
  return { type, text: body }
}

/** Whether there is a session of this path. */
export function liveAt(path: string, { whep, whip }: Record<'whep' | 'whip', { has(camera: CameraId, id: string): boolean }>): boolean {
  const [, way, camera = '', id = ''] = path.split('/')
  return (way === 'whip' ? whip : whep).has(camera as CameraId, id)
}

/** A session was made: where it is, which ICE session it has, and who helps its client to find a path. */
export function sendCreated(reply: FastifyReply, session: { url: string; tag: string; answer: string; iceServers: readonly IceServer[] }): FastifyReply {
  tellServers(reply, session.iceServers)
  return reply.code(201).header('Location', session.url).header('ETag', session.tag).header('Accept-Patch', SDP_FRAGMENT).type(SDP).send(session.answer)
}

/** Candidates were taken, without a word and without an entity-tag; or ICE was restarted (RFC 9725 section 4.3). */
export function sendPatched(reply: FastifyReply, outcome: PatchOutcome): FastifyReply {
  if (outcome === undefined) return reply.code(204).send()
  return reply.code(200).header('ETag', outcome.tag).type(SDP_FRAGMENT).send(outcome.fragment)
}

/** Who helps to find a path. Beside the 201 it is said to who looks at the endpoint, for browsers want to know before they make an offer; never to a preflight, which says not who asks. */
export function tellServers(reply: FastifyReply, servers: readonly IceServer[]): void {
  if (servers.length > 0) reply.header('Link', servers.map(linkOf))
}

/** What an endpoint or a session is when somebody only looks: there, and without content (draft-ietf-wish-whep-04 section 4.1 and 4.2). */
export const sendEmpty = (reply: FastifyReply): FastifyReply => reply.code(200).type(SDP).header('Content-Length', 0).send()

/** OPTIONS, and 405 for every method this URL has no handler for. */
export function completeMethods(app: FastifyInstance, url: string, handled: readonly HTTPMethods[]): void {
  const allow = ['OPTIONS', 'HEAD', ...handled].join(', ')
  app.options(url, async (_request, reply) => {
    if (handled.includes('POST')) reply.header('Accept-Post', SDP)
    if (handled.includes('PATCH')) reply.header('Accept-Patch', SDP_FRAGMENT)
    return reply.code(200).header('Allow', allow).send()
  })
  app.route({
    method: METHODS.filter((method) => !handled.includes(method)), url,
    handler: async (request, reply) => {
      reply.header('Allow', allow)
      throw new MethodNotAllowedError(`${request.method} is not possible here: ${allow} are`)
    }
  })
}

/** RFC 9725 section 4.6. The flags were checked, so there is nothing in them that would end a quoted string. */
function linkOf({ urls, username, credential }: IceServer): string {
  const secret = username === undefined ? '' : `; username="${username}"; credential="${credential}"; credential-type="password"`
  return `<${urls}>; rel="ice-server"${secret}`
}
