import { type FastifyPluginAsyncTypebox, Type } from '@fastify/type-provider-typebox'
import type { JobView } from '#protocols/http.ts'
import type { SeedComponents } from './seed-components.ts'

const STATUS: Readonly<Record<JobView['state'], string>> = { running: 'running', paused: 'paused', done: 'completed', failed: 'error', interrupted: 'error', cancelled: 'cancelled' }
const Params = Type.Object({ id: Type.String({ maxLength: 100 }) })
const tags = ['first clients']

/** A job in the first clients' words. */
export function jobStatus(job: JobView): Record<string, unknown> {
  const { id, kind, title, node, state, filesDone, filesTotal, bytesDone, bytesTotal, imported, known, refused, error, report, startedMs, endedMs } = job
  const share = bytesTotal > 0 ? bytesDone / bytesTotal : filesTotal > 0 ? filesDone / filesTotal : 0
  return {
    id, job_id: id, kind, title, node, status: STATUS[state], progress: state === 'done' ? 1 : Math.min(1, share), error,
    result: endedMs === null ? null : { processed: imported + known, errors: refused, total_files: filesTotal, ...report },
    started_at: new Date(startedMs).toISOString(), ended_at: endedMs === null ? null : new Date(endedMs).toISOString()
  }
}

/** `GET /jobs`, `/jobs/:id`, `/jobs/:id/status`, `/batches/jobs/:id`; `DELETE /jobs/:id`. */
export function jobAliases({ ringJobs }: SeedComponents): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/jobs', { schema: { tags, summary: 'Jobs of all nodes' } }, async () => ({ jobs: (await ringJobs.list()).jobs.map(jobStatus) }))
    for (const path of ['/jobs/:id', '/jobs/:id/status', '/batches/jobs/:id'] as const) {
      app.get(path, { schema: { tags, summary: 'How far a job is', params: Params } }, async ({ params }) => jobStatus(await ringJobs.find(params.id)))
    }
    app.delete('/jobs/:id', { schema: { tags, summary: 'End a job; what it has done stays', params: Params } }, async ({ params }) => jobStatus(await ringJobs.order(params.id, 'cancel')))
  }
}
