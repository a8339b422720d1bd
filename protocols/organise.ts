/** What people sort assets by: edits of many, undo, albums, projects, own fields, workflow states, tags. */
import { type Static, type TSchema, Type } from 'typebox'
import { SearchFields } from './search.ts'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Ms = Type.Number({ description: 'Unix time, milliseconds' })
const Id = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })
const Text = (maxLength: number) => Type.String({ maxLength })
const Name = Type.String({ minLength: 1, maxLength: 200 })

/** Marks of an asset as they are shown; the empty text is none. */
export const Marks = Type.Object({
  label: Type.String({ description: 'red, orange, yellow, green, blue, purple, grey, or none' }),
  flag: Type.String({ description: 'pick, reject, or none' }),
  licence: Type.String(), releases: Type.String(), state: Type.String(), stack: Type.String({ description: 'assets of the same stack are shown as one' })
})
export type Marks = Static<typeof Marks>

/** What an asset says beside title, rating, tags and notes. */
export const ORGANISED = {
  marks: Marks,
  albums: Type.Array(Type.String(), { description: 'ids of the albums people put it in' }),
  fields: Type.Record(Type.String(), Type.String(), { description: 'people\'s own fields' }),
  batch: nullable(Type.String({ description: 'the import that first brought it in' }))
}

/** What an edit may change beside those. */
export const ORGANISED_EDIT = {
  notesBase: Type.Optional(Type.String({ maxLength: 80_000, description: 'the text `notes` was made of: what others wrote since is kept' })),
  marks: Type.Optional(Type.Object({
    label: Type.Optional(Text(20)), flag: Type.Optional(Text(20)), licence: Type.Optional(Text(2_000)), releases: Type.Optional(Text(2_000)), state: Type.Optional(Text(200)), stack: Type.Optional(Text(64))
  }, { additionalProperties: false, description: 'the empty text takes a mark away' })),
  addAlbums: Type.Optional(Type.Array(Id, { maxItems: 100 })),
  removeAlbums: Type.Optional(Type.Array(Id, { maxItems: 100 })),
  fields: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Text(2_000), { maxProperties: 100, description: 'the empty text takes a field away' }))
}

const { q, kind, tag, minRating, weak, zone } = SearchFields
const Query = Type.Object({
  q, kind, tag, minRating, weak, zone,
  album: Type.Optional(Id),
  batch: Type.Optional(Id)
}, { additionalProperties: false, description: 'of what is not in the trash' })
/** Assets by their ids, or all a query finds. */
export const Selection = {
  ids: Type.Optional(Type.Array(Type.String({ minLength: 64, maxLength: 64 }), { maxItems: 100_000 })),
  query: Type.Optional(Query)
}
export const AssetSelection = Type.Object(Selection, { additionalProperties: false })
export type AssetSelection = Static<typeof AssetSelection>

export const AssetLeft = Type.Object({
  id: Type.String(), name: Type.String(),
  field: Type.String({ description: 'title, rating, notes, deleted, `tag:…`, `mark:…`, `album:…` or `field:…`; of something else than an asset, its kind and field' }),
  now: Type.String({ description: 'what it says now' }),
  by: Type.String({ description: 'who changed it since, as far as the node that answers knows' })
})
export type AssetLeft = Static<typeof AssetLeft>

export const BulkEditResult = Type.Object({
  matched: Type.Number(), changed: Type.Number(),
  missing: Type.Array(Type.String(), { description: 'ids nobody knows' }),
  failed: Type.Array(Type.Object({ ids: Type.Array(Type.String()), reason: Type.String() })),
  undo: nullable(Type.String({ description: 'what to name to `POST /undo`; null when nothing changed' }))
})
export type BulkEditResult = Static<typeof BulkEditResult>

