/** What a request shows of who sends it. */
import type { FastifyRequest } from 'fastify'

/** Longest bearer token that is looked at, in characters. @default 2000 */
export const MAX_BEARER_CHARS = 2_000

/** Addresses of cameras for programs that know no more than user and password. */
const FOR_PLAYERS = /^\/(?:stream|hls)\/|^\/api\/v1\/cameras\/[^/?]+\/snapshot(?:\?|$)/

/** Where Basic is taken too: for looking only, so that what a browser remembers of it opens nothing else. */
export const takesBasic = ({ method, url }: Pick<FastifyRequest, 'method' | 'url'>): boolean => (method === 'GET' || method === 'HEAD') && FOR_PLAYERS.test(url)

/** Whether a text has the form of an access token of a session (JWT), good or not. */
export const isSessionForm = (token: string): boolean => /^[\w-]+\.[\w-]*\.[\w-]*$/.test(token)

/** Whether a text can only be meant as one: it is longer than what people take for a password. */
export const isAccessToken = (token: string): boolean => token.length > 128 && isSessionForm(token)

/** User and password of an `Authorization: Basic` header. */
export function basicOf(header: string | undefined): { user: string; password: string } | undefined {
  const basic = /^Basic +([A-Za-z0-9+/=]{1,1000})$/i.exec(header ?? '')?.[1]
  const [, user, password] = basic === undefined ? [] : /^([^:]{0,200}):(.{1,400})$/s.exec(Buffer.from(basic, 'base64').toString()) ?? []
  return user === undefined || password === undefined ? undefined : { user, password }
}

/** The bearer token; of a player also the password of its Basic, whoever the user. */
export function bearerOf(request: Pick<FastifyRequest, 'headers' | 'method' | 'url'>): string | undefined {
  const { authorization } = request.headers
  const bearer = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer.length > MAX_BEARER_CHARS ? '' : bearer
  return takesBasic(request) ? basicOf(authorization)?.password : undefined
}

/** The one cookie of this name. One that is there twice is none: another site of this host may have put the second beside it. */
export function cookieOf({ headers }: Pick<FastifyRequest, 'headers'>, name: string): string | undefined {
  const values = (headers.cookie ?? '').split(/; */).filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1))
  return values.length === 1 && /^[\w.-]{1,2000}$/.test(values[0] ?? '') ? values[0] : undefined
}

/** A cookie that scripts do not see and other sites do not send; `seconds` 0 takes it away. */
export const setCookie = (name: string, value: string, seconds: number, isSecure: boolean, path = '/'): string =>
  `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
