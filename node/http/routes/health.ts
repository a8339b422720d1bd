import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import { Health } from '#protocols/http.ts'
import type { MetricsRegistry } from '#ring/base/metrics.ts'
import type { Ring } from '#ring'
import { reasonsOf, type RingParts } from '../views.ts'

export interface HealthComponents {
  ring: RingParts & Pick<Ring, 'alarms'>
  metrics: Pick<MetricsRegistry, 'render'>
  version: string
}

/** `GET /healthz` (the process lives), `/readyz` (it can take footage), `/metrics`. */
export function healthRoutes({ ring, metrics, version }: HealthComponents): FastifyPluginAsyncTypebox {
  const health = (): Health => {
    const reasons = [...reasonsOf(ring.membership.members(), ring.repairStatus()), ...ring.alarms.active().map(({ message }) => message)]
    return { status: reasons.length === 0 ? 'ok' : 'degraded', reasons, name: ring.name, version }
  }

  return async (app) => {
    app.get('/healthz', { config: { open: true }, schema: { tags: ['health'], summary: 'The node answers; what troubles the ring', response: { 200: Health } } }, async () => health())

    app.get('/readyz', { config: { open: true }, schema: { tags: ['health'], summary: '200 when this node takes footage, 503 when its disk does not', response: { 200: Health, 503: Health } } }, async (_request, reply) => {
      const { acceptsWrites, state } = ring.localChunks.disk()
      if (acceptsWrites) return health()
      return reply.code(503).send({ ...health(), status: 'degraded', reasons: [`the disk of this node takes no more data: it is ${state}`, ...health().reasons] })
    })

    app.get('/metrics', { schema: { tags: ['health'], summary: 'Prometheus text format 0.0.4', produces: ['text/plain'], response: { 200: Type.String() } } }, async (_request, reply) =>
      reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics.render()))
  }
}