export const HistoryEntry = Type.Object({
  id: Type.String(), atMs: Ms, who: Type.String(), title: Type.String(), assets: Type.Number(), state: Type.Union([Type.Literal('done'), Type.Literal('undone')]),
  turnedMs: Type.Number({ description: 'when it was last undone or done again, Unix time in milliseconds; 0 for never' }),
  node: Type.String({ description: 'the node that keeps it' })
})
export type HistoryEntry = Static<typeof HistoryEntry>
export const HistoryList = Type.Object({
  entries: Type.Array(HistoryEntry, { description: 'your own, newest first' }),
  silent: Type.Array(Type.String(), { description: 'nodes that did not answer: what you did there is missing' })
})
export type HistoryList = Static<typeof HistoryList>
export const UndoRequest = Type.Object({ id: Type.Optional(Type.String({ maxLength: 64, description: 'as the header `undo` of an edit\'s answer named it; the newest that fits, when it is not said' })) }, { additionalProperties: false })
export type UndoRequest = Static<typeof UndoRequest>
export const UndoResult = Type.Object({
  entry: HistoryEntry, restored: Type.Number({ description: 'assets and other things that are as before' }),
  left: Type.Array(AssetLeft, { description: 'changed again since, and left as they are; at most 200' }), leftCount: Type.Number(),
  silent: Type.Array(Type.String(), { description: 'nodes that did not answer, at which you may have done something since' })
})
export type UndoResult = Static<typeof UndoResult>

const Sort = Type.Union([Type.Literal('newest'), Type.Literal('oldest'), Type.Literal('name'), Type.Literal('rating')])
const ALBUM = {
  parent: nullable(Id), project: nullable(Id), cover: nullable(Type.String({ maxLength: 64, description: 'id of an asset' })),
  rule: nullable(Type.String({ minLength: 1, maxLength: 500, description: 'what is searched for; of albums of kind `rule`' })), sort: Sort
}
export const AlbumView = Type.Object({
  id: Type.String(), name: Type.String(), kind: Type.Union([Type.Literal('manual'), Type.Literal('rule')]), ...ALBUM,
  path: Type.String({ description: 'names from the outermost album on, with / between' }), assets: Type.Number({ description: 'in it, without albums below it' }),
  problem: nullable(Type.String({ description: 'why its rule finds nothing here' }))
})
export type AlbumView = Static<typeof AlbumView>
export const AlbumList = Type.Object({ albums: Type.Array(AlbumView) })
export type AlbumList = Static<typeof AlbumList>
export const AlbumNew = Type.Object({ name: Name, kind: Type.Optional(AlbumView.properties.kind), ...optional(ALBUM) }, { additionalProperties: false })
export type AlbumNew = Static<typeof AlbumNew>
export const AlbumChange = Type.Object({ name: Type.Optional(Name), ...optional(ALBUM) }, { additionalProperties: false, minProperties: 1 })
export type AlbumChange = Static<typeof AlbumChange>

const PROJECT = { note: Text(2_000), colour: Text(20), closed: Type.Boolean() }
export const ProjectView = Type.Object({ id: Type.String(), name: Type.String(), ...PROJECT, albums: Type.Number() })
export type ProjectView = Static<typeof ProjectView>
export const ProjectList = Type.Object({ projects: Type.Array(ProjectView) })
export type ProjectList = Static<typeof ProjectList>
export const ProjectNew = Type.Object({ name: Name, ...optional(PROJECT) }, { additionalProperties: false })
export const ProjectChange = Type.Object({ name: Type.Optional(Name), ...optional(PROJECT) }, { additionalProperties: false, minProperties: 1 })

const FIELD_TYPE = Type.Union([Type.Literal('text'), Type.Literal('number'), Type.Literal('date'), Type.Literal('choice')])
const FIELD = { choices: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 200 }), order: Type.Number() }
export const FieldView = Type.Object({ id: Type.String(), name: Type.String(), type: FIELD_TYPE, ...FIELD })
export type FieldView = Static<typeof FieldView>
export const FieldList = Type.Object({ fields: Type.Array(FieldView) })
export type FieldList = Static<typeof FieldList>
export const FieldNew = Type.Object({ name: Type.String({ minLength: 1, maxLength: 64 }), type: FIELD_TYPE, ...optional(FIELD) }, { additionalProperties: false })
export const FieldChange = Type.Object(optional(FIELD), { additionalProperties: false, minProperties: 1 })

const STATE = { colour: Text(20), order: Type.Number() }
export const StateView = Type.Object({ id: Type.String(), name: Type.String(), ...STATE })
export type StateView = Static<typeof StateView>
export const StateList = Type.Object({ states: Type.Array(StateView), standard: Type.Boolean({ description: 'nobody has made any: these are what a ring begins with' }) })
export type StateList = Static<typeof StateList>
export const StateNew = Type.Object({ name: Name, ...optional(STATE) }, { additionalProperties: false })
export const StateChange = Type.Object({ name: Type.Optional(Name), ...optional(STATE) }, { additionalProperties: false, minProperties: 1 })

