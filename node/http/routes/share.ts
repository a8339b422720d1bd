import type { Originals } from '../../folders/originals.ts'
import { createReadStream } from 'node:fs'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { InvalidQueryError, NotFoundError, ThatDamError } from '#protocols/errors.ts'
import type { AssetId, ChunkId } from '#protocols/ids.ts'
import type { Asset, AssetPage, Ring } from '#ring'
import type { Accounts } from '../../accounts/accounts.ts'
import { createGuessLimit, placeOf } from '../../accounts/guess-limit.ts'
import { digestOf, isPassword } from '../../accounts/password.ts'
import { TooManyFailuresError, UnauthenticatedError } from '../../accounts/refusals.ts'
import { type ShareLink, whyClosed } from '../../accounts/share-links.ts'
import { isShown, PREVIEW } from '../../derive/wanted.ts'
import type { CopyOf, SharedCopies } from '../../library/shared-copies.ts'
import type { Albums } from '../../organise/albums.ts'
import { createFirstReads } from '../audit-requests.ts'
import { sendBlob, sendBytes } from '../byte-range.ts'
import { cookieOf, setCookie } from '../credentials.ts'
import { escapeHtml, sendPage } from '../plain-page.ts'
import { createRateLimit } from '../rate-limit.ts'
import { closedPage, gridPage, onePage, passwordPage, waitPage } from '../share-pages.ts'
import { contentDisposition } from './assets.ts'
import { TooManyRequestsError } from './live-http.ts'

/** Whoever knew the password need not say it again for so long, in seconds. @default 43200 */
export const UNLOCKED_SECONDS = 43_200
/** Things on a page of a shared album. @default 60 */
export const SHARE_PAGE = 60
/** A copy is waited for so long before the page says that it is being made, in ms. @default 2500 */
export const COPY_PATIENCE_MS = 2_500

export interface ShareComponents {
  readonly accounts: Accounts
  readonly ring: Pick<Ring, 'blobs'> & { readonly catalog: Pick<Ring['catalog'], 'asset'> }
  readonly albums: Pick<Albums, 'assets' | 'holds'>
  readonly originals: Pick<Originals, 'read'>
  readonly copies: SharedCopies
}

interface Params { token: string; id: string }

