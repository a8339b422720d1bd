import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, MemberChange, MemberPlace, MemberRemoved } from '#protocols/http.ts'
import type { LayoutEntry, Ring } from '#ring'

const Params = Type.Object({ node: Type.String({ minLength: 1, maxLength: 100, description: 'its name, its peer id, or at least 10 characters of that' }) })
const Force = Type.Object({ force: Type.Optional(Type.Boolean({ description: 'also when chunks of the library are on no node that answers' })) })

/** What is decided about one node: `POST /ring/members/:node/drain` and `/undrain`, `PATCH` and `DELETE /ring/members/:node`. */
export function memberRoutes({ ring: { admin } }: { ring: Pick<Ring, 'admin'> }): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post('/ring/members/:node/drain', { config: { role: 'admin' },
      schema: { tags: ['ring'], summary: 'Let a node go: it takes no new data, and leaves by itself when others hold all it holds. `GET /ring` tells how far that is', params: Params, response: { 202: MemberPlace, default: ErrorBody } }
    }, async ({ params }, reply) => reply.code(202).send(placeOf(await admin.drain(params.node))))

    app.post('/ring/members/:node/undrain', { config: { role: 'admin' },
      schema: { tags: ['ring'], summary: 'Let a node that was to leave stay after all', params: Params, response: { 200: MemberPlace, default: ErrorBody } }
    }, async ({ params }) => placeOf(await admin.undrain(params.node)))

    app.patch('/ring/members/:node', { config: { role: 'admin' },
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['ring'], summary: 'Change the weight or the zone of a node', params: Params, body: MemberChange, response: { 200: MemberPlace, default: ErrorBody } }
    }, async ({ params, body }) => placeOf(await admin.set(params.node, body)))

    app.delete('/ring/members/:node', { config: { role: 'admin' },
      schema: { tags: ['ring'], summary: 'Strike off a node that is dead. Refused for one that is alive, and when chunks of the library would be given up', params: Params, querystring: Force, response: { 200: MemberRemoved, default: ErrorBody } }
    }, async ({ params, query }) => {
      const { entry, lost } = await admin.remove(params.node, { force: query.force === true })
      return { ...placeOf(entry), lost }
    })
  }
}

function placeOf({ peerId, name, state, zone, weight }: LayoutEntry): MemberPlace {
  return { peerId, name, state, zone, weight }
}
