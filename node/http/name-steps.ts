import type { FastifyInstance } from 'fastify'

/** What takes an edit back, in the answer to it: an id for `POST /api/v1/undo`. */
export const UNDO_HEADER = 'undo'

/** Whatever an edit answers, its headers name the step it was. One that changed nothing names none. Register after `authorise`. */
export function nameSteps(app: FastifyInstance): void {
  app.addHook('preHandler', async (request, reply) => {
    request.who = { ...request.who, noted: (step) => void reply.header(UNDO_HEADER, step) }
  })
}
