import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { AssetDetail, AssetEdit, AssetList, AssetListQuery, AssetView, ErrorBody } from '#protocols/http.ts'
import { type ChunkId, parseAssetId } from '#protocols/ids.ts'
import type { Asset, Ring } from '#ring'
import { largestPicture } from '../../derive/wanted.ts'
import type { Originals } from '../../folders/originals.ts'
import { describeEdit } from '../../organise/describe-edit.ts'
import { createEdits, type Edits } from '../../organise/edits.ts'
import { createHistory } from '../../organise/history.ts'
import { sendBlob, sendBytes } from '../byte-range.ts'
import { searchRequestOf } from '../search-page.ts'
import { sees, sightOf, within } from '../sight.ts'
import { assetDetail, assetView, type Copies } from '../views.ts'
import type { Who } from '../who.ts'

export interface AssetComponents {
  ring: Pick<Ring, 'blobs' | 'catalog' | 'membership'>
  /** Which members hold how many chunks of a blob; those that do not answer soon are left out. */
  copiesOf(blob: ChunkId): Promise<readonly Copies[]>
  /** Bytes of an asset, in the ring or not. */
  originals: Pick<Originals, 'read'>
  /** `Ring.lastVerifiedMs` */
  lastVerifiedMs(chunks: readonly ChunkId[]): number | null
  /** @default edits that nobody can undo */
  edits?: Pick<Edits, 'one'>
}

/** Assets on a page when nobody says. @default 60 */
export const DEFAULT_PAGE = 60

const PosterQuery = Type.Object({ size: Type.Optional(Type.Union([Type.Literal('small'), Type.Literal('large')], { default: 'small' })) })
const Params = Type.Object({ id: Type.String({ description: 'SHA-256 of the original bytes, hex' }) })
const DeleteQuery = Type.Object({ purge: Type.Optional(Type.Boolean({ description: 'delete it for good now, from the trash or directly: nobody can restore it' })) })
const ContentQuery = Type.Object({ download: Type.Optional(Type.String({ description: 'present: save instead of show' })) })
/** All of them answer by what the asker may see. */
const byAlbum = { albums: true } as const
const Bytes = Type.Unsafe<never>({ type: 'string', format: 'binary' })

