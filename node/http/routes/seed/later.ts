import type { FastifyPluginAsync } from 'fastify'
import { UnsupportedActionError } from '#protocols/errors.ts'
import type { SeedComponents } from './seed-components.ts'

/** Routes of the first clients that need the understanding of pictures, which this node does not have, and what to use meanwhile. */
const LATER: ReadonlyArray<readonly [method: 'GET' | 'POST' | 'DELETE', path: string, instead: string]> = [
  ['POST', '/trim_idle', 'GET /api/v1/cameras/{id}/motion says when nothing moved, /export cuts a range'],
  ['POST', '/api/embedding/videos/ingest', 'POST /scan?dir= imports a file; GET /search finds it by words'],
  ['POST', '/api/embedding/*', 'GET /search finds assets by words'],
  ['GET', '/api/embedding/*', 'GET /search finds assets by words'],
  ['POST', '/dam/*', 'POST /scan?dir= imports, GET /search finds by words'],
  ['GET', '/dam/*', 'GET /stats counts, GET /search finds by words'],
  ['DELETE', '/dam/*', 'DELETE /api/v1/assets/{id} deletes'],
  ['POST', '/hwcapture/witness_record', 'POST /daemon/record/start starts each camera']
]

/** Each answers 501 and points to what there is. */
export function laterAliases(_components: SeedComponents): FastifyPluginAsync {
  return async (app) => {
    app.addContentTypeParser('*', (_request, _body, done) => done(null)) // whatever is sent is not read
    for (const [method, url, instead] of LATER) {
      app.route({ method, url, schema: { hide: true }, handler: async () => { throw new UnsupportedActionError(`this node does not look into pictures and speech yet, which ${method} ${url} needs: ${instead}`) } })
    }
  }
}
