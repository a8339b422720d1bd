import { randomBytes } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import { fileURLToPath } from 'node:url'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyInstance, type FastifyPluginAsync, type RouteOptions } from 'fastify'
import { InvalidInputError } from '#protocols/errors.ts'
import type { ServerEvent } from '#protocols/http.ts'
import type { Ring } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import { isLoopback } from '#ring/base/loopback.ts'
import type { MetricsRegistry } from '#ring/base/metrics.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { ForbiddenError } from '../accounts/refusals.ts'
import { auditRequests } from './audit-requests.ts'
import { createAuth } from './auth.ts'
import { authorise } from './authorise.ts'
import { handleErrors } from './errors.ts'
import { createEventHub, MAX_INBOUND_BYTES, type PageListener } from './events.ts'
import { guardRequests, originsOf } from './guard.ts'
import { byPassword, byToken, createIdentify, createSessionCookies } from './identify.ts'
import { compileLazily } from './lazy-schemas.ts'
import { letGo, mayGoOn } from './let-go.ts'
import { parseListen } from './listen-address.ts'
import { createPasses } from './passes.ts'
import { nameSteps } from './name-steps.ts'
import { endSlowRequests, type SlowRequestsInit } from './slow-requests.ts'
import { alarmRoutes } from './routes/alarms.ts'
import { type AssetComponents, assetRoutes } from './routes/assets.ts'
import { cameraRoutes, type CameraSource } from './routes/cameras.ts'
import { healthRoutes } from './routes/health.ts'
import { type JobComponents, jobRoutes } from './routes/jobs.ts'
import { linkRoutes } from './routes/links.ts'
import { isNavigation, loginRoutes } from './routes/login.ts'
import { memberRoutes } from './routes/members.ts'
import { peopleRoutes } from './routes/people.ts'
import { type RingActions, ringRoutes } from './routes/ring.ts'
import { sessionRoutes } from './routes/session.ts'
import { trashRoutes } from './routes/trash.ts'
import { type UploadComponents, uploadRoutes } from './routes/uploads.ts'
import { createTls, type SecureServer, type TlsInit } from './tls/tls.ts'
import { serveWeb } from './web-files.ts'
import { heardBy } from './sight.ts'
import { type Deed, LOCAL, type Who } from './who.ts'

export interface HttpServerComponents extends CameraSource, UploadComponents {
  ring: RingActions & Pick<Ring, 'admin' | 'alarms' | 'ringAlarms' | 'blobs' | 'catalog' | 'garbage'>
  jobs: JobComponents['jobs']
  scans: JobComponents['scans']
  verifications: JobComponents['verifications']
  ringJobs?: JobComponents['ringJobs']
  copiesOf: AssetComponents['copiesOf']
  originals: AssetComponents['originals']
  lastVerifiedMs: AssetComponents['lastVerifiedMs']
  edits?: NonNullable<AssetComponents['edits']>
  /** Hears what open pages say. */
  pages?: PageListener
  metrics: Pick<MetricsRegistry, 'render'>
  /** Called after every answer. */
  onAnswered?: (status: number, ms: number) => void
  log: Logger
  /** People of the ring. @default nobody but whoever knows the admin token */
  accounts?: Accounts
}

export interface HttpServerInit {
  /** `HOST:PORT`; port 0 takes a free one. */
  listen: string
  /** More names people reach this node by, without ports. */
  hosts?: readonly string[]
  /** Origins whose pages may watch and publish here. @default none */
  origins?: readonly string[]
  /** Addresses and networks of reverse proxies whose word is taken for who asks, and whether by HTTPS. @default none */
  trustedProxies?: readonly string[]
  /** Addresses of the other nodes' pages, which may go on with their uploads here. @default none */
  members?: () => readonly string[]
  /** Ask for the admin token; required unless the bind is loopback. */
  auth?: { folder: string; onToken: (token: string) => void }
  /** Serve by TLS. @default plain HTTP */
  tls?: { readonly init: TlsInit; readonly folder: string }
  /** Routes of others (WHEP, playback): they name their full paths. */
  plugins?: readonly FastifyPluginAsync[]
  /** Whether one of their live sessions goes on, by its path. @default all do */
  hasLive?: (url: string) => boolean
  /** Told of every route before there is one: for tests that walk them. */
  onRoute?: (route: RouteOptions) => void
  /** Shorter ones for tests. */
  slowRequests?: SlowRequestsInit
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
  /** SHA-256 of its certificate; undefined without TLS. */
  readonly fingerprint: string | undefined
  /**
   * Whether somebody may watch cameras, for ways in that are not HTTP: an account's password, a key, or the admin token. What it answers says later whether they still may.
   * Undefined when nobody has to say who they are.
   */
  readonly checkWatcher: ((password: string, address: string, user: string) => Promise<() => boolean>) | undefined
  /** Tell every open page. */
  broadcast(event: ServerEvent): void
}

