import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { InvalidInputError, UnsupportedActionError } from '#protocols/errors.ts'
import type { JobTask } from '../../../jobs/jobs.ts'
import { checkDefinition } from '../../../workflows/check.ts'
import { VERBS } from '../../../workflows/verbs.ts'
import type { Who } from '../../who.ts'
import { fileRows, type SeedComponents } from './seed-components.ts'

/** An answer is waited for so long; what takes longer is answered as a job, in ms. @default 25000 */
export const SEED_WAIT_MS = 25_000
/** Actions that only look, or change one record: they are no jobs. */
const QUICK = new Set(['stats', 'recent', 'search', 'paths', 'batches'])
/** Where the first system backed up to when nobody said. */
export const SEED_BACKUP_ROOT = '/backup'

const Text = Type.Optional(Type.String({ maxLength: 4_096 }))
const Limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 500 }))
const Kind = Type.Optional(Type.Union([Type.Literal('video'), Type.Literal('audio'), Type.Literal('image')]))
const Search = Type.Object({ q: Text, query: Text, type: Kind, limit: Limit })
const Body = Type.Optional(Type.Unknown())
const tags = ['first clients']
const validatorCompiler = TypeBoxValidatorCompiler

type Fields = Readonly<Record<string, any>>
/** Query and body of a request, as one; the body may be missing or no object. */
const fieldsOf = ({ query, body }: { query: unknown; body?: unknown }): Fields => ({ ...(query as Fields), ...(typeof body === 'object' && body !== null && !Array.isArray(body) ? body as Fields : {}) })

