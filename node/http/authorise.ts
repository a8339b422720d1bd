import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { ForbiddenError, UnauthenticatedError } from '../accounts/refusals.ts'
import { takesBasic } from './credentials.ts'
import type { Identify } from './identify.ts'
import { PASS_HEADER } from './passes.ts'
import { isAtLeast, LOCAL, type Role, roleFor, type Scope, type Who } from './who.ts'

/** What a route needs of who asks. */
export interface Need {
  readonly open: boolean
  readonly role: Role
  /** Scopes of keys that open it. */
  readonly scopes: readonly Scope[]
  /** Whoever may see some albums only may ask, for it answers by that. */
  readonly albums: boolean
}

const BY_ROLE: Readonly<Record<Role, readonly Scope[]>> = { viewer: ['read', 'edit', 'admin'], editor: ['edit', 'admin'], admin: ['admin'] }

/** Paths whose doors have scopes of their own: watching, publishing, bringing files in. */
const BY_PATH: ReadonlyArray<readonly [RegExp, Scope]> = [
  [/^\/(?:whep|hls|stream)\/|^\/api\/v1\/cameras(?:\/:id\/(?:snapshot|addresses))?$/, 'live'],
  [/^\/whip\//, 'publish'],
  [/^\/api\/v1\/(?:assets|uploads(?:\/.*)?)$/, 'ingest']
]
/** Files of the page: code that anybody may read, and that a cache may keep. */
const PAGE_FILES = '/*'

/** By what the route says, and else by its method and path. */
export function needOf({ url, method, config }: { url: string; method: string; config: RouteOptions['config'] | undefined }): Need {
  const role = config?.role ?? (url.startsWith('/whep/') ? 'viewer' : roleFor(method))
  const door = BY_PATH.find(([path]) => path.test(url))?.[1]
  const isOther = door === 'ingest' && method !== 'POST' && !url.startsWith('/api/v1/uploads')
  return { open: config?.open === true, role, scopes: [...BY_ROLE[role], ...door === undefined || isOther ? [] : [door], ...config?.scopes ?? []], albums: config?.albums === true || url === PAGE_FILES }
}

/** @throws ForbiddenError saying what is missing */
export function checkMay({ role, scopes, albums, name }: Who, need: Need): void {
  if (scopes !== undefined && !scopes.some((scope) => need.scopes.includes(scope))) throw new ForbiddenError(`the key ${name} may not do this: it needs one of the scopes ${need.scopes.join(', ')}`)
  if (!isAtLeast(role, need.role)) throw new ForbiddenError(`this needs the role ${need.role}: ${name} has the role ${role}`)
  if (albums !== undefined && !need.albums) throw new ForbiddenError(`${name} may see some albums only, and this is about more than those`)
}

/** For what only some fields of a request need. @throws ForbiddenError */
export function requireRole({ who }: Pick<FastifyRequest, 'who'>, role: Role): void {
  if (!isAtLeast(who.role, role)) throw new ForbiddenError(`this needs the role ${role}: ${who.name} has the role ${who.role}`)
}

/** Before any handler: who asks, and whether they may. Register before all routes. */
export function authorise(app: FastifyInstance, identify: Identify | undefined, isNavigation: (request: FastifyRequest) => boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    request.who = identify === undefined ? LOCAL : NOBODY
    request.deed = {}
    const { url, config } = request.routeOptions
    const isOpen = url !== undefined && config.open === true || request.method === 'OPTIONS' || (url === PAGE_FILES && request.url.startsWith('/assets/'))
    if (identify === undefined || isOpen) return
    try {
      request.who = app.passes.take(request.headers[PASS_HEADER]) ?? await identify(request, reply)
    } catch (err) {
      if (!(err instanceof UnauthenticatedError)) throw err
      if (isNavigation(request)) return reply.redirect('/login', 303)
      const isPlayer = takesBasic(request) && request.headers['sec-fetch-mode'] === undefined // a page must not make its browser ask
      reply.header('www-authenticate', `${isPlayer ? 'Basic' : 'Bearer'} realm="thatdam"`)
      throw err
    }
    if (url !== undefined && !request.is404) checkMay(request.who, needOf({ url, method: request.method, config }))
  })
}

/** Whoever has not said who they are, where everybody has to. */
export const NOBODY: Who = Object.freeze({ kind: 'link', id: '', name: 'nobody', role: 'viewer', albums: Object.freeze([]) })
