import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AlarmList, ErrorBody } from '#protocols/http.ts'
import type { Ring } from '#ring'

/** `GET /alarms`. */
export function alarmRoutes({ ring }: { ring: Pick<Ring, 'ringAlarms'> }): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/alarms', {
      schema: { tags: ['ring'], summary: 'What a person should know of, on any node that answers', response: { 200: AlarmList, default: ErrorBody } }
    }, async () => ({ alarms: ring.ringAlarms.all().map((alarm) => ({ ...alarm, nodes: [...alarm.nodes] })), nowMs: Date.now() }))
  }
}
