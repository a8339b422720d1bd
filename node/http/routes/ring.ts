import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, InviteRequest, InviteView, RingView } from '#protocols/http.ts'
import type { Ring } from '#ring'
import { type RingParts, ringView } from '../views.ts'

/** An invite that is asked for without a time lives this long, in ms. @default 86400000 */
export const DEFAULT_INVITE_MS = 86_400_000

/** `GET /ring`, `POST /invites`. */
export function ringRoutes({ ring }: { ring: RingParts & Pick<Ring, 'createInvite'> }): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/ring', {
      schema: { tags: ['ring'], summary: 'The ring as this node sees it: members, partitions, health', response: { 200: RingView, default: ErrorBody } }
    }, async () => ringView(ring))

    app.post('/invites', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['ring'], summary: 'Let one machine in, as a storing node or a camera peer', body: InviteRequest, response: { 201: InviteView, default: ErrorBody } }
    }, async ({ body }, reply) => {
      const { invite, role, expiresAt } = ring.createInvite(body.role, body.expiresMs ?? DEFAULT_INVITE_MS)
      return reply.code(201).header('cache-control', 'no-store').send({ invite, role, expiresAt: expiresAt.toISOString() })
    })
  }
}
