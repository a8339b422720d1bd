import { Readable } from 'node:stream'
import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { InvalidInputError } from '#protocols/errors.ts'
import { AssetList, AssetSelection, BatchList, BatchUndo, BatchView, ErrorBody, JobView, PackageIn, PackageQuery, PackageReport, XmpRead } from '#protocols/http.ts'
import type { ReadModel } from '#ring'
import type { Organise } from '../../../organise/organise.ts'
import { MAX_PACKAGE_BYTES } from '../../../organise/package/packages.ts'
import { MAX_ZIP_FILES, zip } from '../../../organise/zip.ts'
import { assetView } from '../../views.ts'
import { MAX_SELECTION_BYTES } from './edits.ts'

const TYPES = { csv: 'text/csv; charset=utf-8', xml: 'application/xml; charset=utf-8', json: 'application/json; charset=utf-8' } as const
const Params = Type.Object({ id: Type.String({ maxLength: 64 }) })
const Page = Type.Object({ from: Type.Optional(Type.Integer({ minimum: 0 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) })
const Bytes = Type.Unsafe<never>({ type: 'string', format: 'binary' })

/** `/packages`: what people gave their assets, as one file. */
export function packageRoutes({ packages }: Pick<Organise, 'packages'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_PACKAGE_BYTES }, (_request, body, done) => done(null, body))

    app.get('/api/v1/packages', {
      schema: { tags: ['organise'], summary: 'Titles, tags, ratings, notes, marks, own fields and albums of what a query finds, as one file', querystring: PackageQuery, response: { 200: Bytes, default: ErrorBody } }
    }, async ({ query: { format, ...query } }, reply) => {
      const parts = packages.print({ query }, format)
      const first = await parts.next() // what is wrong with the query is answered before anything is sent
      reply.header('content-disposition', `attachment; filename="thatdam-metadata.${format}"`).type(TYPES[format])
      return reply.send(Readable.from((async function* () { if (first.done !== true) yield first.value; yield* parts })()) as never)
    })

    app.post('/api/v1/packages', {
      config: { longBody: true },
      bodyLimit: MAX_PACKAGE_BYTES,
      schema: { tags: ['organise'], summary: 'Bring such a file in; its rows are matched by id, else by name and size', querystring: PackageIn, response: { 200: PackageReport, default: ErrorBody } }
    }, async ({ query, body, who, raw }) => {
      raw.socket.setTimeout(0) // a large one takes minutes on a small machine
      return packages.bring(who, body instanceof Uint8Array ? body : new Uint8Array(), query.format, query.dryRun === true)
    })
  }
}

/** `/batches`: every import, and the way back. */
export function batchRoutes({ batches }: Pick<Organise, 'batches'>, catalog: { readonly index: Pick<ReadModel, 'assets'> }): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/api/v1/batches', { schema: { tags: ['organise'], summary: 'Imports, newest first', querystring: Page, response: { 200: BatchList, default: ErrorBody } } }, async ({ query }) => batches.list(query))
    app.get('/api/v1/batches/:id', { schema: { tags: ['organise'], summary: 'One import', params: Params, response: { 200: BatchView, default: ErrorBody } } }, async ({ params }) => batches.find(params.id))
    app.get('/api/v1/batches/:id/assets', {
      schema: { tags: ['organise'], summary: 'A page of what it brought in', params: Params, querystring: Type.Object({ cursor: Type.Optional(Type.String({ maxLength: 500 })), limit: Page.properties.limit }), response: { 200: AssetList, default: ErrorBody } }
    }, async ({ params, query }) => {
      const page = catalog.index.assets({ batch: batches.find(params.id).id, ...query })
      return { assets: page.assets.map((asset) => assetView(asset)), total: page.total, cursor: page.cursor ?? null }
    })
    app.post('/api/v1/batches/:id/undo', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['organise'], summary: 'Put into the trash what it brought in and nobody edited since', params: Params, body: Type.Object({ dryRun: Type.Optional(Type.Boolean()) }, { additionalProperties: false }), response: { 200: BatchUndo, default: ErrorBody } }
    }, async ({ params, body, who }) => batches.undo(who, params.id, body.dryRun))
  }
}

/** `/xmp`: sidecars written, read again, or as an archive. */
export function xmpRoutes({ xmp, selected }: Pick<Organise, 'xmp' | 'selected'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post('/api/v1/xmp/write', {
      validatorCompiler: TypeBoxValidatorCompiler, bodyLimit: MAX_SELECTION_BYTES,
      schema: { tags: ['organise'], summary: 'Write sidecars beside the originals that lie on this node; a job with a result for each', body: AssetSelection, response: { 202: JobView, default: ErrorBody } }
    }, async ({ body }, reply) => {
      await selected.assets(body).next() // a query that makes no sense is refused at once
      return reply.code(202).send(xmp.write(body))
    })
    app.post('/api/v1/xmp/read', {
      validatorCompiler: TypeBoxValidatorCompiler, bodyLimit: MAX_SELECTION_BYTES,
      schema: { tags: ['organise'], summary: 'Read the sidecars beside the originals of this node again', body: XmpRead, response: { 202: JobView, default: ErrorBody } }
    }, async ({ body: { replace = false, ...selection }, who }, reply) => {
      await selected.assets(selection).next()
      return reply.code(202).send(xmp.read(who, selection, replace))
    })
    app.post('/api/v1/xmp/package', {
      validatorCompiler: TypeBoxValidatorCompiler, bodyLimit: MAX_SELECTION_BYTES,
      schema: { tags: ['organise'], summary: 'Sidecars as a ZIP archive', body: AssetSelection, response: { 200: Bytes, default: ErrorBody } }
    }, async ({ body }, reply) => {
      const ids = [...new Set(await selected.ids(body))]
      if (ids.length > MAX_ZIP_FILES) throw new InvalidInputError(`these would be ${ids.length} sidecars; at most ${MAX_ZIP_FILES} fit into one archive: choose fewer, or narrow the query down`)
      reply.header('content-disposition', 'attachment; filename="sidecars.zip"').type('application/zip')
      return reply.send(Readable.from(zip(xmp.files({ ids }))) as never)
    })
  }
}
