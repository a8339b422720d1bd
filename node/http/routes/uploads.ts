import multipart from '@fastify/multipart'
import { type FastifyPluginAsyncTypebox, type Static, Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { InvalidInputError } from '#protocols/errors.ts'
import { ErrorBody, ImportResult } from '#protocols/http.ts'
import type { Importer } from '../../library/importer.ts'
import { MAX_UPLOAD_BYTES, type Spool } from '../../library/spool.ts'

export interface UploadComponents {
  importer: Importer
  spool: Spool
}

/** Files in one multipart upload. @default 1000 */
export const MAX_UPLOAD_FILES = 1_000

/** What a JavaScript date can be, in ms from 1970. */
const MAX_TIME_MS = 8_640_000_000_000_000

const Query = Type.Object({ name: Type.Optional(Type.String({ minLength: 1, maxLength: 1_024, description: 'file name, folders and all, of a raw upload' })), lastModified: Type.Optional(Type.Integer({ minimum: -MAX_TIME_MS, maximum: MAX_TIME_MS, description: 'when its file was last written, Unix ms' })) })
const Results = Type.Object({ results: Type.Array(ImportResult) })

/** `POST /assets`: files as `multipart/form-data`, or one as the raw body with `?name=`. Streamed to disk, never held in memory. */
export function uploadRoutes({ importer, spool }: UploadComponents): FastifyPluginAsyncTypebox {
  return async (app) => {
    await app.register(multipart, { preservePath: true, limits: { files: MAX_UPLOAD_FILES, fileSize: MAX_UPLOAD_BYTES, fields: 100, fieldSize: 4_096, headerPairs: 100 } } as Parameters<typeof multipart>[1])
    app.addContentTypeParser('*', (_request, _body, done) => done(null)) // the handler streams it

    async function take(request: FastifyRequest, source: NodeJS.ReadableStream, name: string, modifiedAtMs: number | null = null): Promise<ImportResult> {
      return spool.with(source as import('node:stream').Readable, async (path) => {
        request.raw.socket.setTimeout(0) // the sender waits while the file is looked at
        return importer.importFile(path, { shownPath: name, modifiedAtMs, batch: { source: 'upload', by: request.who.name } })
      }, { size: Number(request.headers['content-length'] ?? 0) || 0 })
    }

    app.post('/assets', {
      config: { longBody: true },
      schema: {
        tags: ['assets'], summary: 'Upload files: multipart/form-data (any number), or one raw body with ?name=', querystring: Query,
        consumes: ['multipart/form-data', 'application/octet-stream'], response: { 200: Results, default: ErrorBody }
      }
    }, (request) => receive(request))

    async function receive(request: FastifyRequest<{ Querystring: Static<typeof Query> }>): Promise<Static<typeof Results>> {
      const results: ImportResult[] = []
      if (request.isMultipart()) {
        for await (const part of request.parts()) {
          if (part.type === 'file') results.push(await take(request, part.file, part.filename ?? ''))
        }
      } else {
        if (request.query.name === undefined) throw new InvalidInputError('say what the file is called: POST /api/v1/assets?name=clip.mp4, or send multipart/form-data')
        results.push(await take(request, request.raw, request.query.name, request.query.lastModified))
      }
      if (results.length === 0) throw new InvalidInputError('there is no file in this upload')
      return { results }
    }
  }
}
