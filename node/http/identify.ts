import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import { isKeyForm } from '../accounts/api-keys.ts'
import { ThatDamError } from '#protocols/errors.ts'
import { UnauthenticatedError } from '../accounts/refusals.ts'
import { IDLE_SESSION_MS, type SessionTokens } from '../accounts/sessions.ts'
import { ACCESS_SECONDS } from '../accounts/tokens.ts'
import { type Auth, isAdminTokenForm } from './auth.ts'
import { basicOf, bearerOf, cookieOf, isAccessToken, isSessionForm, setCookie, takesBasic } from './credentials.ts'
import { TOKEN_HOLDER, type Who } from './who.ts'

/** Cookies of people who signed in at this node. Nodes on one host have names of their own, for a cookie knows no port. */
export interface SessionCookies {
  give(request: FastifyRequest, reply: FastifyReply, tokens: SessionTokens): void
  takeAway(request: FastifyRequest, reply: FastifyReply): void
  access(request: FastifyRequest): string | undefined
  refresh(request: FastifyRequest): string | undefined
}

export function createSessionCookies(self: string): SessionCookies {
  const named = (kind: string): string => `thatdam_${kind}_${self.slice(-8)}`
  const nameOf = (request: FastifyRequest, kind: string): string => request.protocol === 'https' ? `__Host-${named(kind)}` : named(kind)
  const read = (request: FastifyRequest, kind: string): string | undefined => cookieOf(request, nameOf(request, kind))
  const put = (request: FastifyRequest, reply: FastifyReply, kind: string, value: string, seconds: number): void => {
    void reply.header('set-cookie', setCookie(nameOf(request, kind), value, seconds, request.protocol === 'https'))
  }
  return {
    give(request, reply, { access, refresh }) {
      put(request, reply, 'access', access, ACCESS_SECONDS)
      if (refresh !== undefined) put(request, reply, 'refresh', refresh, IDLE_SESSION_MS / 1_000)
    },
    takeAway(request, reply) {
      for (const kind of ['access', 'refresh']) put(request, reply, kind, '', 0)
    },
    access: (request) => read(request, 'access'),
    refresh: (request) => read(request, 'refresh')
  }
}

export interface Identify {
  /** Whoever sends this. Renews a browser's session on the way. @throws UnauthenticatedError, TooManyFailuresError */
  (request: FastifyRequest, reply: FastifyReply): Promise<Who>
}

export interface IdentifyComponents {
  readonly auth: Auth
  readonly accounts: Accounts | undefined
  readonly cookies: SessionCookies
  /** What this node shows itself. */
  readonly own: string
}

/** Who is behind a request: an account by its session, a program by its key, or whoever knows the admin token. */
export function createIdentify({ auth, accounts, cookies, own }: IdentifyComponents): Identify {
  return async (request, reply) => {
    const bearer = bearerOf(request)
    if (bearer !== undefined && isSame(bearer, own)) return TOKEN_HOLDER
    if (accounts !== undefined && bearer !== undefined) {
      const who = (takesBasic(request) ? await byPassword(accounts, basicOf(request.headers.authorization), request.ip) : undefined) ?? await byToken(accounts, bearer)
      if (who !== undefined) return who
    }
    if (accounts !== undefined && bearer === undefined) {
      const who = await byCookie(accounts, cookies, request, reply)
      if (who !== undefined) return who
    }
    await auth.check(request)
    return TOKEN_HOLDER
  }
}

/** @throws UnauthenticatedError when it is a key or a session that does not hold; undefined when it is neither */
export async function byToken(accounts: Accounts, token: string): Promise<Who | undefined> {
  if (isKeyForm(token)) {
    const who = accounts.whoOfKey(token)
    if (who === undefined) throw new UnauthenticatedError('this key is not good: it was removed, has expired, or its maker\'s account is closed')
    return who
  }
  if (!isSessionForm(token)) return undefined
  const session = await accounts.sessions.userOf(token)
  if (session === undefined) throw new UnauthenticatedError('this session has ended: sign in again')
  return accounts.whoOfUser(session.user, session.session)
}

/** A player that knows a name and a password. @throws UnauthenticatedError, the same for a name that is not there; TooManyFailuresError; undefined when it shows a key, a session or the admin token as its password */
export async function byPassword(accounts: Accounts, basic: { user: string; password: string } | undefined, address: string): Promise<Who | undefined> {
  if (basic === undefined || basic.user === '' || [isKeyForm, isAdminTokenForm, isAccessToken].some((is) => is(basic.password))) return undefined
  return accounts.whoOfUser(await accounts.checkPassword(basic.user, basic.password, address))
}

const isSame = (one: string, other: string): boolean => timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest())

async function byCookie(accounts: Accounts, cookies: SessionCookies, request: FastifyRequest, reply: FastifyReply): Promise<Who | undefined> {
  const access = cookies.access(request)
  const session = access === undefined ? undefined : await accounts.sessions.userOf(access)
  if (session !== undefined) return accounts.whoOfUser(session.user, session.session)
  const refresh = cookies.refresh(request)
  if (refresh === undefined) return undefined
  if (request.headers.upgrade !== undefined) { // its answer carries no cookies
    const opened = accounts.sessions.peek(refresh)
    return opened && accounts.whoOfUser(opened.user, opened.session)
  }
  try {
    const tokens = await accounts.sessions.renew(refresh)
    cookies.give(request, reply, tokens)
    return accounts.whoOfUser(tokens.user, tokens.session)
  } catch (err) {
    if (!(err instanceof ThatDamError)) throw err
    if (err instanceof UnauthenticatedError) cookies.takeAway(request, reply)
    throw err
  }
}
