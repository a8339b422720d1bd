import { fileURLToPath } from 'node:url'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyRequest } from 'fastify'
import { InvalidInputError } from '#protocols/errors.ts'
import type { ServerEvent } from '#protocols/http.ts'
import type { Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { MetricsRegistry } from '#ring/base/metrics.ts'
import { type Auth, createAuth, takesBasic, UnauthenticatedError } from './auth.ts'
import { handleErrors } from './errors.ts'
import { createEventHub, MAX_INBOUND_BYTES } from './events.ts'
import { guardRequests } from './guard.ts'
import { isLoopback, parseListen } from './listen-address.ts'
import { endSlowRequests, type SlowRequestsInit } from './slow-requests.ts'
import { alarmRoutes } from './routes/alarms.ts'
import { type AssetComponents, assetRoutes } from './routes/assets.ts'
import { cameraRoutes, type CameraSource } from './routes/cameras.ts'
import { healthRoutes } from './routes/health.ts'
import { type JobComponents, jobRoutes } from './routes/jobs.ts'
import { isNavigation, loginRoutes, requireSignIn } from './routes/login.ts'
import { memberRoutes } from './routes/members.ts'
import { type RingActions, ringRoutes } from './routes/ring.ts'
import { trashRoutes } from './routes/trash.ts'
import { type UploadComponents, uploadRoutes } from './routes/uploads.ts'
import { serveWeb } from './web-files.ts'
import { LOCAL } from './who.ts'

export interface HttpServerComponents extends CameraSource, UploadComponents {
  ring: RingActions & Pick<Ring, 'admin' | 'alarms' | 'ringAlarms' | 'blobs' | 'catalog' | 'garbage'>
  jobs: JobComponents['jobs']
  scans: JobComponents['scans']
  verifications: JobComponents['verifications']
  ringJobs?: JobComponents['ringJobs']
  copiesOf: AssetComponents['copiesOf']
  lastVerifiedMs: AssetComponents['lastVerifiedMs']
  metrics: Pick<MetricsRegistry, 'render'>
  /** Called after every answer. */
  onAnswered?: (status: number, ms: number) => void
  log: Logger
}

export interface HttpServerInit {
  /** `HOST:PORT`; port 0 takes a free one. */
  listen: string
  /** More names people reach this node by, without ports. */
  hosts?: readonly string[]
  /** Origins whose pages may watch and publish here. @default none */
  origins?: readonly string[]
  /** Ask for the admin token; required unless the bind is loopback. */
  auth?: { folder: string; onToken: (token: string) => void }
  /** Routes of others (WHEP, playback): they name their full paths. */
  plugins?: readonly FastifyPluginAsync[]
  /** Shorter ones for tests. */
  slowRequests?: Omit<SlowRequestsInit, 'uploads'>
  /** Folder of the built page. @default ../../web/dist */
  webRoot?: string
  /** @default 0.0.0 */
  version?: string
}

/** Largest body of a request that is no upload, in bytes. @default 1048576 */
export const MAX_BODY_BYTES = 1_048_576
/** A connection on which nothing moves is closed, in ms. @default 120000 */
export const IDLE_CONNECTION_MS = 120_000
/** A request must have sent its headers by then, in ms. @default 15000 */
export const HEADERS_TIMEOUT_MS = 15_000
/** How often it is looked for those that did not, in ms. @default 5000 */
export const HEADERS_CHECK_MS = 5_000
/** Connections at once. @default 1024 */
export const MAX_CONNECTIONS = 1_024

/** The node's face to people and programs. */
export interface HttpServer extends Startable {
  /** Base URL, without a slash at its end; known after start. */
  readonly url: string
  /** Whether a token is this node's, for others who ask for it; undefined when nobody has to say who they are. */
  readonly checkToken: Auth['checkToken'] | undefined
  /** Tell every open page. */
  broadcast(event: ServerEvent): void
}

/** @throws InvalidInputError when the bind is open to others and there is no `auth` */
export function createHttpServer(components: HttpServerComponents, init: HttpServerInit): HttpServer {
  const { host, port } = parseListen(init.listen)
  if (!isLoopback(host) && init.auth === undefined) {
    throw new InvalidInputError(`--http ${init.listen} can be reached by other machines: add --auth, which asks for a token, or bind 127.0.0.1`)
  }
  const { ring, log } = components
  const hub = createEventHub(() => ({ type: 'hello', node: ring.name, peerId: ring.self }))
  const auth = init.auth === undefined ? undefined : createAuth(init.auth)
  let app: FastifyInstance | undefined
  let url = ''

  async function start(): Promise<void> {
    const server = createApp()
    app = server
    await auth?.start()
    handleErrors(server, log)
    if (components.onAnswered !== undefined) server.addHook('onResponse', async (_request, { statusCode, elapsedTime }) => components.onAnswered?.(statusCode, elapsedTime))
    await server.register(websocket, { options: { maxPayload: MAX_INBOUND_BYTES } }) // before the guards: it closes the sockets of upgrades they refuse
    endSlowRequests(server, { uploads: new Set(['/api/v1/assets']), ...init.slowRequests })
    guardRequests(server, { host, hosts: init.hosts ?? [], origins: init.origins ?? [] })
    if (auth !== undefined) signIn(server, requireSignIn(auth))
    await describe(server, init.version ?? '0.0.0')
    if (auth !== undefined) await server.register(loginRoutes({ auth }))
    await server.register(api(components), { prefix: '/api/v1' })
    await server.register(healthRoutes({ ring, metrics: components.metrics, version: init.version ?? '0.0.0' }))
    await server.register(hub.routes)
    for (const plugin of init.plugins ?? []) await server.register(plugin)
    await serveWeb(server, init.webRoot ?? fileURLToPath(new URL('../../web/dist', import.meta.url)))
    await listen(server, host, port)
    const address = server.server.address()
    url = `http://${host.includes(':') ? `[${host}]` : host}:${typeof address === 'object' ? address?.port : port}`
    log('serving %s', url)
  }

  return {
    get url() { return url },
    checkToken: auth?.checkToken,
    broadcast: (event) => hub.broadcast(event),
    start,
    async stop() {
      hub.close()
      await app?.close()
      app = undefined
    }
  }
}

function createApp(): FastifyInstance {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES, connectionTimeout: IDLE_CONNECTION_MS, keepAliveTimeout: 30_000, requestTimeout: 0, forceCloseConnections: true,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: HEADERS_CHECK_MS }, routerOptions: { maxParamLength: 512 }, exposeHeadRoutes: true, logger: false,
    ajv: { customOptions: { removeAdditional: false } }
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.server.maxConnections = MAX_CONNECTIONS
  app.decorateRequest('who', { getter: () => LOCAL })
  app.setSerializerCompiler(() => (value) => JSON.stringify(value)) // schemas document answers; they never drop a field of one
  return app as unknown as FastifyInstance
}

