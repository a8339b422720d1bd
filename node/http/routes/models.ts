import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, JobView, ModelList, type ModelTaskName, ModelUseRequest, type ModelView } from '#protocols/http.ts'
import { TASKS } from '../../understanding/inference/inference.ts'
import type { ModelJobs } from '../../understanding/models/model-jobs.ts'
import type { KnownModel, Models } from '../../understanding/models/models.ts'

export interface ModelRouteComponents {
  models: Pick<Models, 'all' | 'usedFor' | 'whyNot' | 'spaces' | 'spaceOf' | 'inRing' | 'isOwn' | 'use'>
  modelJobs: Pick<ModelJobs, 'pull' | 'verify'>
}

/** What people have of each task. */
const GIVES: Readonly<Record<ModelTaskName, string>> = {
  'embed-pictures': 'A sentence finds the moment at which it can be seen; scenes get tags; pictures are found by pictures',
  'embed-sentences': 'A sentence finds clips whose names, titles, notes or tags mean the same, and the second at which something is said that does, in other words and other languages',
  'read-text': 'Words that can be read in the picture are found',
  'find-objects': 'Things in the picture are named and found',
  'find-faces': 'Faces are found, where people agreed to it',
  'describe-pictures': 'Scenes are described in a sentence',
  'find-speech': 'It is known where somebody speaks, so that nothing is written down where nobody does',
  'transcribe': 'What is said is written down, word by word, and found'
}

const Params = Type.Object({ id: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,31}$' }) })
const admin = { config: { role: 'admin' as const }, validatorCompiler: TypeBoxValidatorCompiler }

/** Under `/api/v1/models`. */
export function modelRoutes({ models, modelJobs }: ModelRouteComponents): FastifyPluginAsyncTypebox {
  const list = (): ModelList => ({
    models: models.all().map((model) => viewOf(model, models)),
    tasks: TASKS.map((task) => ({ task, gives: GIVES[task], model: models.usedFor(task)?.manifest.id ?? null, why: models.whyNot(task) ?? null })),
    spaces: { searched: models.spaces().searched ?? null, filling: models.spaces().filling ?? null }
  })

  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.get('/', { schema: { tags: ['models'], summary: 'Models that are known, which of them are on this node, and what the ring uses them for', response: { 200: ModelList, default: ErrorBody } } }, async () => list())

    app.post('/:id/pull', { ...admin, schema: { tags: ['models'], summary: 'Have this node fetch it: from the ring, a mirror or the hub', params: Params, response: { 202: JobView, default: ErrorBody } } }, async ({ params }, reply) => reply.code(202).send(modelJobs.pull(params.id)))

    app.post('/:id/verify', { ...admin, schema: { tags: ['models'], summary: 'Have this node read its files again, and ask it what it should know', params: Params, response: { 202: JobView, default: ErrorBody } } }, async ({ params }, reply) => reply.code(202).send(modelJobs.verify(params.id)))

    app.put('/use', { ...admin, schema: { tags: ['models'], summary: 'Use a model for a task, in the whole ring, or none', body: ModelUseRequest, response: { 200: ModelList, default: ErrorBody } } }, async ({ body: { task, model } }) => {
      await models.use(task, model ?? undefined)
      return list()
    })
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1/models' }) }
}

function viewOf({ manifest, here, usedFor, nodes }: KnownModel, models: ModelRouteComponents['models']): ModelView {
  const { id, title, tasks, licence, repository = null, dtype, dimensions = null, files } = manifest
  const fetching = here.state === 'fetching' ? here : undefined
  return {
    id, title, tasks: [...tasks], usedFor: [...usedFor], licence, repository, dtype, dimensions, nodes: [...nodes],
    origin: files.some((file) => file.package !== undefined) ? 'package' : models.isOwn(id) ? 'own' : 'hub',
    state: here.state, reason: here.state === 'corrupt' ? here.reason : null, bytes: here.state === 'ready' ? here.bytes : null,
    bytesDone: fetching?.bytesDone ?? null, bytesTotal: fetching?.bytesTotal ?? null, from: fetching?.from ?? null,
    inRing: models.inRing(id), space: models.spaceOf(id) ?? null
  }
}
