import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, PasswordChange, RenewRequest, SessionTokensView, SessionView, SignInRequest } from '#protocols/http.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import { isPassword } from '../../accounts/password.ts'
import { ForbiddenError, UnauthenticatedError } from '../../accounts/refusals.ts'
import type { SessionTokens } from '../../accounts/sessions.ts'
import { ACCESS_SECONDS } from '../../accounts/tokens.ts'
import { doer } from '../audit-requests.ts'
import type { SessionCookies } from '../identify.ts'
import type { Who } from '../who.ts'

export interface SessionComponents {
  /** Undefined on a node that asks nobody who they are. */
  readonly accounts: Accounts | undefined
  readonly asks: boolean
  readonly cookies: SessionCookies
}

/** `GET /session` and `DELETE` (sign out), `POST /session` and `/session/renew` for programs, `DELETE /session/all`, `PUT /session/password`. */
export function sessionRoutes({ accounts, asks, cookies }: SessionComponents): FastifyPluginAsyncTypebox {
  const json = { validatorCompiler: TypeBoxValidatorCompiler } as const
  const own = { config: { role: 'viewer', albums: true } } as const

  return async (app) => {
    app.get('/session', {
      ...own, schema: { tags: ['people'], summary: 'Who asks, and what they may', response: { 200: SessionView, default: ErrorBody } }
    }, async ({ who }) => ({ kind: who.kind, id: who.id, name: who.name, role: who.role, ...who.scopes && { scopes: [...who.scopes] }, limited: who.albums !== undefined, ...who.albums && { editAlbums: [...who.editAlbums ?? []] }, accounts: asks }))
    if (accounts === undefined) return

    app.post('/session', {
      ...json, config: { open: true }, schema: { tags: ['people'], summary: 'Sign in a program with a name and a password', body: SignInRequest, response: { 200: SessionTokensView, default: ErrorBody } }
    }, async ({ body, ip }) => {
      try {
        const tokens = await accounts.signIn(body.name, body.password, ip)
        accounts.audit.note({ ...doer(accounts.whoOfUser(tokens.user)), address: ip, action: 'signed in', status: 200 })
        return tokensView(tokens)
      } catch (err) {
        accounts.audit.note({ kind: 'nobody', id: '', who: '', address: ip, action: 'sign-in refused', status: err instanceof UnauthenticatedError ? 401 : 429 })
        throw err
      }
    })

    app.post('/session/renew', {
      ...json, config: { open: true }, schema: { tags: ['people'], summary: 'A new access token and a new refresh token; the old one is worth nothing then, and ends the session when it comes again', body: RenewRequest, response: { 200: SessionTokensView, default: ErrorBody } }
    }, async ({ body }) => tokensView(await accounts.sessions.renew(body.refreshToken)))

    app.delete('/session', {
      ...own, schema: { tags: ['people'], summary: 'Sign out here', response: { 204: Type.Null(), default: ErrorBody } }
    }, async (request, reply) => {
      const { session } = accountOf(request.who)
      await accounts.sessions.close(session)
      cookies.takeAway(request, reply)
      accounts.audit.note({ ...doer(request.who), address: request.ip, action: 'signed out', status: 204 })
      return reply.code(204).send(null)
    })

    app.delete('/session/all', {
      ...own, schema: { tags: ['people'], summary: 'Sign out everywhere, on every node', response: { 204: Type.Null(), default: ErrorBody } }
    }, async (request, reply) => {
      const { user } = accountOf(request.who)
      await accounts.users.endSessions(user)
      cookies.takeAway(request, reply)
      accounts.audit.note({ ...doer(request.who), address: request.ip, action: 'signed out everywhere', status: 204 })
      return reply.code(204).send(null)
    })

    app.put('/session/password', {
      ...json, ...own, schema: { tags: ['people'], summary: 'Change the own password; all other sessions end', body: PasswordChange, response: { 204: Type.Null(), default: ErrorBody } }
    }, async (request, reply) => {
      const { user } = accountOf(request.who)
      await accounts.checkPassword(request.who.name, request.body.current, request.ip)
      if (!await isPassword(request.body.current, accounts.users.passwordHash(user))) throw new UnauthenticatedError('wrong name or password') // another account of the same name
      const changed = await accounts.users.change(user, { password: request.body.password })
      cookies.give(request, reply, await accounts.sessions.open(changed))
      accounts.audit.note({ ...doer(request.who), address: request.ip, action: 'changed the own password', status: 204 })
      return reply.code(204).send(null)
    })
  }
}

/** @throws ForbiddenError for whoever is here without an account */
function accountOf({ kind, id, session }: Who): { user: string; session: string } {
  if (kind !== 'user' || session === undefined) throw new ForbiddenError('only who signed in with an account has a session')
  return { user: id, session: session.id }
}

const tokensView = ({ access, refresh }: SessionTokens): SessionTokensView => ({ accessToken: access, expiresInSeconds: ACCESS_SECONDS, refreshToken: refresh ?? null })
