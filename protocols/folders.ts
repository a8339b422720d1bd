/** The part of the HTTP API about folders that nodes read: one schema per message. */
import { type Static, type TSchema, Type } from 'typebox'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Ms = Type.Number({ description: 'Unix time, milliseconds' })
const Patterns = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100 })
const Mode = Type.Union([Type.Literal('import'), Type.Literal('reference')], { description: '`import`: bytes are copied into the ring; `reference`: they stay where they are' })

export const FolderView = Type.Object({
  id: Type.String(),
  node: Type.String({ description: 'name of the node whose machine it is on' }),
  here: Type.Boolean({ description: 'the answering node reads it' }),
  path: Type.String(),
  name: Type.String(),
  mode: Mode,
  include: Patterns,
  exclude: Patterns,
  watch: Type.Boolean({ description: 'new and changed files are found without anybody asking' }),
  addedAtMs: Ms,
  note: nullable(Type.String({ description: 'how it is watched, or why it can not be read; null for folders of other nodes' })),
  isThere: nullable(Type.Boolean({ description: 'false: unplugged, unmounted or gone; null for folders of other nodes' })),
  lastLookMs: nullable(Type.Number({ description: 'since the node started; Unix ms' })),
  files: nullable(Type.Number({ description: 'that were there then' })),
  missing: nullable(Type.Number({ description: 'that stay there by the catalog, and were not' }))
})
export type FolderView = Static<typeof FolderView>
export const FolderList = Type.Object({ folders: Type.Array(FolderView) })
export type FolderList = Static<typeof FolderList>

const settings = {
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  mode: Type.Optional(Mode),
  include: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100, description: 'only files that one of these fits: `*.mov`, `2026/**`; all when empty' })),
  exclude: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100, description: 'neither files nor folders that one of these fits' })),
  watch: Type.Optional(Type.Boolean())
}
export const FolderAdd = Type.Object({ path: Type.String({ minLength: 1, maxLength: 4096, description: "absolute path on the answering node's machine" }), ...settings }, { additionalProperties: false })
export type FolderAdd = Static<typeof FolderAdd>
export const FolderChange = Type.Object(settings, { additionalProperties: false, minProperties: 1 })
export type FolderChange = Static<typeof FolderChange>
