import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorBody } from '#protocols/http.ts'

const NOT_BUILT = '<!doctype html><html lang="en"><meta charset="utf-8"><title>ThatDAM</title><h1>This node runs, its page is not built</h1>'
  + '<p>Run <code>npm run build</code> in the folder of ThatDAM and load this page again. The API is at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p></html>'

/** Paths that are never a view of the page. */
const NOT_A_VIEW = /^\/(?:api|ws|whep|whip|stream|hls|metrics|healthz|readyz|assets)(?:\/|$)/

/** Serve the built page from `root`; every unknown path a person opens is a view of it, everything else an honest 404. */
export async function serveWeb(app: FastifyInstance, root: string): Promise<void> {
  const isBuilt = existsSync(join(root, 'index.html'))
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root, dotfiles: 'ignore',
      setHeaders: (reply, path) => {
        // files under assets/ carry the hash of their content in their name
        reply.header('cache-control', path.startsWith(join(root, 'assets')) ? 'public, max-age=31536000, immutable' : 'no-cache')
      }
    })
  }
  app.setNotFoundHandler(async (request, reply) => (isView(request) ? sendIndex(reply, isBuilt) : notFound(request, reply)))
}

function isView(request: FastifyRequest): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && (request.headers.accept ?? '*/*').includes('text/html') && !NOT_A_VIEW.test(request.url.split('?')[0] ?? '')
}

function sendIndex(reply: FastifyReply, isBuilt: boolean): FastifyReply {
  return isBuilt ? reply.sendFile('index.html') : reply.code(200).type('text/html; charset=utf-8').send(NOT_BUILT)
}

function notFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const body: ErrorBody = { error: { code: 'ERR_NOT_FOUND', message: `there is nothing at ${request.method} ${(request.url.split('?')[0] ?? '').slice(0, 200)}: /api/v1/openapi.json lists what is` } }
  return reply.code(404).send(body)
}
