/** Small pages without scripts, served to people who have not signed in: for signing in, setting up, and what was shared with them. */
import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

const STYLE = 'body{background:#14181f;color:#e6e9ee;font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh}'
  + '.narrow{display:grid;place-items:center;min-height:96vh}form{display:grid;gap:12px;width:min(360px,90vw)}input,button,.button{font:inherit;padding:10px 12px;border-radius:8px;border:1px solid #5d6a7a;background:#1d232c;color:inherit}'
  + 'button,.button{background:#5ed0b0;color:#10251f;border:0;font-weight:600;cursor:pointer;text-decoration:none;display:inline-block}p{margin:0}.alert{color:#f0a08a}.dim{color:#a9b4ba}a{color:#5ed0b0}summary{cursor:pointer;color:#a9b4ba}details form{margin-top:12px}'
  + 'main{max-width:1280px;margin:0 auto;padding:24px}header{display:flex;flex-wrap:wrap;gap:8px 24px;align-items:baseline;justify-content:space-between;margin-bottom:24px}h1{font-size:24px;margin:0}'
  + '.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:16px;list-style:none;margin:0;padding:0}.grid a{color:inherit;text-decoration:none;display:block}'
  + '.grid img,.grid .none{width:100%;aspect-ratio:16/9;object-fit:contain;background:#0b0e12;border-radius:8px;display:grid;place-items:center}.grid span{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}'
  + '.one{display:grid;gap:16px;justify-items:start}.one img,.one video{max-width:100%;max-height:76vh;background:#0b0e12;border-radius:8px}.one audio{width:min(640px,90vw)}'
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** Nothing but its own style, its own pictures and films, and forms to itself. */
export const PLAIN_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src 'self'; media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`

/** Text as it may stand in HTML, in attributes too. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** `body` is HTML: what comes from people went through `escapeHtml`. */
// other sites are told no referrer; with none at all browsers would call the origin of its own forms null
export function sendPage(reply: FastifyReply, title: string, body: string, status = 200): FastifyReply {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><style>${STYLE}</style>${body}</html>`
  return reply.code(status).header('content-security-policy', PLAIN_POLICY).header('cache-control', 'no-store').header('referrer-policy', 'same-origin').type('text/html; charset=utf-8').send(html)
}

export const alertOf = (message: string): string => message === '' ? '' : `<p role="alert" class="alert">${escapeHtml(message)}</p>`