/** `/s/:token` and beneath: what was shared, for people without an account. */
export function shareRoutes({ accounts, ring: { blobs, catalog }, albums, originals, copies }: ShareComponents): FastifyPluginAsync {
  const { links, tokens, audit } = accounts
  const strangers = createGuessLimit({ free: 20 })
  const guesses = createGuessLimit()
  const isFirstRead = createFirstReads()

  const note = (request: FastifyRequest, link: ShareLink, action: string, status: number, target?: string): void =>
    audit.note({ kind: 'link', id: link.id, who: link.title || 'shared link', address: request.ip, action, status, target })
  const noteOriginal = (request: FastifyRequest, link: ShareLink, action: string, { facts: { id } }: Asset): void => {
    if (isFirstRead([link.id, request.ip, action, id].join(' '))) note(request, link, action, 200, id)
  }
  const cookieName = (request: FastifyRequest, link: ShareLink): string => `${request.protocol === 'https' ? '__Host-' : ''}thatdam_link_${link.id}`
  const proofOf = (link: ShareLink): string => digestOf(links.passwordHash(link.id) ?? '')

  /** The link, when it holds and this browser has opened it. @throws ClosedLink */
  async function opened(request: FastifyRequest, isUnlocking = false): Promise<ShareLink> {
    const link = links.match((request.params as Params).token)
    if (link === undefined) {
      strangers.guess(placeOf(request.ip))
      throw new ClosedLink('unknown')
    }
    const why = whyClosed(link, Date.now())
    if (why !== undefined) throw new ClosedLink(why)
    if (isUnlocking || !link.hasPassword || await tokens.isForLink(cookieOf(request, cookieName(request, link)) ?? '', link.id, proofOf(link))) return link
    throw new ClosedLink('locked')
  }

  async function assetOf(link: ShareLink, id: string): Promise<Asset> {
    const asset = /^[0-9a-f]{64}$/.test(id) ? await catalog.asset(id as AssetId) : undefined
    if (asset === undefined || asset.deletedAtMs !== undefined || !await isShared(link, asset)) throw new NotFoundError('this is not, or no longer, part of what was shared')
    return asset
  }

  const isShared = async (link: ShareLink, asset: Asset): Promise<boolean> => link.album === '' ? link.assets.includes(asset.facts.id) : albums.holds(link.album, asset).catch(unlessGone(false))

  async function page(link: ShareLink, cursor: string | undefined): Promise<AssetPage> {
    if (link.album !== '') return albums.assets(link.album, { limit: SHARE_PAGE, ...cursor !== undefined && { cursor } }).catch(unlessGone({ assets: [], total: 0, cursor: undefined }))
    const all = (await Promise.all(link.assets.map((id) => assetOf(link, id).catch(() => undefined)))).filter((asset) => asset !== undefined)
    return { assets: all, total: all.length, cursor: undefined }
  }

  /** The original itself is shown when it may be had anyway and nothing is to be drawn into it. */
  const isBare = (link: ShareLink): boolean => link.download && link.watermark === ''
  /** A JPEG in place of a picture that browsers do not show. */
  const pictureFor = (asset: Asset): ChunkId | undefined => asset.facts.kind === 'image' && !isShown(asset) ? asset.made[PREVIEW] ?? asset.poster : undefined

  async function copyOf({ watermark }: ShareLink, asset: Asset): Promise<CopyOf> {
    const { facts: { id, blob, size, kind, probe } } = asset
    const picture = pictureFor(asset)
    const source = picture === undefined ? { id: blob ?? id, size, read: () => originals.read(asset) } : { id: picture, size: (await blobs.stat(picture)).size, read: () => blobs.read(picture) }
    return { source, kind: kind === 'image' ? 'picture' : 'film', watermark, turn: picture === undefined ? probe.rotation ?? 0 : 0, durationMs: probe.durationMs ?? 0 }
  }

  async function sendCopy(request: FastifyRequest, reply: FastifyReply, copy: CopyOf): Promise<FastifyReply> {
    const { path, size, etag } = await copies.get(copy)
    const mime = copy.kind === 'film' ? 'video/mp4' : 'image/jpeg'
    return sendBytes(request, reply, { size, mime, etag, read: ({ start, end }) => createReadStream(path, { start, end: Math.max(start, end - 1) }) })
  }

  async function sendOriginal(request: FastifyRequest, reply: FastifyReply, asset: Asset, isDownload: boolean): Promise<FastifyReply> {
    const { facts } = asset
    reply.header('content-disposition', contentDisposition(facts.name, isDownload))
    return sendBytes(request, reply, { size: facts.size, mime: facts.mime, etag: facts.id, read: (range, signal) => originals.read(asset, range, { signal }) })
  }

  return async (app) => {
    const limit = createRateLimit()
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: 4_096 }, (_request, body, done) => done(null, new URLSearchParams(String(body))))
    app.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'private, no-store').header('x-robots-tag', 'noindex')
      const waitMs = limit.take(placeOf(request.ip))
      if (waitMs === 0) return
      reply.header('retry-after', Math.ceil(waitMs / 1_000))
      throw new TooManyRequestsError('too many requests from this address: wait a moment')
    })
    app.setErrorHandler((err, request, reply) => {
      if (err instanceof ClosedLink && err.why === 'locked') return sendPage(reply, 'Shared files', passwordPage((request.params as Params).token, ''), 401)
      if (err instanceof ClosedLink) return sendPage(reply, 'Shared files', closedPage(err.why), err.why === 'unknown' ? 404 : 410)
      if (!(err instanceof ThatDamError)) throw err
      if (err instanceof TooManyFailuresError) void reply.header('retry-after', err.retryAfter)
      return sendPage(reply, 'Shared files', `<main class="narrow"><div><h1>Shared files</h1><p role="alert">${escapeHtml(err.message)}</p></div></main>`, err.status)
    })
    const open = { config: { open: true }, schema: { hide: true } } as const

    app.get<{ Params: Params; Querystring: { after?: unknown } }>('/s/:token', open, async (request, reply) => {
      const link = await opened(request)
      note(request, link, 'looked at what was shared', 200)
      const { after } = request.query
      return sendPage(reply, link.title || 'Shared files', gridPage(link, request.params.token, await page(link, typeof after === 'string' ? after.slice(0, 500) : undefined)))
    })

    app.post<{ Params: Params }>('/s/:token', open, async (request, reply) => {
      const link = await opened(request, true)
      const { token } = request.params
      const password = (request.body instanceof URLSearchParams ? request.body.get('password') : null) ?? ''
      const places = [`link ${link.id}`, `link ${link.id} from ${placeOf(request.ip)}`]
      guesses.guess(...places)
      if (!await isPassword(password.slice(0, 400), links.passwordHash(link.id))) {
        note(request, link, 'wrong password of a shared link', 401)
        return sendPage(reply, 'Shared files', passwordPage(token, 'That is not the password.'), 401)
      }
      guesses.right(...places)
      const proof = await tokens.signLink(link.id, proofOf(link), UNLOCKED_SECONDS)
      return reply.header('set-cookie', setCookie(cookieName(request, link), proof, UNLOCKED_SECONDS, request.protocol === 'https')).redirect(`/s/${token}`, 303)
    })

    app.get<{ Params: Params }>('/s/:token/:id', open, async (request, reply) => {
      const link = await opened(request)
      const asset = await assetOf(link, request.params.id)
      if (!isBare(link)) {
        const copy = await copyOf(link, asset)
        const made = copies.get(copy)
        const isMade = await Promise.race([made.then(() => true), new Promise<false>((resolve) => { setTimeout(() => resolve(false), COPY_PATIENCE_MS) })])
        if (!isMade) return sendPage(reply.header('refresh', '5'), link.title || asset.facts.name, waitPage(asset, copies.progress(copy) ?? 0))
      }
      return sendPage(reply, link.title || asset.facts.name, onePage(link, request.params.token, asset))
    })

    app.get<{ Params: Params }>('/s/:token/:id/poster', open, async (request, reply) => {
      const link = await opened(request)
      const { poster } = await assetOf(link, request.params.id)
      if (poster === undefined) throw new NotFoundError('this has no picture')
      reply.header('cache-control', 'private, max-age=600')
      if (link.watermark === '') return sendBlob(request, reply, blobs, { blob: poster, mime: 'image/jpeg' })
      return sendCopy(request, reply, { source: { id: poster, size: (await blobs.stat(poster)).size, read: () => blobs.read(poster) }, kind: 'picture', watermark: link.watermark, turn: 0, durationMs: 0 })
    })

    app.get<{ Params: Params }>('/s/:token/:id/view', open, async (request, reply) => {
      const link = await opened(request)
      const asset = await assetOf(link, request.params.id)
      if (!isBare(link)) return sendCopy(request, reply, await copyOf(link, asset))
      const picture = pictureFor(asset)
      if (picture === undefined) noteOriginal(request, link, 'looked at an original that was shared', asset)
      return picture === undefined ? sendOriginal(request, reply, asset, false) : sendBlob(request, reply, blobs, { blob: picture, mime: 'image/jpeg' })
    })

    app.get<{ Params: Params }>('/s/:token/:id/original', open, async (request, reply) => {
      const link = await opened(request)
      const asset = await assetOf(link, request.params.id)
      if (!link.download) throw new UnauthenticatedError('the originals of this link are not given out: ask whoever sent it')
      noteOriginal(request, link, 'took an original that was shared', asset)
      return sendOriginal(request, reply, asset, true)
    })
  }
}

/** Nothing is in an album that was removed, or whose rule is not understood here; strangers are told no more. */
const unlessGone = <T>(nothing: T) => (err: unknown): T => {
  if (err instanceof NotFoundError || err instanceof InvalidQueryError) return nothing
  throw err
}

type Why = 'unknown' | 'locked' | 'expired' | 'revoked'

class ClosedLink extends ThatDamError {
  readonly code = 'ERR_LINK_CLOSED'
  override readonly status = 410
  readonly why: Why

  constructor(why: Why) {
    super(`the link is ${why}`)
    this.why = why
  }
}

