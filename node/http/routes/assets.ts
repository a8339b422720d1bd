import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { AssetDetail, AssetEdit, AssetList, AssetListQuery, AssetView, ErrorBody } from '#protocols/http.ts'
import { type ChunkId, parseAssetId } from '#protocols/ids.ts'
import type { Asset, Ring } from '#ring'
import { sendBytes } from '../byte-range.ts'
import { searchRequestOf } from '../search-query.ts'
import { assetDetail, assetView, type Copies } from '../views.ts'

export interface AssetComponents {
  ring: Pick<Ring, 'blobs' | 'catalog' | 'membership'>
  /** Which members hold how many chunks of a blob; those that do not answer soon are left out. */
  copiesOf(blob: ChunkId): Promise<readonly Copies[]>
  /** `Ring.lastVerifiedMs` */
  lastVerifiedMs(chunks: readonly ChunkId[]): number | null
}

/** Assets on a page when nobody says. @default 60 */
export const DEFAULT_PAGE = 60

const Params = Type.Object({ id: Type.String({ description: 'SHA-256 of the original bytes, hex' }) })
const SearchQuery = Type.Intersect([AssetListQuery, Type.Object({ q: Type.String({ maxLength: 1_000, description: 'words of name, path, tags, title, notes or people\'s own fields, and filters' }) })])
const DeleteQuery = Type.Object({ purge: Type.Optional(Type.Boolean({ description: 'delete it for good now, from the trash or directly: nobody can restore it' })) })
const ContentQuery = Type.Object({ download: Type.Optional(Type.String({ description: 'present: save instead of show' })) })
const Bytes = Type.Unsafe<never>({ type: 'string', format: 'binary' })

