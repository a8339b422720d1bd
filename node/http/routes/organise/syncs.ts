import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, JobView, SyncList, SyncRequest } from '#protocols/http.ts'
import type { Organise } from '../../../organise/organise.ts'

const Params = Type.Object({ id: Type.String({ maxLength: 64 }) })

/** `POST /albums/:id/sync`; `/syncs`. They write into folders of the node's machine, so they are an administrator's. */
export function syncRoutes({ syncs }: Pick<Organise, 'syncs'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post('/api/v1/albums/:id/sync', {
      validatorCompiler: TypeBoxValidatorCompiler, config: { role: 'admin' },
      schema: { tags: ['organise'], summary: 'Copy or link an album\'s files into folders of the node\'s machine, once or in step with it', params: Params, body: SyncRequest, response: { 202: JobView, default: ErrorBody } }
    }, async ({ params, body }, reply) => reply.code(202).send(await syncs.sync(params.id, body)))

    app.get('/api/v1/syncs', { config: { role: 'admin' }, schema: { tags: ['organise'], summary: 'Albums that are laid out in folders, on all nodes', response: { 200: SyncList, default: ErrorBody } } }, async () => ({ syncs: syncs.list() }))

    app.delete('/api/v1/syncs/:id', {
      config: { role: 'admin' }, schema: { tags: ['organise'], summary: 'Look after that folder no longer; its files stay', params: Params, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params }, reply) => {
      await syncs.forget(params.id)
      return reply.code(204).send(null)
    })
  }
}
