import { InvalidInputError, NotFoundError, RefusedError } from '#protocols/errors.ts'
import type { Records, RingRecord } from '#ring'
import { digestOf, hashPassword, isDigest, MAX_PASSWORD_LENGTH, type ScryptWork } from './password.ts'
import { ID_FORM, isTrue, newId, newSecret, numberIn, textIn } from './record-fields.ts'

/** Links of a ring. @default 5000 */
export const MAX_LINKS = 5_000
/** Assets of one link that names them; an album may hold any number. @default 200 */
export const MAX_LINK_ASSETS = 200
/** Shortest password of a link, in characters: it is passed on by telephone. @default 4 */
export const MIN_LINK_PASSWORD = 4
/** Longest title and watermark, in characters. @default 120 */
export const MAX_LINK_TEXT = 120

/** What somebody without an account may look at, without the secret of its address. */
export interface ShareLink {
  readonly id: string
  readonly title: string
  /** An album, or single assets. */
  readonly album: string
  readonly assets: readonly string[]
  readonly createdMs: number
  /** Unix ms; 0 for never. */
  readonly expiresMs: number
  readonly revokedMs: number
  readonly hasPassword: boolean
  /** Drawn into everything that is shown; empty for none. */
  readonly watermark: string
  /** The originals may be had. */
  readonly download: boolean
  /** Id of the account that made it. */
  readonly by: string
}

export interface NewLink extends Pick<ShareLink, 'title' | 'album' | 'assets' | 'expiresMs' | 'watermark' | 'download' | 'by'> {
  readonly password: string
}

/** Share links of the ring: good on every node. */
export interface ShareLinks {
  list(): ShareLink[]
  find(id: string): ShareLink | undefined
  /** `token` is the only copy. @throws InvalidInputError */
  create(link: NewLink): Promise<{ link: ShareLink; token: string }>
  /** @throws NotFoundError */
  revoke(id: string): Promise<ShareLink>
  /** For good, out of the list too. @throws NotFoundError */
  remove(id: string): Promise<void>
  /** The link whose token this is, expired and revoked ones too. */
  match(token: string): ShareLink | undefined
  passwordHash(id: string): string | undefined
}

const KIND = 'links'
const FORM = /^([0-9a-f]{16})([\w-]{43})$/
const ASSET = /^[0-9a-f]{64}$/
const ALBUM = /^[A-Za-z0-9_-]{1,64}$/

/** Why a link does not open any more; undefined while it does. */
export const whyClosed = ({ revokedMs, expiresMs }: ShareLink, nowMs: number): 'revoked' | 'expired' | undefined =>
  revokedMs > 0 ? 'revoked' : expiresMs > 0 && expiresMs <= nowMs ? 'expired' : undefined

export function createShareLinks({ records }: { records: Records }, { now = Date.now, work }: { now?: () => number; work?: ScryptWork | undefined } = {}): ShareLinks {
  const list = (): ShareLink[] => records.list(KIND).flatMap((record) => linkOf(record) ?? [])
  const find = (id: string): ShareLink | undefined => list().find((link) => link.id === id)

  function found(id: string): ShareLink {
    const link = ID_FORM.test(id) ? find(id) : undefined
    if (link === undefined) throw new NotFoundError('there is no such link: it may have been removed')
    return link
  }

  return {
    list, find,
    async create(link) {
      check(link, now())
      if (list().length >= MAX_LINKS) throw new RefusedError(`the ring has ${MAX_LINKS} links already: remove some first`)
      const [id, secret] = [newId(), newSecret()]
      const { password, ...rest } = link
      const hash = password === '' ? {} : { password: await hashPassword(password, work) }
      await records.put(KIND, id, { ...rest, title: rest.title.trim(), watermark: rest.watermark.trim(), assets: [...new Set(rest.assets)], createdMs: now(), hash: digestOf(secret), ...hash })
      return { link: found(id), token: `${id}${secret}` }
    },
    async revoke(id) {
      if (found(id).revokedMs === 0) await records.put(KIND, id, { revokedMs: now() })
      return found(id)
    },
    async remove(id) {
      found(id)
      await records.remove(KIND, id)
    },
    match(token) {
      const [, id = '', secret = ''] = FORM.exec(token) ?? []
      const record = id === '' ? undefined : records.find(KIND, id)
      return record !== undefined && isDigest(secret, textIn(record.fields, 'hash')) ? linkOf(record) : undefined
    },
    passwordHash: (id) => {
      const hash = records.find(KIND, id)?.fields['password']
      return typeof hash === 'string' ? hash : undefined
    }
  }
}

function check({ title, album, assets, expiresMs, watermark, password }: NewLink, nowMs: number): void {
  if ((album === '') === (assets.length === 0)) throw new InvalidInputError('say what is shared: an album, or assets')
  if (album !== '' && !ALBUM.test(album)) throw new InvalidInputError('this is no id of an album')
  if (assets.length > MAX_LINK_ASSETS || !assets.every((id) => ASSET.test(id))) throw new InvalidInputError(`at most ${MAX_LINK_ASSETS} ids of assets: put more of them into an album and share that`)
  if (expiresMs !== 0 && expiresMs <= nowMs) throw new InvalidInputError('the link would have expired already: choose a later time')
  if ([title, watermark].some((text) => text.length > MAX_LINK_TEXT || /\p{Cc}/u.test(text))) throw new InvalidInputError(`title and watermark have at most ${MAX_LINK_TEXT} characters, on one line`)
  if (password !== '' && (password.length < MIN_LINK_PASSWORD || password.length > MAX_PASSWORD_LENGTH)) throw new InvalidInputError(`the password of a link has ${MIN_LINK_PASSWORD} to ${MAX_PASSWORD_LENGTH} characters`)
}

function linkOf({ id, fields }: RingRecord): ShareLink | undefined {
  const album = textIn(fields, 'album', 64)
  const assets = (Array.isArray(fields['assets']) ? fields['assets'] as unknown[] : []).filter((asset): asset is string => typeof asset === 'string' && ASSET.test(asset)).slice(0, MAX_LINK_ASSETS)
  if (album === '' && assets.length === 0) return undefined
  return {
    id, album, assets, title: textIn(fields, 'title', MAX_LINK_TEXT), createdMs: numberIn(fields, 'createdMs'), expiresMs: numberIn(fields, 'expiresMs'), revokedMs: numberIn(fields, 'revokedMs'),
    hasPassword: fields['password'] !== undefined, watermark: textIn(fields, 'watermark', MAX_LINK_TEXT), download: isTrue(fields, 'download'), by: textIn(fields, 'by', 64)
  }
}
