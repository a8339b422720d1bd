import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, JobList, JobView, ScanRequest } from '#protocols/http.ts'
import { parseAssetId } from '#protocols/ids.ts'
import type { Jobs } from '../../jobs/jobs.ts'
import { JOB_ORDERS, type RingJobs } from '../../jobs/ring-jobs.ts'
import type { Scans } from '../../folders/scans.ts'
import type { VerifyJobs } from '../../library/verify-jobs.ts'

export interface JobComponents {
  jobs: Pick<Jobs, 'list' | 'find' | 'pause' | 'resume' | 'cancel' | 'retry'>
  scans: Pick<Scans, 'scan'>
  verifications: Pick<VerifyJobs, 'asset' | 'everything'>
  /** Jobs of the other nodes; without it only this node's are known. */
  ringJobs?: RingJobs | undefined
}

const ORDERS = { pause: 'Let it wait', resume: 'Let it go on', cancel: 'End it; what it has done stays', retry: 'Run it once more, after it failed, was cancelled or interrupted' } as const
const ListQuery = Type.Object({ all: Type.Optional(Type.Boolean({ description: 'of all nodes that answer; `silent` names the others' })) })
const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })

/** `POST /scan`, `/verify` and `/assets/:id/verify`; `GET /jobs`, `/jobs/:id`; `POST /jobs/:id/pause`, `resume`, `cancel`, `retry`. */
export function jobRoutes({ jobs, scans, verifications, ringJobs }: JobComponents): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post('/scan', { config: { role: 'admin' },
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['jobs'], summary: 'Look through a folder of the node\'s own machine that it may read', body: ScanRequest, response: { 202: JobView, default: ErrorBody } }
    }, async ({ body }, reply) => {
      const job = await scans.scan(body.path, { again: body.again })
      return reply.code(202).header('location', `/api/v1/jobs/${job.id}`).send(job)
    })

    app.post('/verify', { config: { role: 'admin' },
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
      schema: { tags: ['jobs'], summary: 'The newest jobs of this node, or of all, newest first', querystring: ListQuery, response: { 200: JobList, default: ErrorBody } }
    }, async ({ query }) => query.all === true && ringJobs !== undefined ? ringJobs.list() : { jobs: jobs.list() })

    app.get('/jobs/:id', {
      schema: { tags: ['jobs'], summary: 'One job of any node, and what became of its files', params: Params, response: { 200: JobView, default: ErrorBody } }
    }, async ({ params }) => ringJobs === undefined ? jobs.find(params.id) : ringJobs.find(params.id))

    for (const order of JOB_ORDERS) {
      app.post(`/jobs/:id/${order}`, {
        schema: { tags: ['jobs'], summary: ORDERS[order], params: Params, response: { 200: JobView, default: ErrorBody } }
      }, async ({ params }) => ringJobs === undefined ? jobs[order](params.id) : ringJobs.order(params.id, order))
    }
  }
}
