import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, JobList, JobView, ScanRequest } from '#protocols/http.ts'
import { parseAssetId } from '#protocols/ids.ts'
import type { ScanJobs } from '../../library/scan-jobs.ts'
import type { VerifyJobs } from '../../library/verify-jobs.ts'

export interface JobComponents {
  scans: Pick<ScanJobs, 'scan' | 'list' | 'job'>
  verifications: Pick<VerifyJobs, 'asset' | 'everything' | 'list' | 'find'>
}

const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })

/** `POST /scan`, `/verify` and `/assets/:id/verify`; `GET /jobs`, `/jobs/:id`. */
export function jobRoutes({ scans, verifications }: JobComponents): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post('/scan', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['jobs'], summary: 'Import a folder of the node\'s own machine', body: ScanRequest, response: { 202: JobView, default: ErrorBody } }
    }, async ({ body }, reply) => {
      const job = await scans.scan(body.path)
      return reply.code(202).header('location', `/api/v1/jobs/${job.id}`).send(job)
    })

    app.post('/verify', {
      schema: { tags: ['jobs'], summary: 'Have every live node read its whole disk now, and mend what is damaged or missing', response: { 202: JobView, default: ErrorBody } }
    }, async (_request, reply) => {
      const job = verifications.everything()
      return reply.code(202).header('location', `/api/v1/jobs/${job.id}`).send(job)
    })

    app.post('/assets/:id/verify', {
      schema: { tags: ['jobs'], summary: 'Have every live node read its chunks of one asset now, and mend what is damaged or missing', params: Params, response: { 202: JobView, default: ErrorBody } }
    }, async ({ params }, reply) => {
      const job = await verifications.asset(parseAssetId(params.id))
      return reply.code(202).header('location', `/api/v1/jobs/${job.id}`).send(job)
    })

    app.get('/jobs', {
      schema: { tags: ['jobs'], summary: 'Jobs of this node since it started, newest first', response: { 200: JobList, default: ErrorBody } }
    }, async () => ({ jobs: [...scans.list(), ...verifications.list()].sort((a, b) => b.startedMs - a.startedMs) }))

    app.get('/jobs/:id', {
      schema: { tags: ['jobs'], summary: 'One job and what became of its files', params: Params, response: { 200: JobView, default: ErrorBody } }
    }, async ({ params }) => verifications.find(params.id) ?? scans.job(params.id))
  }
}
