import { type FastifyPluginAsyncTypebox, type TSchema, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { BulkEditResult, ErrorBody, FieldChange, FieldList, FieldNew, FieldView, ProjectChange, ProjectList, ProjectNew, ProjectView, StateChange, StateList, StateNew, StateView, TagList, TagRename } from '#protocols/http.ts'
import type { RecordFields } from '#ring'
import { type Definitions, STANDARD_STATES } from '../../../organise/definitions.ts'
import type { Organise } from '../../../organise/organise.ts'

const Params = Type.Object({ id: Type.String({ maxLength: 64 }) })

interface Schemas { readonly made: TSchema; readonly changed: TSchema; readonly view: TSchema }

/** Make, change and remove things of one kind; listing them is the caller's. */
function crud<View>(name: string, what: Definitions<View>, { made, changed, view }: Schemas): FastifyPluginAsyncTypebox {
  const tags = ['organise']
  return async (app) => {
    app.post(`/api/v1/${name}`, {
      validatorCompiler: TypeBoxValidatorCompiler, schema: { tags, summary: `Make one of the ${name}`, body: made, response: { 201: view, default: ErrorBody } }
    }, async ({ body, who }, reply) => reply.code(201).send(await what.create(who, body as RecordFields & { name: string })))

    app.patch(`/api/v1/${name}/:id`, {
      validatorCompiler: TypeBoxValidatorCompiler, schema: { tags, summary: `Change one of the ${name}`, params: Params, body: changed, response: { 200: view, default: ErrorBody } }
    }, async ({ params, body, who }) => what.change(who, params.id, body as RecordFields))

    app.delete(`/api/v1/${name}/:id`, {
      schema: { tags, summary: `Remove one of the ${name}`, params: Params, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params, who }, reply) => {
      await what.remove(who, params.id)
      return reply.code(204).send(null)
    })
  }
}

/** `/projects`, `/fields`, `/states` and `/tags`. */
export function definitionRoutes({ projects, fields, states, tags }: Pick<Organise, 'projects' | 'fields' | 'states' | 'tags'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    await app.register(crud('projects', projects, { made: ProjectNew, changed: ProjectChange, view: ProjectView }))
    await app.register(crud('fields', fields, { made: FieldNew, changed: FieldChange, view: FieldView }))
    await app.register(crud('states', states, { made: StateNew, changed: StateChange, view: StateView }))

    app.get('/api/v1/projects', { schema: { tags: ['organise'], summary: 'Projects, and how many albums each has', response: { 200: ProjectList, default: ErrorBody } } }, async () => ({ projects: projects.list() }))
    app.get('/api/v1/fields', { schema: { tags: ['organise'], summary: 'Fields people defined', response: { 200: FieldList, default: ErrorBody } } }, async () => ({ fields: fields.list() }))
    app.get('/api/v1/states', { schema: { tags: ['organise'], summary: 'States of the workflow, in their order', response: { 200: StateList, default: ErrorBody } } }, async () => {
      const own = states.list()
      return own.length === 0 ? { states: [...STANDARD_STATES], standard: true } : { states: own, standard: false }
    })

    app.get('/api/v1/tags', { schema: { tags: ['organise'], summary: 'All tags in use; / separates levels', response: { 200: TagList, default: ErrorBody } } }, async () => ({ tags: tags.list() }))
    app.post('/api/v1/tags/rename', {
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['organise'], summary: 'Rename a tag, or merge several, with all that lies below', body: TagRename, response: { 200: BulkEditResult, default: ErrorBody } }
    }, async ({ body, who }) => tags.rename(who, body.from, body.to))
    app.delete('/api/v1/tags', {
      schema: { tags: ['organise'], summary: 'Take a tag, and all that lies below, off every asset', querystring: Type.Object({ tag: Type.String({ minLength: 1, maxLength: 200 }) }), response: { 200: BulkEditResult, default: ErrorBody } }
    }, async ({ query, who }) => tags.remove(who, query.tag))
  }
}
