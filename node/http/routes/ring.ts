import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, InviteRequest, InviteView, KeyView, MachineList, MachineView, RevokeRequest, RingView } from '#protocols/http.ts'
import type { Ring, RingMachine } from '#ring'
import { type RingParts, ringView } from '../views.ts'

/** An invite that is asked for without a time lives this long, in ms. @default 86400000 */
export const DEFAULT_INVITE_MS = 86_400_000

/** What these routes use of a ring. */
export type RingActions = RingParts & Pick<Ring, 'createInvite' | 'machines' | 'revoke' | 'rotateKey'>

/** `GET /ring`, `GET /ring/machines`, `POST /ring/revoke`, `POST /ring/rotate-key`, `POST /invites`. */
export function ringRoutes({ ring }: { ring: RingActions }): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/ring', {
      schema: { tags: ['ring'], summary: 'The ring as this node sees it: members, partitions, health', response: { 200: RingView, default: ErrorBody } }
    }, async () => ringView(ring))

    const machineView = ({ revoked, ...machine }: RingMachine): MachineView => ({ ...machine, revoked: revoked === undefined ? null : { atMs: revoked.atMs, by: nameOf(revoked.by), reason: revoked.reason } })
    const nameOf = (peer: string): string => ring.machines().find(({ peerId }) => peerId === peer)?.name ?? peer

    app.get('/ring/machines', {
      schema: { tags: ['ring'], summary: 'All nodes and camera peers, those removed too', response: { 200: MachineList, default: ErrorBody } }
    }, async () => ({ machines: ring.machines().map(machineView) }))

    app.post('/ring/revoke', { config: { role: 'admin' },
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['ring'], summary: "Remove a machine for good; with a node the ring's key is changed", body: RevokeRequest, response: { 200: MachineView, default: ErrorBody } }
    }, async ({ body }) => machineView(await ring.revoke(body.member, body.reason ?? '')))

    app.post('/ring/rotate-key', { config: { role: 'admin' },
      schema: { tags: ['ring'], summary: "Change the ring's key: invites printed before are dead, members get new certificates by themselves", response: { 200: KeyView, default: ErrorBody } }
    }, async () => ring.rotateKey())

    app.post('/invites', { config: { role: 'admin' },
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['ring'], summary: 'Let one machine in, as a storing node or a camera peer', body: InviteRequest, response: { 201: InviteView, default: ErrorBody } }
    }, async ({ body }, reply) => {
      const { invite, role, uses, expiresAt } = ring.createInvite(body.role, body.expiresMs ?? DEFAULT_INVITE_MS, body.uses)
      return reply.code(201).header('cache-control', 'no-store').send({ invite, role, uses, expiresAt: expiresAt.toISOString() })
    })
  }
}
