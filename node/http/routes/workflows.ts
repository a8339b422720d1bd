import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, JobList, JobView, VerbList, WorkflowCheck, WorkflowDefinition, WorkflowList, WorkflowRun, WorkflowView } from '#protocols/http.ts'
import { TOPICS } from '../../events/topics.ts'
import type { RingJobs } from '../../jobs/ring-jobs.ts'
import type { Actions } from '../../workflows/actions.ts'
import { VERBS } from '../../workflows/verbs.ts'
import type { Workflows } from '../../workflows/workflows.ts'

export interface WorkflowComponents {
  workflows: Pick<Workflows, 'list' | 'find' | 'check' | 'put' | 'remove' | 'run' | 'runOnce'>
  ringJobs: Pick<RingJobs, 'list'>
  actions: Actions
}

const Params = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) })
const RunQuery = Type.Object({ dry_run: Type.Optional(Type.Boolean()) })
/** They name paths of machines and addresses to call. */
const editor = { config: { role: 'editor' } } as const
const admin = { config: { role: 'admin' }, validatorCompiler: TypeBoxValidatorCompiler } as const

/** Under `/api/v1/workflows`: keep, check and run workflows, and what became of their runs. */
export function workflowRoutes({ workflows, ringJobs, actions }: WorkflowComponents): FastifyPluginAsyncTypebox {
  const history = async (id?: string): Promise<JobList> => {
    const { jobs, ...rest } = await ringJobs.list()
    return { jobs: jobs.filter(({ kind, report }) => kind === 'workflow' && (id === undefined || report?.['workflow'] === id)), ...rest }
  }

  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })

    app.get('/', { ...editor, schema: { tags: ['workflows'], summary: 'The workflows that are kept, and what this node could not do of them', response: { 200: WorkflowList, default: ErrorBody } } }, async () => ({ workflows: workflows.list() }))

    app.post('/', { ...admin, schema: { tags: ['workflows'], summary: 'Keep a workflow, on every node', body: WorkflowDefinition, response: { 201: WorkflowView, default: ErrorBody } } }, async ({ body, who }, reply) => {
      const view = await workflows.put(body, who.name)
      return reply.code(201).header('location', `/api/v1/workflows/${view.id}`).send(view)
    })

    app.get('/verbs', { schema: { tags: ['workflows'], summary: 'Every action with its parameters, and the events that may begin a workflow', response: { 200: VerbList, default: ErrorBody } } }, async () => (
      { verbs: [...VERBS.values()].map(({ action, summary, params, isKnown }) => ({ action, summary, params, known: isKnown(actions) })), events: [...TOPICS] }))

    app.get('/history', { schema: { tags: ['workflows'], summary: 'Runs of all workflows on all nodes that answer, newest first', response: { 200: JobList, default: ErrorBody } } }, () => history())

    app.post('/check', { ...admin, schema: { tags: ['workflows'], summary: 'Everything that keeps this node from running it', response: { 200: WorkflowCheck, default: ErrorBody } } }, async ({ body }) => {
      const problems = await workflows.check(body)
      return { ok: problems.length === 0, problems }
    })

    app.post('/run', { ...admin, schema: { tags: ['workflows'], summary: 'Run a workflow that is not kept; answers the job', querystring: RunQuery, response: { 202: JobView, default: ErrorBody } } }, async ({ body, query, who }, reply) => {
      const job = workflows.runOnce(body, { trigger: who.name, ...(query.dry_run !== undefined && { dryRun: query.dry_run }) })
      return reply.code(202).header('location', jobUrl(job)).send(job)
    })

    app.get('/:id', { ...editor, schema: { tags: ['workflows'], summary: 'One workflow', params: Params, response: { 200: WorkflowView, default: ErrorBody } } }, async ({ params }) => workflows.find(params.id))

    app.put('/:id', { ...admin, schema: { tags: ['workflows'], summary: 'Keep a workflow under this id, in place of what was there', params: Params, body: WorkflowDefinition, response: { 200: WorkflowView, default: ErrorBody } } }, ({ params, body, who }) => workflows.put(body, who.name, params.id))

    app.delete('/:id', { config: { role: 'admin' }, schema: { tags: ['workflows'], summary: 'Forget a workflow; its runs stay', params: Params, response: { 204: Type.Null(), default: ErrorBody } } }, async ({ params }, reply) => {
      await workflows.remove(params.id)
      return reply.code(204).send(null)
    })

    app.post('/:id/run', { validatorCompiler: TypeBoxValidatorCompiler, schema: { tags: ['workflows'], summary: 'Run it on this node now; answers the job', params: Params, body: Type.Optional(Type.Union([WorkflowRun, Type.Null()])), response: { 202: JobView, default: ErrorBody } } }, async ({ params, body, who }, reply) => {
      const job = workflows.run(params.id, { trigger: who.name, ...(body?.dry_run !== undefined && { dryRun: body.dry_run }) })
      return reply.code(202).header('location', jobUrl(job)).send(job)
    })

    app.get('/:id/history', { schema: { tags: ['workflows'], summary: 'Its runs on all nodes that answer, newest first', params: Params, response: { 200: JobList, default: ErrorBody } } }, ({ params }) => history(params.id))
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1/workflows' }) }
}

const jobUrl = ({ id }: JobView): string => `/api/v1/jobs/${id}`
