import { Readable } from 'node:stream'
import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { NotFoundError } from '#protocols/errors.ts'
import { CardList, ErrorBody, JobView, OffloadRequest, RollFiles, type RollFileView, RollList, RollView, SafeRule, SafeView } from '#protocols/http.ts'
import type { Ring } from '#ring'
import { historyOf, mhlFile } from '../../offload/rolls/roll-history.ts'
import type { Rolls } from '../../offload/rolls/rolls.ts'
import type { RollReports } from '../../offload/report/roll-reports.ts'

export interface RollComponents {
  rolls: Rolls
  reports: RollReports
  blobs: Pick<Ring['blobs'], 'read'>
}

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) })
const PathQuery = Type.Object({ path: Type.String({ minLength: 1, maxLength: 4_096 }) })
const Page = Type.Object({ after: Type.Optional(Type.String({ maxLength: 4_096 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5_000 })) })
const Bytes = Type.Unsafe<never>({ type: 'string', format: 'binary' })

/** `POST /offload`, `GET /cards`, `/rolls` and beneath. */
export function rollRoutes(components: RollComponents): FastifyPluginAsyncTypebox {
  const routes: FastifyPluginAsyncTypebox = async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
    orders(app, components)
    looks(app, components)
    files(app, components)
  }
  return async (app) => { await app.register(routes, { prefix: '/api/v1' }) }
}

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const json = { validatorCompiler: TypeBoxValidatorCompiler } as const

function orders(app: App, { rolls }: RollComponents): void {
  app.post('/offload', {
    ...json, config: { role: 'admin' }, schema: { tags: ['rolls'], summary: 'Offload a card of the node\'s machine into the ring, and to folders; or go on with it', body: OffloadRequest, response: { 202: JobView, default: ErrorBody } }
  }, async ({ body, who }, reply) => {
    const job = await rolls.offload({ ...body, operator: body.operator ?? (who.kind === 'local' ? '' : who.name) })
    return reply.code(202).header('location', `/api/v1/jobs/${job.id}`).send(job)
  })

  app.post('/rolls/:id/verify', {
    schema: { tags: ['rolls'], summary: 'Have every live node read its chunks of the roll from its disk now', params: Params, response: { 202: JobView, default: ErrorBody } }
  }, async ({ params }, reply) => {
    const job = rolls.readBack(rolls.find(params.id))
    return reply.code(202).header('location', `/api/v1/jobs/${job.id}`).send(job)
  })

  app.delete('/rolls/:id', {
    config: { role: 'admin' }, schema: { tags: ['rolls'], summary: 'Forget a roll: what is in the library as assets stays there', params: Params, response: { 204: Type.Null(), default: ErrorBody } }
  }, async ({ params }, reply) => {
    await rolls.remove(rolls.find(params.id))
    return reply.code(204).send(null)
  })

  app.put('/rolls/rule', {
    ...json, config: { role: 'admin' }, schema: { tags: ['rolls'], summary: 'Say when a card is safe to format', body: SafeRule, response: { 200: SafeRule, default: ErrorBody } }
  }, async ({ body }) => {
    await rolls.setRule(body)
    return rolls.rule()
  })
}

function looks(app: App, { rolls }: RollComponents): void {
  app.get('/cards', {
    config: { role: 'admin' }, schema: { tags: ['rolls'], summary: 'Folders of the node\'s machine that look like cards, and whether each may be formatted', response: { 200: CardList, default: ErrorBody } }
  }, async () => ({ cards: await rolls.cards() }))

  app.get('/rolls', {
    schema: { tags: ['rolls'], summary: 'Cards that were offloaded, newest first', response: { 200: RollList, default: ErrorBody } }
  }, async () => ({ rolls: rolls.list(), rule: rolls.rule(), nowMs: Date.now() }))

  app.get('/rolls/:id', {
    schema: { tags: ['rolls'], summary: 'One roll', params: Params, response: { 200: RollView, default: ErrorBody } }
  }, async ({ params }) => rolls.view(rolls.find(params.id)))

  app.get('/rolls/:id/safe', {
    schema: { tags: ['rolls'], summary: 'Whether the card may be formatted now, and why not', params: Params, response: { 200: SafeView, default: ErrorBody } }
  }, ({ params }) => rolls.safe(rolls.find(params.id)))
}

function files(app: App, { rolls, reports, blobs }: RollComponents): void {
  app.get('/rolls/:id/files', {
    schema: { tags: ['rolls'], summary: 'Files of a roll by path, with their hashes, and its ASC MHL history', params: Params, querystring: Page, response: { 200: RollFiles, default: ErrorBody } }
  }, async ({ params, query }) => {
    const list = await rolls.files(rolls.find(params.id))
    const all = [...list.files.values()].map(({ blob: _blob, hashes, ...file }): RollFileView => ({ ...file, hashes: { ...hashes } as Record<string, string> }))
    const after = query.after
    return { files: all.filter(({ path }) => after === undefined || path > after).slice(0, query.limit ?? 1_000), total: all.length, folders: [...list.folders], mhl: historyOf(list) }
  })

  app.get('/rolls/:id/file', {
    schema: { tags: ['rolls'], summary: 'The bytes of one of its files', params: Params, querystring: PathQuery, produces: ['application/octet-stream'], response: { 200: Bytes, default: ErrorBody } }
  }, async ({ params, query }, reply) => {
    const file = (await rolls.files(rolls.find(params.id))).files.get(query.path)
    if (file === undefined || file.blob === null) throw new NotFoundError(`the roll has no file ${JSON.stringify(query.path.slice(0, 200))}`)
    attach(reply, query.path.split('/').at(-1) ?? 'file')
    return reply.type('application/octet-stream').header('content-length', file.size).send(Readable.from(blobs.read(file.blob)) as never)
  })

  app.get('/rolls/:id/mhl', {
    schema: { tags: ['rolls'], summary: 'A file of its ASC MHL history: a generation, or a chain', params: Params, querystring: PathQuery, produces: ['application/xml'], response: { 200: Bytes, default: ErrorBody } }
  }, async ({ params, query }, reply) => {
    attach(reply, query.path.split('/').at(-1) ?? 'history.mhl')
    return reply.type('application/xml').send(await mhlFile(blobs, await rolls.files(rolls.find(params.id)), query.path) as never)
  })

  for (const format of ['html', 'pdf'] as const) {
    app.get(`/rolls/:id/report.${format}`, {
      schema: { tags: ['rolls'], summary: 'What was offloaded, to be kept or printed', params: Params, response: { 200: Bytes, default: ErrorBody } }
    }, async ({ params }, reply) => {
      const roll = rolls.find(params.id)
      const bytes = await reports[format](roll)
      attach(reply, `${roll.name}.${format}`)
      if (format === 'html') reply.header('content-security-policy', "default-src 'none'; img-src data:; style-src 'unsafe-inline'")
      return reply.type(format === 'html' ? 'text/html; charset=utf-8' : 'application/pdf').send(Buffer.from(bytes) as never)
    })
  }
}

/** A name may be anything that a camera or a person wrote. */
function attach(reply: { header(name: string, value: string): unknown }, given: string): void {
  const name = given.toWellFormed()
  reply.header('content-disposition', `attachment; filename="${name.replace(/[^\w.-]/g, '_').slice(0, 150)}"; filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)}`)
}
