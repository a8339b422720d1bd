import type { FastifyPluginAsync } from 'fastify'
import { UnsupportedActionError } from '#protocols/errors.ts'
import type { SeedComponents } from './seed-components.ts'

/** Routes of the first clients that have no counterpart here, and what to use instead. */
const LATER: ReadonlyArray<readonly [method: 'POST', path: string, instead: string]> = [
  ['POST', '/trim_idle', '/api/v1/assets/{id}/motion looks for what moves in a film and says when, /api/v1/cameras/{id}/motion when before a camera, /export cuts a range of it']
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
