import { type FastifyPluginAsyncTypebox, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { BulkEditRequest, BulkEditResult, ErrorBody, HistoryList, UndoRequest, UndoResult } from '#protocols/http.ts'
import { countOf, describeEdit } from '../../../organise/describe-edit.ts'
import type { Organise } from '../../../organise/organise.ts'
import type { Deed } from '../../who.ts'

/** Longest list of ids a request may bring, in bytes. @default 8388608 */
export const MAX_SELECTION_BYTES = 8 * 1024 * 1024

/** `POST /assets/edit`, `/undo`, `/redo`; `GET /history`. */
export function editRoutes({ edits, ringHistory, selected }: Pick<Organise, 'edits' | 'ringHistory' | 'selected'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post('/api/v1/assets/edit', {
      validatorCompiler: TypeBoxValidatorCompiler, bodyLimit: MAX_SELECTION_BYTES,
      schema: { tags: ['organise'], summary: 'Edit many assets in one step', body: BulkEditRequest, response: { 200: BulkEditResult, default: ErrorBody } }
    }, async ({ body: { patch, ...selection }, who, deed }) => {
      const ids = await selected.ids(selection)
      deed.detail = `${describeEdit(patch)}: ${countOf(ids)}`
      return edits.many(who, ids, patch)
    })

    app.get('/api/v1/history', {
      schema: { tags: ['organise'], summary: 'What you did, newest first, on all nodes that answer', response: { 200: HistoryList, default: ErrorBody } }
    }, async ({ who }) => ringHistory.list(who))

    app.post('/api/v1/undo', {
      config: { albums: true },
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['organise'], summary: 'Take back an edit of yours, where nothing has changed since', body: UndoRequest, response: { 200: UndoResult, default: ErrorBody } }
    }, async ({ body, who, deed }) => turned(deed, await ringHistory.undo(who, body.id)))

    app.post('/api/v1/redo', {
      config: { albums: true },
      validatorCompiler: TypeBoxValidatorCompiler,
      schema: { tags: ['organise'], summary: 'Do again what you undid', body: UndoRequest, response: { 200: UndoResult, default: ErrorBody } }
    }, async ({ body, who, deed }) => turned(deed, await ringHistory.redo(who, body.id)))
  }
}

function turned(deed: Deed, result: UndoResult): UndoResult {
  deed.detail = result.entry.title
  return result
}
