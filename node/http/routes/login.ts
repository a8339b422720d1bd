import { createHash } from 'node:crypto'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { ThatDamError } from '#protocols/errors.ts'
import { type Auth, SESSION_COOKIE, SESSION_MS, UnauthenticatedError } from '../auth.ts'

/** Longest sign-in form, in bytes. @default 2048 */
export const MAX_FORM_BYTES = 2_048
/** What anybody may ask: the sign-in page itself, and whether the node lives. */
const OPEN = new Set(['/login', '/healthz', '/readyz'])

const STYLE = 'body{background:#14181f;color:#e6e9ee;font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:90vh}'
  + 'form{display:grid;gap:12px;width:min(360px,90vw)}input,button{font:inherit;padding:10px 12px;border-radius:8px;border:1px solid #39424f;background:#1d232c;color:inherit}'
  + 'button{background:#5ed0b0;color:#10251f;border:0;font-weight:600;cursor:pointer}p{margin:0;color:#f0a08a}'
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`

const page = (message: string): string => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">`
  + `<title>ThatDAM: sign in</title><style>${STYLE}</style><form method="post" action="/login"><h1>ThatDAM</h1>`
  + `<label for="token">Admin token of this node</label><input id="token" name="token" type="password" autocomplete="current-password" autofocus required>`
  + `<button>Sign in</button>${message === '' ? '' : `<p role="alert">${message}</p>`}</form></html>`

const cookie = (request: FastifyRequest, value: string, seconds: number): string =>
  `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${request.protocol === 'https' ? '; Secure' : ''}`

/** Every request must be signed in; browsers are shown a page to do so. Register before all other routes. */
export function requireSignIn(auth: Auth): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    if (!OPEN.has(request.url.split('?')[0] ?? '') && request.method !== 'OPTIONS') await auth.check(request)
  }
}

/** True when a person's browser opens a page, as opposed to a script that asks. */
export const isNavigation = (request: FastifyRequest): boolean =>
  request.method === 'GET' && (request.headers.accept ?? '').includes('text/html') && !request.url.startsWith('/api/')

/** `GET|POST /login`, `POST /logout`. */
export function loginRoutes({ auth }: { auth: Auth }): FastifyPluginAsync {
  return async (app) => {
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (_request, body, done) => done(null, new URLSearchParams(String(body))))

    app.get('/login', { schema: { hide: true } }, async (_request, reply) => reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(page('')))

    app.post('/login', { schema: { hide: true } }, async (request, reply) => {
      const token = request.body instanceof URLSearchParams ? request.body.get('token') : null
      try {
        if (token === null) throw new UnauthenticatedError('send the field token')
        const session = await auth.signIn(token, request.ip)
        return reply.header('set-cookie', cookie(request, session, SESSION_MS / 1_000)).redirect('/', 303)
      } catch (err) {
        if (!(err instanceof ThatDamError)) throw err
        return reply.code(err.status).header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(page(err.status === 429 ? 'Too many wrong tokens: wait a minute.' : 'That is not the token of this node.'))
      }
    })

    app.post('/logout', { schema: { hide: true } }, async (request, reply) => {
      auth.signOut(request)
      return reply.header('set-cookie', cookie(request, '', 0)).redirect('/login', 303)
    })
  }
}