/** `/scan /search /stats /recent /backup /sync_album /batches /paths /cli /health /features`. */
export function libraryAliases({ actions, jobs }: SeedComponents): FastifyPluginAsyncTypebox {
  /** What a verb does; of a job that takes long, its id. @throws what the verb throws */
  async function perform(action: string, params: Fields, who?: Who): Promise<unknown> {
    const verb = VERBS.get(action)
    if (verb === undefined || !verb.isKnown(actions)) throw new UnsupportedActionError(`this node does not know ${action}`)
    if (QUICK.has(action)) {
      const { result, message } = await verb.run(params, { actions, signal: AbortSignal.timeout(SEED_WAIT_MS), ...(who && { who }) })
      return result ?? message
    }
    const outcome = Promise.withResolvers<unknown>()
    const task: JobTask = {
      kind: action, title: action, isPausable: false,
      async run(job) {
        const { result, message } = await verb.run(params, { actions, signal: job.signal, onStep: (step) => job.update({ step }) }).catch((err) => {
          outcome.reject(err)
          throw err
        })
        job.update({ step: message })
        outcome.resolve(result ?? message)
      }
    }
    const job = jobs.submit(task)
    const late = Promise.withResolvers<unknown>()
    const timer = setTimeout(() => late.resolve({ job_id: job.id, status: 'started' }), SEED_WAIT_MS)
    return Promise.race([outcome.promise, late.promise]).finally(() => clearTimeout(timer))
  }

  const search = (request: { query: unknown; body?: unknown }) => {
    const { q, query, type, limit = 50 } = fieldsOf(request)
    if (actions.search === undefined) throw new UnsupportedActionError('this node does not know search')
    return fileRows(actions.search({ text: String(q ?? query ?? ''), kind: type, limit }).assets, actions)
  }

  return async (app) => {
    app.get('/health', { schema: { tags, summary: 'As /healthz' } }, async () => ({ status: 'ok', service: 'thatdam' }))
    app.get('/features', { schema: { tags, summary: 'What this node can do' } }, async () => ({ hls: true, mp4: true, webrtc: true, whip: true, whep: true, mjpeg: true, actions: [...VERBS.values()].filter((verb) => verb.isKnown(actions)).map(({ action }) => action) }))

    app.post('/scan', { config: { role: 'admin' }, validatorCompiler, schema: { tags, summary: 'Import a folder of the node\'s machine: ?dir=, or {directory}', querystring: Type.Object({ dir: Text, directory: Text }), body: Body } }, async (request, reply) => {
      const { dir, directory, root } = fieldsOf(request)
      const path: unknown = dir ?? directory ?? root
      if (typeof path !== 'string' || path === '') throw new InvalidInputError('say what to scan: POST /scan?dir=/media/incoming')
      if (actions.beginScan === undefined) throw new UnsupportedActionError('this node does not know scan')
      const job = await actions.beginScan(path)
      return reply.code(202).header('location', `/jobs/${job.id}/status`).send({ job_id: job.id, status: 'started', directory: path })
    })

    app.get('/search', { validatorCompiler, schema: { tags, summary: 'Rows that match ?q=, of ?type=', querystring: Search } }, async ({ query }) => search({ query }))
    app.post('/search', { config: { role: 'viewer' }, validatorCompiler, schema: { tags, summary: 'The same', querystring: Search, body: Type.Optional(Type.Union([Search, Type.Null()])) } }, async ({ query, body }) => search({ query, body }))
    app.get('/recent', { validatorCompiler, schema: { tags, summary: 'Rows that came in last', querystring: Type.Object({ limit: Limit }) } }, async ({ query }) => {
      if (actions.recent === undefined) throw new UnsupportedActionError('this node does not know recent')
      return fileRows(actions.recent(query.limit ?? 10).assets, actions)
    })
    app.get('/stats', { schema: { tags, summary: 'The library in numbers' } }, () => perform('stats', {}))

    app.post('/backup', { config: { role: 'admin' }, validatorCompiler, schema: { tags, summary: `Copy what is new to ?destination= (${SEED_BACKUP_ROOT})`, querystring: Type.Object({ source: Text, destination: Text }), body: Body } }, (request) => {
      const { destination, backup_root } = fieldsOf(request)
      return perform('backup', { destination: destination ?? backup_root ?? SEED_BACKUP_ROOT })
    })
    app.post('/sync_album', { config: { role: 'admin' }, validatorCompiler, schema: { tags, summary: 'Copy an album\'s files into a folder', querystring: Type.Object({ album: Text, root: Text, category: Text }), body: Body } }, (request) => {
      const { album, root, category, copy } = fieldsOf(request)
      return checked('sync_album', { album, root, category, copy })
    })

    app.get('/paths', { config: { role: 'admin' }, schema: { tags, summary: 'Folders of the library' } }, () => perform('paths', { cmd: 'list' }))
    app.post('/paths', { config: { role: 'admin' }, validatorCompiler, schema: { tags, summary: 'Add one', querystring: Type.Object({ name: Text, path: Text }), body: Body } }, (request) => checked('paths', { cmd: 'add', name: fieldsOf(request)['name'], path: fieldsOf(request)['path'] }))
    app.delete('/paths/:name', { config: { role: 'admin' }, schema: { tags, summary: 'Remove one', params: Type.Object({ name: Type.String({ maxLength: 4_096 }) }) } }, ({ params }) => perform('paths', { cmd: 'remove', name: params.name }))

    app.get('/batches', { schema: { tags, summary: 'Imports by their names, with how much of each is in the library' } }, () => perform('batches', { cmd: 'list' }))
    app.get('/batches/:name', { schema: { tags, summary: 'Rows of a batch', params: Type.Object({ name: Type.String({ maxLength: 400 }) }) } }, ({ params }) => perform('batches', { cmd: 'show', name: params.name }))
    app.post('/batches', { config: { role: 'admin' }, validatorCompiler, schema: { tags, summary: 'Import {folder} or {paths} as a batch', body: Body } }, (request) => {
      const { name, folder, paths } = fieldsOf(request)
      if ((folder === undefined) === (paths === undefined)) throw new InvalidInputError('say what the batch is of: {"folder": …} or {"paths": […]}, one of them')
      return checked('batches', { cmd: 'add', name, folder, paths })
    })
    app.delete('/batches/:name', { schema: { tags, summary: 'Put into the trash what a batch brought in and nobody edited since', params: Type.Object({ name: Type.String({ maxLength: 400 }) }) } }, ({ params, who }) => perform('batches', { cmd: 'remove', name: params.name }, who))

    app.post('/cli', { config: { role: 'admin' }, validatorCompiler, schema: { tags, summary: 'One action of the workflow language: {action, params}', body: Type.Object({ action: Type.String({ maxLength: 64 }), params: Type.Optional(Type.Record(Type.String(), Type.Unknown())) }) } }, ({ body }) => checked(body.action, body.params ?? {}))
  }

  /** As `perform`, of words that were not checked yet. */
  async function checked(action: string, params: Fields): Promise<unknown> {
    const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined))
    const [problem] = checkDefinition({ workflow: [{ ...given, action }] }, actions)
    if (problem?.message.startsWith('this node does not know')) throw new UnsupportedActionError(problem.message)
    if (problem !== undefined) throw new InvalidInputError(problem.message)
    return perform(action, given)
  }
}
