/** What people without an account see of what was shared with them. Works without a script. */
import type { Asset } from '#ring'
import type { ShareLink } from '../accounts/share-links.ts'
import { alertOf, escapeHtml } from './plain-page.ts'

const nameOf = ({ title, facts }: Asset): string => title || facts.name

const CLOSED: Readonly<Record<string, string>> = {
  unknown: 'There is no such link. Check that the address was copied whole.',
  expired: 'This link has expired. Ask whoever sent it for a new one.',
  revoked: 'This link was closed by whoever made it.'
}

export const closedPage = (why: string): string => `<main class="narrow"><div><h1>Shared files</h1><p role="alert">${CLOSED[why] ?? ''}</p></div></main>`

export const passwordPage = (token: string, message: string): string =>
  `<main class="narrow"><form method="post" action="/s/${escapeHtml(token)}"><h1>Shared files</h1>${alertOf(message)}<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="off" autofocus required><button>Open</button></form></main>`

export function gridPage(link: ShareLink, token: string, { assets, total, cursor }: { assets: readonly Asset[]; total: number; cursor: string | undefined }): string {
  const base = `/s/${escapeHtml(token)}`
  const items = assets.map((asset) => `<li><a href="${base}/${asset.facts.id}">${asset.poster === undefined ? `<span class="none">${asset.facts.kind}</span>` : `<img src="${base}/${asset.facts.id}/poster" alt="" loading="lazy">`}<span>${escapeHtml(nameOf(asset))}</span></a></li>`)
  const more = cursor === undefined ? '' : `<p><a class="button" href="${base}?after=${encodeURIComponent(cursor)}">More</a></p>`
  const empty = total === 0 ? '<p class="dim">There is nothing here any more.</p>' : ''
  return `<main><header><h1>${escapeHtml(link.title || 'Shared files')}</h1><span class="dim">${total} ${total === 1 ? 'file' : 'files'}${untilOf(link)}</span></header>${empty}<ul class="grid">${items.join('')}</ul>${more}</main>`
}

export function onePage(link: ShareLink, token: string, asset: Asset): string {
  const base = `/s/${escapeHtml(token)}/${asset.facts.id}`
  const picture = asset.poster === undefined ? '' : ` poster="${base}/poster"`
  const shown = { image: `<img src="${base}/view" alt="${escapeHtml(nameOf(asset))}">`, video: `<video src="${base}/view"${picture} controls playsinline controlslist="nodownload"></video>`, audio: `<audio src="${base}/view" controls></audio>` }[asset.facts.kind]
  const original = link.download ? `<a class="button" href="${base}/original" download>Download the original</a>` : ''
  return `<main><header><h1>${escapeHtml(nameOf(asset))}</h1><a href="/s/${escapeHtml(token)}">All files</a></header><div class="one">${shown}${original}</div></main>`
}

export const waitPage = (asset: Asset, share: number): string =>
  `<main class="narrow"><div><h1>${escapeHtml(nameOf(asset))}</h1><p role="status">It is being made ready to be shown: ${Math.round(share * 100)} %. This page goes on by itself.</p></div></main>`

const untilOf = ({ expiresMs }: ShareLink): string => expiresMs === 0 ? '' : `, until ${new Date(expiresMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
