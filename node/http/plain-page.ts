/** Small pages without scripts, dark or light as the system has it, served to people who have not signed in: for signing in, setting up, and what was shared with them. */
import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

const STYLE = ':root{color-scheme:dark;--bg:#0d1012;--field:#14181b;--text:#e9eef0;--dim:#a9b4ba;--line:#5d6971;--accent:#74d3c4;--ink:#06201c;--bad:#ff7a70;--mat:#07090a}'
  + '@media (prefers-color-scheme:light){:root{color-scheme:light;--bg:#f3f6f6;--field:#fff;--text:#12191b;--dim:#435056;--line:#7f8d92;--accent:#0a665c;--ink:#fff;--bad:#b3261e;--mat:#dde4e5}}'
  + 'body{background:var(--bg);color:var(--text);font:16px/1.5 system-ui,sans-serif;margin:0;min-height:100vh}'
  + '.narrow{display:grid;place-items:center;min-height:96vh;max-width:none;padding:0}form{display:grid;gap:12px;width:min(360px,90vw)}input,button,.button{font:inherit;padding:10px 12px;border-radius:8px;border:1px solid var(--line);background:var(--field);color:inherit}'
  + 'button,.button{background:var(--accent);color:var(--ink);border:0;font-weight:600;cursor:pointer;text-decoration:none;display:inline-block}p{margin:0}.alert{color:var(--bad)}.dim{color:var(--dim)}a{color:var(--accent)}summary{cursor:pointer;color:var(--dim)}details form{margin-top:12px}'
  + 'main{max-width:1280px;margin:0 auto;padding:24px}header{display:flex;flex-wrap:wrap;gap:8px 24px;align-items:baseline;justify-content:space-between;margin-bottom:24px}h1{font-size:24px;margin:0}'
  + '.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:16px;list-style:none;margin:0;padding:0}.grid a{color:inherit;text-decoration:none;display:block}'
  + '.grid img,.grid .none{width:100%;aspect-ratio:16/9;object-fit:contain;background:var(--mat);border-radius:8px;display:grid;place-items:center}.grid span{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}'
  + '.one{display:grid;gap:16px;justify-items:start}.one img,.one video{max-width:100%;max-height:76vh;background:#050607;border-radius:8px}.one audio{width:min(640px,90vw)}'
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** Nothing but its own style, its own pictures and films, an icon that is empty (browsers would ask for one, and be refused), and forms to itself. */
export const PLAIN_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src 'self' data:; media-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`

/** Text as it may stand in HTML, in attributes too. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** `body` is HTML: what comes from people went through `escapeHtml`. */
// other sites are told no referrer; with none at all browsers would call the origin of its own forms null
export function sendPage(reply: FastifyReply, title: string, body: string, status = 200): FastifyReply {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><link rel="icon" href="data:,"><title>${escapeHtml(title)}</title><style>${STYLE}</style>${body}</html>`
  return reply.code(status).header('content-security-policy', PLAIN_POLICY).header('cache-control', 'no-store').header('referrer-policy', 'same-origin').type('text/html; charset=utf-8').send(html)
}

export const alertOf = (message: string): string => message === '' ? '' : `<p role="alert" class="alert">${escapeHtml(message)}</p>`
