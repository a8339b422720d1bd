import multipart from '@fastify/multipart'
import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import { InvalidInputError, NotFoundError } from '#protocols/errors.ts'
import { MAX_UPLOAD_BYTES } from '../../../library/spool.ts'
import type { SeedComponents } from './seed-components.ts'

const tags = ['first clients']

/** `POST /api/v1/upload` (multipart, one file), `GET /api/v1/upload/:job`. */
export function uploadAliases({ importer, spool, jobs }: SeedComponents): FastifyPluginAsyncTypebox {
  return async (app) => {
    await app.register(multipart, { limits: { files: 1, fileSize: MAX_UPLOAD_BYTES, fields: 20, fieldSize: 4_096, headerPairs: 100 } })

    for (const path of ['/api/v1/upload', '/api/v1/upload/'] as const) {
      app.post(path, { config: { longBody: true }, schema: { tags, summary: 'Upload one file as multipart/form-data', consumes: ['multipart/form-data'] } }, async (request, reply) => {
        const part = await request.file()
        if (part === undefined) throw new InvalidInputError('there is no file in this upload: send it as multipart/form-data')
        const filename = part.filename || 'unnamed'
        const job = await spool.with(part.file, async (file) => {
          request.raw.socket.setTimeout(0) // the sender waits while the file is looked at
          const { id } = jobs.submit({
            kind: 'upload', title: filename.slice(0, 200), isPausable: false, isRetryable: false, // its bytes are gone by then
            async run(handle) {
              handle.update({ filesTotal: 1 })
              const result = await importer.importFile(file, { shownPath: filename, modifiedAtMs: null, signal: handle.signal })
              handle.note(result)
              handle.update({ filesDone: 1 })
              if (result.outcome === 'refused') throw new InvalidInputError(result.reason ?? 'it was refused')
            }
          })
          return jobs.ended(id) // the file is gone afterwards
        })
        return reply.code(202).send({ status: 'queued', job_id: job.id, filename })
      })
    }

    app.get('/api/v1/upload/:job', { schema: { tags, summary: 'What became of an upload', params: Type.Object({ job: Type.String({ maxLength: 100 }) }) } }, async ({ params }) => {
      const { kind, title, state, error, results, filesDone } = jobs.find(params.job)
      if (kind !== 'upload') throw new NotFoundError('there is no such upload')
      return { status: state === 'done' ? 'done' : state === 'running' ? 'processing' : 'error', filename: title, progress: filesDone, error, asset_id: results[0]?.assetId ?? null }
    })
  }
}
