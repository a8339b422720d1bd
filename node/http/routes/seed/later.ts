import type { FastifyPluginAsync } from 'fastify'
import { UnsupportedActionError } from '#protocols/errors.ts'
import type { SeedComponents } from './seed-components.ts'

/** Routes of the first clients that have no counterpart here, and what to use instead. */
const LATER: ReadonlyArray<readonly [method: 'GET' | 'POST' | 'DELETE', path: string, instead: string]> = [
  ['POST', '/trim_idle', 'GET /api/v1/cameras/{id}/motion says when nothing moved, /export cuts a range'],
  ['POST', '/api/embedding/*', 'POST /api/embedding/videos/ingest imports, POST /dam/search finds'],
  ['GET', '/api/embedding/*', 'GET /dam/videos lists, POST /dam/search finds']
]

/** Each answers 501 and points to what there is. */
export function laterAliases(_components: SeedComponents): FastifyPluginAsync {
  return async (app) => {
    app.addContentTypeParser('*', (_request, _body, done) => done(null)) // whatever is sent is not read
    for (const [method, url, instead] of LATER) {
      app.route({ method, url, schema: { hide: true }, handler: async () => { throw new UnsupportedActionError(`${method} ${url} has no counterpart here: ${instead}`) } })
    }
  }
}
