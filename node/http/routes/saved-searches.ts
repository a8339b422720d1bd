import { randomBytes } from 'node:crypto'
import { type FastifyPluginAsyncTypebox, Type, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { NotFoundError } from '#protocols/errors.ts'
import { ErrorBody, NewSavedSearch, SavedSearch, SavedSearchChange, SavedSearchList } from '#protocols/http.ts'
import { type Ring, type RingRecord, type Sort, SORTS } from '#ring'
import type { Edits } from '../../organise/edits.ts'

/** Kind of the records. */
const SEARCHES = 'searches'

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' }) })

export interface SavedSearchComponents {
  readonly ring: { readonly catalog: Pick<Ring['catalog'], 'search' | 'records'> }
  readonly edits: Pick<Edits, 'put' | 'remove'>
}

/** `GET` and `POST /api/v1/searches`, `PATCH` and `DELETE` of one: queries that are kept for everybody of the ring. */
export function savedSearchRoutes({ ring, edits }: SavedSearchComponents): FastifyPluginAsyncTypebox {
  const { search, records } = ring.catalog

  function find(id: string): SavedSearch {
    const record = records.find(SEARCHES, id)
    const view = record && viewOf(record)
    if (view === undefined) throw new NotFoundError('there is no such saved search: it may have been deleted')
    return view
  }

  /** What can not be searched for is not kept. */
  const check = (q: string | undefined): Promise<unknown> => q === undefined ? Promise.resolve() : search.ids({ q }, 1)

  return async (app) => {
    app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'no-store') })
    app.setValidatorCompiler(TypeBoxValidatorCompiler)

    app.get('/api/v1/searches', {
      schema: { tags: ['assets'], summary: 'Saved searches, by name', response: { 200: SavedSearchList, default: ErrorBody } }
    }, async () => ({ searches: records.list(SEARCHES).flatMap((record) => viewOf(record) ?? []).sort((a, b) => a.name.localeCompare(b.name)) }))

    app.post('/api/v1/searches', {
      schema: { tags: ['assets'], summary: 'Save a search', body: NewSavedSearch, response: { 201: SavedSearch, default: ErrorBody } }
    }, async ({ body, who }, reply) => {
      const { name, q, sort = null } = body as NewSavedSearch
      await check(q)
      const id = randomBytes(9).toString('base64url')
      await edits.put(who, SEARCHES, id, { name: name.trim(), q, sort, createdAtMs: Date.now(), by: who.name.slice(0, 100) }, `saved the search ${name.trim()}`)
      return reply.code(201).send(find(id))
    })

    app.patch('/api/v1/searches/:id', {
      schema: { tags: ['assets'], summary: 'Change a saved search', params: Params, body: SavedSearchChange, response: { 200: SavedSearch, default: ErrorBody } }
    }, async ({ params, body, who }) => {
      const { name, ...change } = body as SavedSearchChange
      const known = find(params.id)
      await check(change.q)
      await edits.put(who, SEARCHES, params.id, { ...change, ...(name === undefined ? {} : { name: name.trim() }) }, `the saved search ${known.name}`)
      return find(params.id)
    })

    app.delete('/api/v1/searches/:id', {
      schema: { tags: ['assets'], summary: 'Delete a saved search', params: Params, response: { 204: Type.Null(), default: ErrorBody } }
    }, async ({ params, who }, reply) => {
      await edits.remove(who, SEARCHES, params.id, `deleted the saved search ${find(params.id).name}`)
      return reply.code(204).send(null)
    })
  }
}

/** Undefined where what another member wrote is no saved search. */
function viewOf({ id, fields: { name, q, sort, createdAtMs, by } }: RingRecord): SavedSearch | undefined {
  if (typeof name !== 'string' || typeof q !== 'string' || name === '' || q.length > 1_000) return undefined
  return { id, name: name.slice(0, 100), q, sort: SORTS.includes(sort as Sort) ? sort as Sort : null, createdAtMs: typeof createdAtMs === 'number' ? createdAtMs : 0, by: typeof by === 'string' ? by.slice(0, 100) : '' }
}