/** `GET /assets`, `/assets/:id`, its content and poster; `PATCH`, `DELETE` and `POST …/restore` of one. */
export function assetRoutes(components: AssetComponents): FastifyPluginAsyncTypebox {
  const { blobs, catalog, membership } = components.ring
  const edits = components.edits ?? createEdits({ catalog, history: createHistory({ catalog }) })

  const seenBy = (who: Who) => sightOf(catalog, who)

  async function list(who: Who, { trash = false, ...query }: AssetListQuery): Promise<AssetList> {
    if (trash) return listTrash(who, query)
    const { hits, total, weak, ranked, offset, cursor } = await catalog.search.page(within(who, searchRequestOf(query, query.limit ?? DEFAULT_PAGE)))
    const assets = hits.map(({ asset, score, why }) => ({ ...assetView(asset), ...(score === undefined ? {} : { score }), ...(why.length === 0 ? {} : { why: why.map(({ field, text, ranges }) => ({ field, text, ranges: ranges.map((range) => [...range]) })) }) }))
    return { assets, total, cursor: cursor ?? null, weak, ranked, offset }
  }

  /** From the index, which answers at once; a document is read for what is not there yet. */
  async function pictured(who: Who, text: string): Promise<Asset> {
    const known = catalog.index.asset(parseAssetId(text))
    return known !== undefined && sees(who, known) ? known : seenBy(who).find(text, true) // the trash is looked through by its pictures
  }

  function listTrash(who: Who, { cursor, limit = DEFAULT_PAGE, ...filters }: AssetListQuery): AssetList {
    const odd = Object.entries(filters).find(([, value]) => value !== undefined)
    if (odd !== undefined) throw new InvalidInputError(`the trash is listed whole: leave out ${odd[0]}`)
    if (who.albums !== undefined) return { assets: [], total: 0, cursor: null }
    const page = catalog.index.trash({ limit, ...(cursor === undefined ? {} : { cursor }) })
    return { assets: page.assets.map((asset) => assetView(asset, catalog.trashDays())), total: page.total, cursor: page.cursor ?? null }
  }

  return async (app) => {
    app.get('/assets', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'A page of the library', querystring: AssetListQuery, response: { 200: AssetList, default: ErrorBody } }
    }, async ({ query, who }) => list(who, query))

    app.get('/assets/:id', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'One asset, and which nodes hold its bytes', params: Params, response: { 200: AssetDetail, default: ErrorBody } }
    }, async ({ params, who }) => {
      const asset = await seenBy(who).find(params.id)
      const { blob } = asset.facts
      if (blob === undefined) return assetDetail(asset, { chunks: 0, copies: [], lastVerifiedMs: null }, membership.members())
      const [{ chunks }, copies] = await Promise.all([blobs.stat(blob), components.copiesOf(blob)])
      return assetDetail(asset, { chunks: chunks.length, copies, lastVerifiedMs: components.lastVerifiedMs([blob, ...chunks]) }, membership.members())
    })

    app.patch('/assets/:id', {
      config: byAlbum, validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['assets'], summary: 'Edit title, rating, notes, marks and own fields; add and remove tags and albums', params: Params, body: AssetEdit, response: { 200: AssetView, default: ErrorBody } }
    }, async ({ params, body, who, deed }) => {
      deed.detail = describeEdit(body)
      return assetView(await edits.one(who, (await seenBy(who).findToEdit(params.id, body)).facts.id, body))
    })

    app.delete('/assets/:id', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'Put it into the trash, from where it can be restored; or delete it for good', params: Params, querystring: DeleteQuery, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params, query, who }, reply) => {
      if (query.purge === true) await catalog.purgeAsset((await seenBy(who).findToPurge(params.id)).facts.id)
      else await edits.one(who, (await seenBy(who).findToEdit(params.id)).facts.id, { deleted: true })
      return reply.code(204).send(null)
    })

    app.post('/assets/:id/restore', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'Take it out of the trash', params: Params, response: { 200: AssetView, default: ErrorBody } }
    }, async ({ params, who }) => assetView(await edits.one(who, (await seenBy(who).findToEdit(params.id, { deleted: false })).facts.id, { deleted: false })))

    app.get('/assets/:id/content', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'The original bytes, whole or by Range', params: Params, querystring: ContentQuery, produces: ['application/octet-stream'], response: { 200: Bytes, 206: Bytes, default: ErrorBody } }
    }, async (request, reply) => {
      const asset = await seenBy(request.who).find(request.params.id)
      const { facts } = asset
      const isDownload = request.query.download !== undefined && request.query.download !== '0' && request.query.download !== 'false'
      reply.header('content-disposition', contentDisposition(facts.name, isDownload)).header('cache-control', 'private, no-cache')
      if (facts.modifiedAtMs !== undefined) reply.header('last-modified', new Date(facts.modifiedAtMs).toUTCString())
      return sendBytes(request, reply, { size: facts.size, mime: facts.mime, etag: facts.id, read: (range, signal) => components.originals.read(asset, range, { signal }) })
    })

    app.get('/assets/:id/poster', {
      config: byAlbum, schema: { tags: ['assets'], summary: 'A JPEG of the asset, at most 640 pixels wide and high; or 1920, as soon as that is made', params: Params, querystring: PosterQuery, produces: ['image/jpeg'], response: { 200: Bytes, default: ErrorBody } }
    }, async (request, reply) => {
      const asset = await pictured(request.who, request.params.id)
      const { blob, isLast } = request.query.size === 'large' ? largestPicture(asset) : { blob: asset.poster, isLast: true }
      if (blob === undefined) throw new NotFoundError('this asset has no poster')
      return sendBlob(request, reply, blobs, { blob, mime: 'image/jpeg', headers: { 'cache-control': isLast ? 'private, max-age=86400' : 'private, no-cache' } })
    })
  }
}

/** RFC 6266: an ASCII name for old readers, the true one encoded (RFC 8187); nothing in it can end the header or leave a folder. */
export function contentDisposition(name: string, isDownload: boolean): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\/%;]/g, '_')
  const encoded = encodeURIComponent(name.toWellFormed().replace(/[\\/\0]/g, '_')).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${isDownload ? 'attachment' : 'inline'}; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
