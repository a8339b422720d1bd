import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { NotAuthorizedError } from '#protocols/errors.ts'
import { isLoopback } from './listen-address.ts'

/** Names of this machine for itself. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The page may load only from its own node; pictures and players also from what the page itself made. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:", "connect-src 'self'", "style-src 'self'", "script-src 'self'",
  "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(self), microphone=(self), geolocation=()'
}

export interface GuardInit {
  /** Host the server is bound to, without its port. */
  host: string
  /** More names people reach it by, without ports. */
  hosts?: readonly string[]
  /** Browsers are told to come by TLS only, for a year. @default false */
  hsts?: boolean
  /** Origins whose pages may watch and publish here (WHEP, WHIP), and nothing else. */
  origins?: readonly string[]
}

/**
 * True when the `Host` header names this server. Against DNS rebinding a *name* must be known; on an open bind a literal
 * address cannot be rebound, so any is taken.
 */
export function isKnownHost(header: string | undefined, { host, hosts = [] }: GuardInit): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec((header ?? '').toLowerCase())?.[1]
  if (name === undefined) return false
  const bare = name.replace(/^\[|\]$/g, '')
  if (LOOPBACK_NAMES.includes(name) || isLoopback(name)) return true
  if (hosts.some((known) => known.toLowerCase() === name || known.toLowerCase() === bare)) return true
  if (isLoopback(host)) return false
  const own = hostname().toLowerCase()
  return isIP(bare) !== 0 || bare === host.toLowerCase() || bare === own || bare === `${own}.local`
}

/** True when a browser says the request comes from a page of this very server, or when no browser sent it. */
export function isOwnOrigin(request: Pick<FastifyRequest, 'headers'>): boolean {
  const { origin, host } = request.headers
  if (request.headers['sec-fetch-site'] === 'cross-site') return false
  if (origin === undefined) return true
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}

/** What pages of other origins may use when they were let in by name. */
const LIVE_PATH = /^\/(?:whep|whip)\//
const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers': 'Content-Type, Authorization, If-Match',
  'access-control-max-age': '600'
}
const EXPOSED = 'Location, ETag, Link, Retry-After, Accept-Patch, Accept-Post, WWW-Authenticate'

/** The origin of a page that was let in by name, for what it was let in for. */
export function welcomeOrigin(request: Pick<FastifyRequest, 'headers' | 'url'>, origins: readonly string[]): string | undefined {
  const { origin } = request.headers
  return origin !== undefined && origins.includes(origin) && LIVE_PATH.test(request.url) ? origin : undefined
}

const isUpgrade = (request: FastifyRequest): boolean => request.headers.upgrade !== undefined

/** Refuse foreign names and foreign pages before any route sees them, and send the security headers with everything. */
export function guardRequests(app: FastifyInstance, init: GuardInit): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    if (init.hsts === true) reply.header('strict-transport-security', 'max-age=31536000')
    if (!isKnownHost(request.headers.host, init)) {
      throw new NotAuthorizedError(`this node does not go by the name ${JSON.stringify((request.headers.host ?? '').slice(0, 100))}: open it by its address, or start it with --http NAME:PORT`)
    }
    const welcome = welcomeOrigin(request, init.origins ?? [])
    if ((init.origins ?? []).length > 0 && LIVE_PATH.test(request.url)) reply.header('vary', 'Origin')
    if (welcome !== undefined) reply.headers({ 'access-control-allow-origin': welcome, 'access-control-expose-headers': EXPOSED, ...(request.method === 'OPTIONS' ? CORS : {}) })
    // a bearer token is nothing a foreign page can borrow: whoever knows it may call from anywhere
    if ((!SAFE_METHODS.has(request.method) || isUpgrade(request)) && request.headers.authorization === undefined && welcome === undefined && !isOwnOrigin(request)) {
      throw new NotAuthorizedError('requests from other web pages are refused')
    }
  })
}
