/** The part of the HTTP API about the library: assets, and the trash. */
import { type Static, Type } from 'typebox'
import { ORGANISED, ORGANISED_EDIT, Selection } from './organise.ts'
import { DeepProbe } from './probe.ts'
import { HitFields, ListFields, PlaceFields, SearchFields } from './search.ts'
import { Ms, nullable } from './schema.ts'

export const AssetView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  title: Type.String(),
  kind: Type.Union([Type.Literal('video'), Type.Literal('audio'), Type.Literal('image')]),
  mime: Type.String(),
  size: Type.Number(),
  importedAtMs: Ms,
  editedAtMs: Ms,
  rating: Type.Number(),
  tags: Type.Array(Type.String()),
  notes: Type.String(),
  ...ORGANISED,
  poster: Type.Boolean({ description: '`/assets/:id/poster` has a picture' }),
  away: Type.Optional(Type.Boolean({ description: 'there when its bytes are in the cloud only' })),
  span: Type.Optional(Type.String({ description: 'its place in a take of several files: `2/3`' })),
  sprite: Type.Optional(Type.Boolean({ description: '`/assets/:id/sprite` has small pictures of all of it' })),
  probe: Type.Object({
    container: Type.String(),
    durationMs: Type.Optional(Type.Number()),
    videoCodec: Type.Optional(Type.String()),
    width: Type.Optional(Type.Number()),
    height: Type.Optional(Type.Number()),
    framesPerSecond: Type.Optional(Type.Number()),
    rotation: Type.Optional(Type.Number()),
    audioCodec: Type.Optional(Type.String()),
    sampleRate: Type.Optional(Type.Number()),
    channels: Type.Optional(Type.Number()),
    bitsPerSecond: Type.Optional(Type.Number()),
    createdAtMs: Type.Optional(Ms),
    gps: Type.Optional(Type.Object({ latitude: Type.Number(), longitude: Type.Number(), altitude: Type.Optional(Type.Number()) })),
    ...DeepProbe
  }),
  locations: Type.Array(Type.Object({
    node: Type.String(), path: Type.String(),
    file: Type.Optional(Type.Object({ modifiedAtMs: Ms, missingSinceMs: nullable(Ms) }, { description: 'there when the node watches over the file where it lies' }))
  })),
  modifiedAtMs: Type.Optional(Type.Number({ description: 'when its file was last written, Unix ms' })),
  outside: Type.Optional(Type.Object({ missingSinceMs: nullable(Ms) }, { description: 'there when its bytes are not in the ring but stay in the files of `locations`; `missingSinceMs`: since when none of them is there' })),
  sidecars: Type.Optional(Type.Array(Type.String(), { description: 'names of files that lay beside it: `/assets/:id/sidecars/:name`' })),
  trash: Type.Optional(Type.Object({ deletedAtMs: Ms, purgeAtMs: Ms }, { description: 'there while it is in the trash: it can be restored until `purgeAtMs`, and longer where its keeper learnt later that it was deleted' }))
})
export type AssetView = Static<typeof AssetView>

export const AssetDetail = Type.Intersect([
  AssetView,
  Type.Object({
    copies: Type.Array(Type.Object({ node: Type.String(), alive: Type.Boolean(), chunks: Type.Number() }), { description: 'where its bytes are' }),
    chunks: Type.Number(),
    lastVerifiedMs: nullable(Type.Number({ description: 'since when all of its chunks on the answering node are known to be good (read from disk, hashes right), Unix ms; null when one was not read back since it was written, is not whole, or none is there' }))
  })
])
export type AssetDetail = Static<typeof AssetDetail>

/** A group of assets that look alike, the best first. */
export const DuplicateGroup = Type.Object({
  assets: Type.Array(AssetView),
  distance: Type.Number({ description: 'most bits of 64 in which the pictures of two of them differ' })
})
export type DuplicateGroup = Static<typeof DuplicateGroup>
export const DuplicateList = Type.Object({ groups: Type.Array(DuplicateGroup), total: Type.Number() })
export type DuplicateList = Static<typeof DuplicateList>

export const AssetListQuery = Type.Object({
  ...SearchFields,
  ...PlaceFields,
  trash: Type.Optional(Type.Boolean({ description: 'list what is in the trash instead, the newest deletion first; goes with cursor and limit only' })),
  cursor: Type.Optional(Type.String({ maxLength: 500 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 }))
})
export type AssetListQuery = Static<typeof AssetListQuery>

export const AssetHit = Type.Intersect([AssetView, Type.Object(HitFields)])
export type AssetHit = Static<typeof AssetHit>

export const AssetList = Type.Object({ assets: Type.Array(AssetHit), total: Type.Number(), cursor: nullable(Type.String()), ...ListFields })
export type AssetList = Static<typeof AssetList>

export const AssetEdit = Type.Object({
  title: Type.Optional(Type.String({ maxLength: 500 })),
  rating: Type.Optional(Type.Integer({ minimum: 0, maximum: 5 })),
  notes: Type.Optional(Type.String({ maxLength: 20_000 })),
  addTags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100 })),
  removeTags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100 })),
  ...ORGANISED_EDIT
}, { additionalProperties: false, minProperties: 1 })
export type AssetEdit = Static<typeof AssetEdit>

/** One edit of many assets. */
export const BulkEditRequest = Type.Object({
  ...Selection,
  patch: Type.Object({ ...AssetEdit.properties, deleted: Type.Optional(Type.Boolean({ description: 'into the trash, or out of it' })) }, { additionalProperties: false, minProperties: 1 })
}, { additionalProperties: false })
export type BulkEditRequest = Static<typeof BulkEditRequest>

/** What deleted assets wait in. */
export const TrashView = Type.Object({
  days: Type.Number({ description: 'how long deleted assets can be restored; one setting for the ring' }),
  assets: Type.Number(),
  bytes: Type.Number()
})
export type TrashView = Static<typeof TrashView>
export const TrashSettings = Type.Object({ days: Type.Integer({ minimum: 0, maximum: 3_650 }) }, { additionalProperties: false })
export type TrashSettings = Static<typeof TrashSettings>
export const TrashEmptied = Type.Object({ purged: Type.Number() })
export type TrashEmptied = Static<typeof TrashEmptied>
