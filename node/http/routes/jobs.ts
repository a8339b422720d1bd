import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, JobList, JobView, ScanRequest } from '#protocols/http.ts'
import { parseAssetId } from '#protocols/ids.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import type { Scans } from '../../folders/scans.ts'
import type { VerifyJobs } from '../../library/verify-jobs.ts'

export interface JobComponents {
  jobs: Pick<Jobs, 'list' | 'find' | 'pause' | 'resume' | 'cancel' | 'retry'>
  scans: Pick<Scans, 'scan'>
  verifications: Pick<VerifyJobs, 'asset' | 'everything' | 'list' | 'find'>
}

const ORDERS = { pause: 'Let it wait', resume: 'Let it go on', cancel: 'End it; what it has done stays', retry: 'Run it once more, after it failed or was cancelled' } as const
const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })

/** `POST /scan`, `/verify` and `/assets/:id/verify`; `GET /jobs`, `/jobs/:id`; `POST /jobs/:id/pause`, `resume`, `cancel`, `retry`. */
export function jobRoutes({ jobs, scans, verifications }: JobComponents): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post('/scan', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['jobs'], summary: 'Look through a folder of the node\'s own machine that it may read', body: ScanRequest, response: { 202: JobView, default: ErrorBody } }
    }, async ({ body }, reply) => {
      const job = await scans.scan(body.path, { again: body.again })
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
    }, async () => ({ jobs: [...jobs.list(), ...verifications.list()].sort((a, b) => b.startedMs - a.startedMs) }))

    app.get('/jobs/:id', {
      schema: { tags: ['jobs'], summary: 'One job and what became of its files', params: Params, response: { 200: JobView, default: ErrorBody } }
    }, async ({ params }) => verifications.find(params.id) ?? jobs.find(params.id))

    for (const order of ['pause', 'resume', 'cancel', 'retry'] as const) {
      app.post(`/jobs/:id/${order}`, {
        schema: { tags: ['jobs'], summary: ORDERS[order], params: Params, response: { 200: JobView, default: ErrorBody } }
      }, async ({ params }) => jobs[order](params.id))
    }
  }
}
