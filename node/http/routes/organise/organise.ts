import type { FastifyPluginAsync } from 'fastify'
import type { ReadModel } from '#ring'
import type { Organise } from '../../../organise/organise.ts'
import { albumRoutes } from './albums.ts'
import { definitionRoutes } from './definitions.ts'
import { editRoutes } from './edits.ts'
import { syncRoutes } from './syncs.ts'
import { batchRoutes, packageRoutes, xmpRoutes } from './packages.ts'

/** All routes about what people sort the library by. */
export function organiseRoutes({ organise, catalog }: { organise: Organise; catalog: { readonly index: Pick<ReadModel, 'assets'> } }): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
    await app.register(editRoutes(organise))
    await app.register(albumRoutes(organise))
    await app.register(definitionRoutes(organise))
    await app.register(packageRoutes(organise))
    await app.register(batchRoutes(organise, catalog))
    await app.register(xmpRoutes(organise))
    await app.register(syncRoutes(organise))
  }
}