const api = (components: HttpServerComponents): FastifyPluginAsync => async (app) => {
  app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
  await app.register(ringRoutes(components))
  await app.register(alarmRoutes(components))
  await app.register(memberRoutes(components))
  await app.register(cameraRoutes(components))
  await app.register(assetRoutes(components))
  await app.register(uploadRoutes(components))
  await app.register(trashRoutes(components))
  await app.register(jobRoutes(components))
  app.get('/openapi.json', { schema: { tags: ['api'], summary: 'This document' } }, (request, reply) => { void reply.send(request.server.swagger()) })
}

async function describe(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'ThatDAM', version, description: 'One node of a ring. Times are Unix milliseconds. Every error is `{"error":{"code","message"}}`.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'the admin token, on nodes started with --auth' } } },
      security: [{ token: [] }, {}]
    }
  })
}

/** A person without a session is shown where to get one. */
function signIn(app: FastifyInstance, check: (request: FastifyRequest) => Promise<void>): void {
  app.addHook('onRequest', async (request, reply) => {
    try {
      await check(request)
    } catch (err) {
      if (!(err instanceof UnauthenticatedError)) throw err
      if (isNavigation(request)) return reply.redirect('/login', 303)
      const isPlayer = takesBasic(request) && request.headers['sec-fetch-mode'] === undefined // a page must not make its browser ask
      reply.header('www-authenticate', `${isPlayer ? 'Basic' : 'Bearer'} realm="thatdam"`)
      throw err
    }
  })
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (err) {
    const { code } = err as { code?: string }
    if (code === 'EADDRINUSE') throw new InvalidInputError(`port ${port} of ${host} is in use: choose another with --http ${host}:PORT`)
    if (code === 'EACCES') throw new InvalidInputError(`port ${port} may not be opened by this user: choose one above 1023 with --http ${host}:PORT`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new InvalidInputError(`this machine has no address ${host}: choose another with --http HOST:PORT`)
    throw err
  }
}
