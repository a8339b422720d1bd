import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { ThatDamError } from '#protocols/errors.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import { placeOf } from '../../accounts/guess-limit.ts'
import { MIN_PASSWORD_LENGTH } from '../../accounts/password.ts'
import { TooManyFailuresError, UnauthenticatedError } from '../../accounts/refusals.ts'
import { type Auth, SESSION_COOKIE, SESSION_MS } from '../auth.ts'
import { setCookie } from '../credentials.ts'
import type { SessionCookies } from '../identify.ts'
import { alertOf, escapeHtml, sendPage } from '../plain-page.ts'

/** Longest sign-in form, in bytes. @default 4096 */
export const MAX_FORM_BYTES = 4_096

/** True when a person's browser opens a page, as opposed to a script that asks. */
export const isNavigation = (request: FastifyRequest): boolean =>
  request.method === 'GET' && (request.headers.accept ?? '').includes('text/html') && !request.url.startsWith('/api/')

export interface LoginComponents {
  readonly auth: Auth
  readonly accounts: Accounts | undefined
  readonly cookies: SessionCookies
}

const open = { config: { open: true }, schema: { hide: true } } as const

/** `GET|POST /login`, `GET|POST /setup`, `POST /logout`: pages that work without a script. */
export function loginRoutes({ auth, accounts, cookies }: LoginComponents): FastifyPluginAsync {
  const note = (request: FastifyRequest, action: string, who: { id: string; name: string } | undefined, status: number): void =>
    accounts?.audit.note({ kind: who === undefined ? 'nobody' : 'user', id: who?.id ?? '', who: who?.name ?? '', address: request.ip, action, status })

  const tokenCookie = (request: FastifyRequest, value: string, seconds: number): string => setCookie(SESSION_COOKIE, value, seconds, request.protocol === 'https')

  /** Answers the page they begin with. */
  async function signIn(request: FastifyRequest, reply: FastifyReply, form: URLSearchParams): Promise<string> {
    const [token, name, password] = [form.get('token'), form.get('name'), form.get('password')]
    if (token !== null) {
      void reply.header('set-cookie', tokenCookie(request, await auth.signIn(token, request.ip), SESSION_MS / 1_000))
      accounts?.audit.note({ kind: 'key', id: 'admin-token', who: 'admin token', address: request.ip, action: 'signed in', status: 303 })
      return '/'
    }
    if (accounts === undefined || name === null || password === null) throw new UnauthenticatedError('send the field token')
    const tokens = await accounts.signIn(name, password, request.ip)
    cookies.give(request, reply, tokens)
    note(request, 'signed in', tokens.user, 303)
    return tokens.user.limited ? '/library' : '/'
  }

  return async (app) => {
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (_request, body, done) => done(null, new URLSearchParams(String(body))))

    app.get('/login', open, async (_request, reply) => accounts?.needsSetup() === true ? reply.redirect('/setup', 303) : sendPage(reply, 'ThatDAM: sign in', signInForm(accounts !== undefined, '')))

    app.post('/login', open, async (request, reply) => {
      try {
        return reply.redirect(await signIn(request, reply, formOf(request)), 303)
      } catch (err) {
        if (!(err instanceof ThatDamError)) throw err
        note(request, 'sign-in refused', undefined, err.status)
        if (err instanceof TooManyFailuresError) void reply.header('retry-after', err.retryAfter)
        return sendPage(reply, 'ThatDAM: sign in', signInForm(accounts !== undefined, err.message, formOf(request).get('name') ?? ''), err.status)
      }
    })

    app.post('/logout', open, async (request, reply) => {
      auth.signOut(request)
      const session = await accounts?.sessions.userOf(cookies.access(request) ?? '') ?? accounts?.sessions.peek(cookies.refresh(request) ?? '')
      if (accounts !== undefined && session !== undefined) await accounts.sessions.close(session.session)
      cookies.takeAway(request, reply)
      return reply.header('set-cookie', tokenCookie(request, '', 0)).redirect('/login', 303)
    })
    if (accounts !== undefined) setUpRoutes(app, accounts, cookies)
  }
}

function setUpRoutes(app: Parameters<FastifyPluginAsync>[0], accounts: Accounts, cookies: SessionCookies): void {
  app.get('/setup', open, async (request, reply) => {
    if (!accounts.needsSetup()) return reply.redirect('/login', 303)
    accounts.setup.wanted()
    void request
    return sendPage(reply, 'ThatDAM: first account', setUpForm('', ''))
  })

  app.post('/setup', open, async (request, reply) => {
    const form = formOf(request)
    const [name, password] = [form.get('name') ?? '', form.get('password') ?? '']
    try {
      const user = await accounts.setUp(form.get('code') ?? '', name, password)
      cookies.give(request, reply, await accounts.sessions.open(user))
      accounts.audit.note({ kind: 'user', id: user.id, who: user.name, address: request.ip, action: 'made the first account', status: 303 })
      return reply.redirect('/', 303)
    } catch (err) {
      if (!(err instanceof ThatDamError)) throw err
      accounts.audit.note({ kind: 'nobody', id: '', who: '', address: placeOf(request.ip), action: 'setting up refused', status: err.status })
      return sendPage(reply, 'ThatDAM: first account', setUpForm(err.message, name), err.status)
    }
  })
}

const formOf = ({ body }: FastifyRequest): URLSearchParams => body instanceof URLSearchParams ? body : new URLSearchParams()

const tokenForm = '<form method="post" action="/login"><label for="token">Admin token of this node</label><input id="token" name="token" type="password" autocomplete="off" required><button>Sign in with the token</button></form>'

function signInForm(hasAccounts: boolean, message: string, name = ''): string {
  if (!hasAccounts) return `<main class="narrow"><div><h1>ThatDAM</h1>${tokenForm}${alertOf(message)}</div></main>`
  return `<main class="narrow"><div><form method="post" action="/login"><h1>ThatDAM</h1>${alertOf(message)}`
    + `<label for="name">Name</label><input id="name" name="name" autocomplete="username" autocapitalize="none" value="${escapeHtml(name)}" ${name === '' ? 'autofocus' : ''} required>`
    + `<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" ${name === '' ? '' : 'autofocus'} required><button>Sign in</button></form>`
    + `<details><summary>With the admin token</summary>${tokenForm}</details></div></main>`
}

function setUpForm(message: string, name: string): string {
  return `<main class="narrow"><form method="post" action="/setup"><h1>Welcome to ThatDAM</h1><p class="dim">Nobody has an account yet. The node has printed a code in its terminal; it shows that this machine is yours.</p>${alertOf(message)}`
    + '<label for="code">Code from the terminal</label><input id="code" name="code" autocomplete="one-time-code" placeholder="ABCD-EFGH" autofocus required>'
    + `<label for="name">Your name</label><input id="name" name="name" autocomplete="username" autocapitalize="none" value="${escapeHtml(name)}" required>`
    + `<label for="password">Password, at least ${MIN_PASSWORD_LENGTH} characters</label><input id="password" name="password" type="password" autocomplete="new-password" minlength="${MIN_PASSWORD_LENGTH}" required><button>Make the first account</button></form></main>`
}