/** @throws InvalidInputError when the bind is open to others and there is no `auth` */
export function createHttpServer(components: HttpServerComponents, init: HttpServerInit): HttpServer {
  const { host, port } = parseListen(init.listen)
  if (!isLoopback(host) && init.auth === undefined) {
    throw new InvalidInputError(`--http ${init.listen} can be reached by other machines: add --auth, which asks for a token, or bind 127.0.0.1`)
  }
  const { ring, log, accounts } = components
  const hub = createEventHub({
    pages: components.pages,
    hello: () => ({ type: 'hello', node: ring.name, peerId: ring.self }),
    heardBy: (who, event) => heardBy(who, event, (id) => ring.catalog.index.asset(id)),
    again: (who) => accounts === undefined ? who : accounts.again(who)
  })
  const auth = init.auth === undefined ? undefined : createAuth(init.auth)
  const cookies = createSessionCookies(ring.self)
  const tls = init.tls === undefined ? undefined : createTls({ alarms: ring.alarms, log: log.scope('node:tls') }, { ...init.tls, host })
  const own = randomBytes(32).toString('base64url')
  const leave: Array<() => void> = []
  let app: FastifyInstance | undefined
  let url = ''

  async function start(): Promise<void> {
    const server = createApp(init.trustedProxies ?? [], await tls?.start())
    app = server
    if (init.onRoute !== undefined) server.addHook('onRoute', init.onRoute)
    await auth?.start()
    handleErrors(server, log)
    if (components.onAnswered !== undefined) server.addHook('onResponse', async (_request, { statusCode, elapsedTime }) => components.onAnswered?.(statusCode, elapsedTime))
    await server.register(websocket, { options: { maxPayload: MAX_INBOUND_BYTES } }) // before the guards: it closes the sockets of upgrades they refuse
    endSlowRequests(server, init.slowRequests)
    guardRequests(server, { host, hosts: init.hosts ?? [], origins: init.origins ?? [], members: () => originsOf(init.members?.() ?? []), hsts: tls?.isGiven === true })
    server.decorate('passes', createPasses()).decorate('mayGoOn', (who) => accounts === undefined || mayGoOn(accounts, who))
    authorise(server, auth && createIdentify({ auth, accounts, cookies, own }), isNavigation)
    nameSteps(server)
    if (accounts !== undefined) watchAccounts(server, accounts)
    await describe(server, init.version ?? '0.0.0')
    if (auth !== undefined) await server.register(loginRoutes({ auth, accounts, cookies }))
    await server.register(sessionRoutes({ accounts, asks: auth !== undefined, cookies }), { prefix: '/api/v1' })
    for (const routes of accounts === undefined ? [] : [peopleRoutes({ accounts }), linkRoutes({ accounts, ring })]) await server.register(routes, { prefix: '/api/v1' })
    await server.register(api(components), { prefix: '/api/v1' })
    await server.register(healthRoutes({ ring, metrics: components.metrics, version: init.version ?? '0.0.0' }))
    await server.register(hub.routes)
    for (const plugin of init.plugins ?? []) await server.register(plugin)
    await serveWeb(server, init.webRoot ?? fileURLToPath(new URL('../../web/dist', import.meta.url)))
    await listen(server, host, port)
    const address = server.server.address()
    tls?.attach(server.server as unknown as SecureServer)
    url = `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${typeof address === 'object' ? address?.port : port}`
    log('serving %s', url)
  }

  function watchAccounts(server: FastifyInstance, accounts: Accounts): void {
    auditRequests(server, accounts.audit)
    const end = (path: string): Promise<unknown> => server.inject({ method: 'DELETE', url: path, headers: { host: 'localhost', authorization: `Bearer ${own}` } })
    leave.push(letGo(server, { accounts, endLive: end, hasLive: init.hasLive ?? (() => true) }), accounts.changed.on(hub.lookAgain))
  }

  async function checkWatcher(password: string, address: string, user: string): Promise<() => boolean> {
    const who = accounts === undefined ? undefined : await byPassword(accounts, { user, password }, address) ?? await byToken(accounts, password)
    if (who === undefined) {
      await auth?.checkToken(password, address)
      return () => true
    }
    if (!mayWatch(who)) throw new ForbiddenError(`${who.name} may not watch cameras`)
    return () => mayWatch(accounts?.again(who))
  }

  return {
    get url() { return url },
    get fingerprint() { return tls?.fingerprint },
    checkWatcher: auth && checkWatcher,
    broadcast: (event) => hub.broadcast(event),
    start,
    async stop() {
      for (const end of leave.splice(0)) end()
      hub.close()
      await app?.close()
      await tls?.stop()
      app = undefined
    }
  }
}

/** False also for nobody. */
const mayWatch = (who: Who | undefined): boolean => who !== undefined && who.albums === undefined && who.scopes?.some((scope) => scope !== 'ingest' && scope !== 'publish') !== false

function createApp(trustedProxies: readonly string[], https?: SecureContextOptions): FastifyInstance {
  const app = Fastify({
    ...(https && { https }), trustProxy: [...trustedProxies],
    bodyLimit: MAX_BODY_BYTES, connectionTimeout: IDLE_CONNECTION_MS, keepAliveTimeout: 30_000, requestTimeout: 0, forceCloseConnections: true,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: HEADERS_CHECK_MS }, routerOptions: { maxParamLength: 512 }, exposeHeadRoutes: true, logger: false
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.server.maxConnections = MAX_CONNECTIONS
  compileLazily(app as unknown as FastifyInstance)
  app.decorateRequest('who', null as unknown as typeof LOCAL) // `authorise` says
  app.decorateRequest('deed', null as unknown as Deed)
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
  app.get('/openapi.json', { config: { albums: true }, schema: { tags: ['api'], summary: 'This document' } }, (request, reply) => { void reply.send(request.server.swagger()) })
}

async function describe(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'ThatDAM', version, description: 'One node of a ring. Times are Unix milliseconds. Every error is `{"error":{"code","message"}}`.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'an API key, the access token of a session, or the admin token of the node, on nodes that ask who you are' } } },
      security: [{ token: [] }, {}]
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