/** `GET /assets`, `/search`, `/assets/:id`, its content and poster; `PATCH`, `DELETE` and `POST …/restore` of one. */
export function assetRoutes(components: AssetComponents): FastifyPluginAsyncTypebox {
  const { blobs, catalog, membership } = components.ring

  async function find(text: string): Promise<Asset> {
    const asset = await catalog.asset(parseAssetId(text))
    if (asset === undefined || asset.deletedAtMs !== undefined) throw new NotFoundError('no such asset: it was never imported here, or it was deleted')
    return asset
  }

  async function findAlsoInTrash(text: string): Promise<Asset> {
    const asset = await catalog.asset(parseAssetId(text))
    if (asset === undefined) throw new NotFoundError('no such asset: it was never imported here, or it was deleted for good')
    return asset
  }

  async function list({ trash = false, ...query }: AssetListQuery): Promise<AssetList> {
    if (trash) return listTrash(query)
    const { hits, total, weak, ranked, offset, cursor } = await catalog.search.page(searchRequestOf(query, query.limit ?? DEFAULT_PAGE))
    const assets = hits.map(({ asset, score, why }) => ({ ...assetView(asset), ...(score === undefined ? {} : { score }), ...(why.length === 0 ? {} : { why: why.map(({ field, text, ranges }) => ({ field, text, ranges: ranges.map((range) => [...range]) })) }) }))
    return { assets, total, cursor: cursor ?? null, weak, ranked, offset }
  }

  /** From the index, which answers at once; a document is read for what is not there yet. */
  async function posterOf(text: string): Promise<ChunkId | undefined> {
    return catalog.index.asset(parseAssetId(text))?.poster ?? (await findAlsoInTrash(text)).poster // the trash is looked through by its pictures
  }

  function listTrash({ cursor, limit = DEFAULT_PAGE, ...filters }: AssetListQuery): AssetList {
    const odd = Object.entries(filters).find(([, value]) => value !== undefined)
    if (odd !== undefined) throw new InvalidInputError(`the trash is listed whole: leave out ${odd[0]}`)
    const page = catalog.index.trash({ limit, ...(cursor === undefined ? {} : { cursor }) })
    return { assets: page.assets.map((asset) => assetView(asset, catalog.trashDays())), total: page.total, cursor: page.cursor ?? null }
  }

  return async (app) => {
    app.get('/assets', {
      schema: { tags: ['assets'], summary: 'A page of the library', querystring: AssetListQuery, response: { 200: AssetList, default: ErrorBody } }
    }, async ({ query }) => list(query))

    app.get('/search', {
      schema: { tags: ['assets'], summary: 'Assets whose name, path, tags, title or notes match, best first', querystring: SearchQuery, response: { 200: AssetList, default: ErrorBody } }
    }, async ({ query }) => list(query as AssetListQuery))

    app.get('/assets/:id', {
      schema: { tags: ['assets'], summary: 'One asset, and which nodes hold its bytes', params: Params, response: { 200: AssetDetail, default: ErrorBody } }
    }, async ({ params }) => {
      const asset = await find(params.id)
      const [{ chunks }, copies] = await Promise.all([blobs.stat(asset.facts.blob), components.copiesOf(asset.facts.blob)])
      return assetDetail(asset, { chunks: chunks.length, copies, lastVerifiedMs: components.lastVerifiedMs([asset.facts.blob, ...chunks]) }, membership.members())
    })

    app.patch('/assets/:id', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['assets'], summary: 'Edit title, rating, notes; add and remove tags', params: Params, body: AssetEdit, response: { 200: AssetView, default: ErrorBody } }
    }, async ({ params, body }) => assetView(await catalog.editAsset((await find(params.id)).facts.id, body)))

    app.delete('/assets/:id', {
      schema: { tags: ['assets'], summary: 'Put it into the trash, from where it can be restored; or delete it for good', params: Params, querystring: DeleteQuery, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params, query }, reply) => {
      if (query.purge === true) await catalog.purgeAsset((await findAlsoInTrash(params.id)).facts.id)
      else await catalog.editAsset((await find(params.id)).facts.id, { deleted: true })
      return reply.code(204).send(null)
    })

    app.post('/assets/:id/restore', {
      schema: { tags: ['assets'], summary: 'Take it out of the trash', params: Params, response: { 200: AssetView, default: ErrorBody } }
    }, async ({ params }) => assetView(await catalog.editAsset((await findAlsoInTrash(params.id)).facts.id, { deleted: false })))

    app.get('/assets/:id/content', {
      schema: { tags: ['assets'], summary: 'The original bytes, whole or by Range', params: Params, querystring: ContentQuery, produces: ['application/octet-stream'], response: { 200: Bytes, 206: Bytes, default: ErrorBody } }
    }, async (request, reply) => {
      const { facts } = await find(request.params.id)
      const isDownload = request.query.download !== undefined && request.query.download !== '0' && request.query.download !== 'false'
      reply.header('content-disposition', contentDisposition(facts.name, isDownload)).header('cache-control', 'private, no-cache')
      return sendBytes(request, reply, { size: facts.size, mime: facts.mime, etag: facts.id, read: (range, signal) => blobs.read(facts.blob, range, { signal }) })
    })

    app.get('/assets/:id/poster', {
      schema: { tags: ['assets'], summary: 'A JPEG of the asset, at most 640 pixels wide', params: Params, produces: ['image/jpeg'], response: { 200: Bytes, default: ErrorBody } }
    }, async (request, reply) => {
      const poster = await posterOf(request.params.id)
      if (poster === undefined) throw new NotFoundError('this asset has no poster')
      const { size } = await blobs.stat(poster)
      reply.header('cache-control', 'private, max-age=86400')
      return sendBytes(request, reply, { size, mime: 'image/jpeg', etag: poster, read: (range, signal) => blobs.read(poster, range, { signal }) })
    })
  }
}

/** RFC 6266: an ASCII name for old readers, the true one encoded (RFC 8187); nothing in it can end the header or leave a folder. */
export function contentDisposition(name: string, isDownload: boolean): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\/%;]/g, '_')
  const encoded = encodeURIComponent(name.toWellFormed().replace(/[\\/\0]/g, '_')).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return `${isDownload ? 'attachment' : 'inline'}; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