export const TagList = Type.Object({ tags: Type.Array(Type.Object({ tag: Type.String(), assets: Type.Number({ description: 'that carry exactly this one' }) })) })
export type TagList = Static<typeof TagList>
export const TagRename = Type.Object({ from: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 100, description: 'several are merged; what lies under them goes along' }), to: Type.String({ minLength: 1, maxLength: 200 }) }, { additionalProperties: false })
export type TagRename = Static<typeof TagRename>

/** Who looks at what now, on any node. */
export interface PersonHere {
  /** Of one open page. */
  readonly session: string
  readonly name: string
  readonly node: string
  /** The asset that is open; null: the library. */
  readonly asset: string | null
  /** The field that is being typed in; empty: only looking. */
  readonly editing: string
}

function optional<T extends Record<string, TSchema>>(properties: T): { [K in keyof T]: ReturnType<typeof Type.Optional<T[K]>> } {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, Type.Optional(schema)])) as never
}

const Format = Type.Union([Type.Literal('csv'), Type.Literal('xml'), Type.Literal('json')])
export const PackageQuery = Type.Object({ format: Format, ...Query.properties }, { additionalProperties: false })
export type PackageQuery = Static<typeof PackageQuery>
export const PackageIn = Type.Object({ format: Format, dryRun: Type.Optional(Type.Boolean({ description: 'only say what would change' })) }, { additionalProperties: false })
export const PackageReport = Type.Object({
  rows: Type.Number(), matched: Type.Number(), changed: Type.Number({ description: 'assets in which something changes' }), dryRun: Type.Boolean(),
  problems: Type.Array(Type.Object({ row: Type.Number(), name: Type.String(), reason: Type.String() }), { description: 'rows that were passed over; at most 200' }), problemCount: Type.Number(),
  albumsMade: Type.Array(Type.String()), undo: nullable(Type.String())
})
export type PackageReport = Static<typeof PackageReport>

/** One import. */
export const BatchView = Type.Object({
  id: Type.String(), name: Type.String(), by: Type.String(), node: Type.String(), source: Type.String({ description: '`upload`, `scan`, `offload`, and what others name theirs' }),
  startedMs: Ms, endedMs: nullable(Ms), imported: Type.Number(), known: Type.Number(), refused: Type.Number(), bytes: Type.Number({ description: 'of what was imported' }), undoneMs: nullable(Ms)
})
export type BatchView = Static<typeof BatchView>
export const BatchList = Type.Object({ batches: Type.Array(BatchView, { description: 'newest first' }), total: Type.Number() })
export type BatchList = Static<typeof BatchList>
export const BatchUndo = Type.Object({
  trashed: Type.Number(), left: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), reason: Type.String() }), { description: 'at most 200' }), leftCount: Type.Number(), undo: nullable(Type.String())
})
export type BatchUndo = Static<typeof BatchUndo>

/** How an album's files are laid out in a folder. */
const SYNC = {
  folder: Type.String({ minLength: 1, maxLength: 4_096, description: 'absolute path on the machine of the node that answers' }),
  template: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: '`{year} {month} {day} {album} {type} {label} {rating} {state} {tag} {name} {title} {ext}`, folders between /; default `{album}/{type}/{name}`' })),
  mode: Type.Optional(Type.Union([Type.Literal('copy'), Type.Literal('hardlink'), Type.Literal('symlink'), Type.Literal('reflink')], { description: 'links need the original on the same machine, else the file is copied, and that is said' })),
  removed: Type.Optional(Type.Union([Type.Literal('keep'), Type.Literal('delete')], { description: 'what becomes of files whose asset left the album' })),
  watch: Type.Optional(Type.Boolean({ description: 'again whenever the album changes' }))
}
export const SyncRequest = Type.Object({ ...SYNC, dryRun: Type.Optional(Type.Boolean()) }, { additionalProperties: false })
export type SyncRequest = Static<typeof SyncRequest>
export const SyncView = Type.Object({ id: Type.String(), album: Type.String(), node: Type.String(), folder: Type.String(), template: Type.String(), mode: Type.String(), removed: Type.String(), watch: Type.Boolean() })
export type SyncView = Static<typeof SyncView>
export const SyncList = Type.Object({ syncs: Type.Array(SyncView) })

export const XmpRead = Type.Object({ ...Selection, replace: Type.Optional(Type.Boolean({ description: 'its words take the place of people\'s; else it only fills what is empty' })) }, { additionalProperties: false })
