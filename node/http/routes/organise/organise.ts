import type { FastifyPluginAsync } from 'fastify'
import type { Organise } from '../../../organise/organise.ts'
import { albumRoutes } from './albums.ts'
import { definitionRoutes } from './definitions.ts'
import { editRoutes } from './edits.ts'

/** All routes about what people sort the library by. */
export function organiseRoutes({ organise, node }: { organise: Organise; node: string }): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
    await app.register(editRoutes(organise, node))
    await app.register(albumRoutes(organise))
    await app.register(definitionRoutes(organise))
  }
}
