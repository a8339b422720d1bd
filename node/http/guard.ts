import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { NotAuthorizedError } from '#protocols/errors.ts'
import { isLoopback } from '#ring/base/loopback.ts'

/** Names of this machine for itself. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Compiles WebAssembly, which it brings itself: hashing a file in plain script takes several times as long. */
const HASH_WORKER = /^\/assets\/hash-worker-[\w-]+\.js$/

/** The page may load only from its own node, and send uploads to others of the ring; pictures and players also from what the page itself made. */
export const contentSecurityPolicy = (url: string, members: readonly string[]): string => [
  "default-src 'self'", "img-src 'self' data: blob:", "media-src 'self' blob:", ["connect-src 'self'", ...members].join(' '), "style-src 'self'",
  HASH_WORKER.test(url) ? "script-src 'self' 'wasm-unsafe-eval'" : "script-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
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
  /** Origins of the other nodes' pages: when their node dies they send what is left of their uploads here, and nothing else. */
  members?: () => readonly string[]
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
/** What pages of other nodes of the ring may use. */
const UPLOAD_PATH = /^\/api\/v1\/uploads(?:[/?]|$)/
const CORS: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers': 'Content-Type, Authorization, If-Match, Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, Upload-Concat, Upload-Checksum',
  'access-control-max-age': '600'
}
const EXPOSED = 'Location, ETag, Link, Retry-After, Accept-Patch, Accept-Post, WWW-Authenticate, Tus-Resumable, Upload-Offset, Upload-Length, Upload-Expires'

/** The origin of a page that was let in by name, for what it was let in for. */
export function welcomeOrigin({ headers: { origin }, url }: Pick<FastifyRequest, 'headers' | 'url'>, origins: readonly string[], members: readonly string[] = []): string | undefined {
  if (origin === undefined) return undefined
  return (origins.includes(origin) && LIVE_PATH.test(url)) || (members.includes(origin) && UPLOAD_PATH.test(url)) ? origin : undefined
}

/** The origins of nodes' pages by their addresses; on this machine also by its other name. */
export function originsOf(addresses: readonly string[]): string[] {
  const origins = addresses.flatMap((address) => URL.parse(address)?.origin ?? []).filter((origin) => /^https?:\/\/[\w.:[\]-]+$/.test(origin))
  return [...new Set(origins.flatMap((origin) => [origin, origin.replace('//127.0.0.1:', '//localhost:')]))]
}

const isUpgrade = (request: FastifyRequest): boolean => request.headers.upgrade !== undefined

/** Refuse foreign names and foreign pages before any route sees them, and send the security headers with everything. */
export function guardRequests(app: FastifyInstance, init: GuardInit): void {
  app.addHook('onRequest', async (request, reply) => {
    const members = init.members?.() ?? []
    reply.headers(HEADERS).header('content-security-policy', contentSecurityPolicy(request.url, members))
    if (init.hsts === true) reply.header('strict-transport-security', 'max-age=31536000')
    if (!isKnownHost(request.headers.host, init)) {
      throw new NotAuthorizedError(`this node does not go by the name ${JSON.stringify((request.headers.host ?? '').slice(0, 100))}: open it by its address, or start it with --http NAME:PORT`)
    }
    const welcome = welcomeOrigin(request, init.origins ?? [], members)
    if (((init.origins ?? []).length > 0 && LIVE_PATH.test(request.url)) || UPLOAD_PATH.test(request.url)) reply.header('vary', 'Origin')
    if (welcome !== undefined) reply.headers({ 'access-control-allow-origin': welcome, 'access-control-expose-headers': EXPOSED, ...(request.method === 'OPTIONS' ? CORS : {}) })
    // a bearer token is nothing a foreign page can borrow: whoever knows it may call from anywhere
    if ((!SAFE_METHODS.has(request.method) || isUpgrade(request)) && request.headers.authorization === undefined && welcome === undefined && !isOwnOrigin(request)) {
      throw new NotAuthorizedError('requests from other web pages are refused')
    }
  })
}
