import type { FastifyPluginAsync } from 'fastify'
import { isNavigation } from '../login.ts'
import { cardAliases } from './cards.ts'
import { damAliases } from './dam.ts'
import { deviceAliases } from './devices.ts'
import { folderAliases } from './folders.ts'
import { jobAliases } from './jobs.ts'
import { laterAliases } from './later.ts'
import { libraryAliases } from './library.ts'
import { motionAliases } from './motion.ts'
import { socketAliases } from './sockets.ts'
import type { SeedComponents } from './seed-components.ts'
import { uploadAliases } from './uploads.ts'
import { witnessAliases } from './witness.ts'

/** The routes under which the first clients know what this node does, each a few lines over what it does anyway. */
export function seedRoutes(components: SeedComponents): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      if (isNavigation(request)) return reply.callNotFound() // pages of people go by some of the same names
      reply.header('cache-control', 'no-store')
    })
    for (const aliases of [libraryAliases, cardAliases, jobAliases, folderAliases, deviceAliases, witnessAliases, uploadAliases, motionAliases, damAliases, socketAliases, laterAliases]) await app.register(aliases(components))
  }
}
