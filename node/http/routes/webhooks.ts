import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { DeliveryList, ErrorBody, WebhookChange, WebhookList, WebhookMade, WebhookView } from '#protocols/http.ts'
import type { Webhooks } from '../../events/webhooks/webhooks.ts'

const Params = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) })
const admin = { config: { role: 'admin' }, validatorCompiler: TypeBoxValidatorCompiler } as const

/** Under `/api/v1/webhooks`: addresses to call, and what this node called lately. */
export function webhookRoutes({ webhooks }: { webhooks: Pick<Webhooks, 'list' | 'put' | 'remove' | 'test' | 'deliveries'> }): FastifyPluginAsyncTypebox {
  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
    app.get('/', { ...admin, schema: { tags: ['webhooks'], summary: 'Addresses that are called when something happens', response: { 200: WebhookList, default: ErrorBody } } }, async () => ({ webhooks: webhooks.list() }))
    app.post('/', { ...admin, schema: { tags: ['webhooks'], summary: 'Call an address when something happens; answers its secret once', body: WebhookChange, response: { 201: WebhookMade, default: ErrorBody } } }, async ({ body }, reply) => reply.code(201).send(await webhooks.put(body)))
    app.patch('/:id', { ...admin, schema: { tags: ['webhooks'], summary: 'Change one', params: Params, body: WebhookChange, response: { 200: WebhookView, default: ErrorBody } } }, ({ params, body }) => webhooks.put(body, params.id))
    app.delete('/:id', { ...admin, schema: { tags: ['webhooks'], summary: 'Call it no more', params: Params, response: { 204: Type.Null(), default: ErrorBody } } }, async ({ params }, reply) => {
      await webhooks.remove(params.id)
      return reply.code(204).send(null)
    })
    app.post('/:id/test', { ...admin, schema: { tags: ['webhooks'], summary: 'Send it an event webhook.test now', params: Params, response: { 202: Type.Object({}), default: ErrorBody } } }, async ({ params }, reply) => {
      await webhooks.test(params.id)
      return reply.code(202).send({})
    })
    app.get('/:id/deliveries', { ...admin, schema: { tags: ['webhooks'], summary: 'What this node sent it lately, newest first', params: Params, response: { 200: DeliveryList, default: ErrorBody } } }, async ({ params }) => ({ deliveries: webhooks.deliveries(params.id) }))
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1/webhooks' }) }
}
