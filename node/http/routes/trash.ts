import { type FastifyPluginAsyncTypebox, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { ErrorBody, GarbageReport, GarbageRequest, GarbageView, TrashEmptied, TrashSettings, TrashView } from '#protocols/http.ts'
import { inTrash, type Ring } from '#ring'
import { countOf } from '../../organise/describe-edit.ts'

/** `GET`, `PUT` and `DELETE /trash`; `GET` and `POST /garbage`. What is in it: `GET /assets?trash=true`. */
export function trashRoutes({ ring }: { ring: Pick<Ring, 'catalog' | 'garbage'> }): FastifyPluginAsyncTypebox {
  const { catalog, garbage } = ring

  function view(): TrashView {
    const { total, bytes } = catalog.index.trash({ limit: 1 })
    return { days: catalog.trashDays(), assets: total, bytes }
  }

  return async (app) => {
    app.get('/trash', {
      schema: { tags: ['assets'], summary: 'How much is in the trash, and how long it stays there', response: { 200: TrashView, default: ErrorBody } }
    }, async () => view())

    app.put('/trash', { config: { role: 'admin' },
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['assets'], summary: 'How long deleted assets can be restored, on every node of the ring', body: TrashSettings, response: { 200: TrashView, default: ErrorBody } }
    }, async ({ body }) => {
      await catalog.setTrashDays(body.days)
      return view()
    })

    app.delete('/trash', {
      schema: { tags: ['assets'], summary: 'Delete for good all that is in the trash now', response: { 200: TrashEmptied, default: ErrorBody } }
    }, async ({ deed }) => {
      const all = [...inTrash(catalog.index)]
      deed.detail = countOf(all)
      return { purged: await catalog.purgeTrash(all) }
    })

    app.get('/garbage', { config: { role: 'admin' },
      schema: { tags: ['ring'], summary: 'What this node holds that nothing needs any more, and what it waits for', response: { 200: GarbageView, default: ErrorBody } }
    }, async () => garbage.status())

    app.post('/garbage', { config: { role: 'admin' },
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['ring'], summary: 'Look for garbage on this node now, and delete what all nodes agree on; answered when it is done', body: GarbageRequest, response: { 200: GarbageReport, default: ErrorBody } }
    }, async ({ body, raw }) => {
      raw.socket.setTimeout(0) // a large library takes minutes
      const left = new AbortController()
      raw.socket.once('close', () => left.abort(new Error('nobody waits for the answer any more')))
      return garbage.run({ dryRun: body.dryRun === true, signal: left.signal })
    })
  }
}
