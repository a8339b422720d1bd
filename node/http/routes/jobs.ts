import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, JobList, JobView, ScanRequest } from '#protocols/http.ts'
import type { ScanJobs } from '../../library/scan-jobs.ts'

/** `POST /scan`, `GET /jobs`, `GET /jobs/:id`. */
export function jobRoutes({ scans }: { scans: Pick<ScanJobs, 'scan' | 'list' | 'job'> }): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post('/scan', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['jobs'], summary: 'Import a folder of the node\'s own machine', body: ScanRequest, response: { 202: JobView, default: ErrorBody } }
    }, async ({ body }, reply) => {
      const job = await scans.scan(body.path)
      return reply.code(202).header('location', `/api/v1/jobs/${job.id}`).send(job)
    })

    app.get('/jobs', {
      schema: { tags: ['jobs'], summary: 'Jobs of this node since it started, newest first', response: { 200: JobList, default: ErrorBody } }
    }, async () => ({ jobs: scans.list() }))

    app.get('/jobs/:id', {
      schema: { tags: ['jobs'], summary: 'One job and what became of its files', params: Type.Object({ id: Type.String({ maxLength: 100 }) }), response: { 200: JobView, default: ErrorBody } }
    }, async ({ params }) => scans.job(params.id))
  }
}
