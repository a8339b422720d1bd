/** The part of the HTTP API that carries a ring's library away and lays it out in another: one schema per message. */
import { type Static, Type } from 'typebox'
import { DeviceSettings } from './cameras.ts'
import { KeptView, RecordDecision, RetentionDecision } from './footage.ts'

/** Chunks one question of a restore may name. @default 2000 */
export const MAX_ASKED_CHUNKS = 2_000

const Hex = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256, hex' })

/** What the catalog keeps of the ring's cameras, and what was decided about their footage. */
export const CameraEntries = Type.Array(Type.Object({
  id: Type.String({ maxLength: 64 }), name: Type.String({ maxLength: 1_000 }), source: Type.String({ maxLength: 1_000 }),
  createdAtMs: Type.Number(), record: Type.Boolean(), enabled: Type.Optional(Type.Boolean()), device: Type.Optional(DeviceSettings),
  plan: Type.Optional(RecordDecision), retention: Type.Optional(RetentionDecision), kept: Type.Optional(Type.Array(KeptView, { maxItems: 5_000 }))
}), { maxItems: 10_000 })
export type CameraEntries = Static<typeof CameraEntries>

/** Albums, saved searches and the like; never what lets somebody in (accounts, keys, links), nor what belongs to one machine. */
export const RecordEntries = Type.Record(Type.String({ pattern: '^[a-z][a-z-]{0,31}$' }), Type.Array(Type.Object({ id: Type.String({ maxLength: 64 }), fields: Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()) }), { maxItems: 10_000 }))
export type RecordEntries = Static<typeof RecordEntries>

/** What there is to back up. */
export const BackupContents = Type.Object({
  ringId: Type.String(),
  node: Type.String({ description: 'name of the node that answers' }),
  cameras: CameraEntries,
  records: RecordEntries,
  documents: Type.Array(Type.Object({ name: Type.String({ description: '`00` to `ff`; `rolls-00` to `rolls-ff`: the rolls' }), digest: Hex }), { description: 'documents of the catalog that are not empty, and a digest of the content of each' })
})
export type BackupContents = Static<typeof BackupContents>

export const RestoreBegin = Type.Object({ generation: Hex }, { additionalProperties: false })
export type RestoreBegin = Static<typeof RestoreBegin>
export const RestoreBegun = Type.Object({ resumed: Type.Boolean({ description: 'it had been begun before' }) })
export type RestoreBegun = Static<typeof RestoreBegun>

export const ChunkQuestion = Type.Object({ chunks: Type.Array(Hex, { maxItems: MAX_ASKED_CHUNKS }) }, { additionalProperties: false })
export type ChunkQuestion = Static<typeof ChunkQuestion>
export const ChunkAnswer = Type.Object({ missing: Type.Array(Hex) })
export type ChunkAnswer = Static<typeof ChunkAnswer>

export const Stored = Type.Object({ copies: Type.Number({ description: 'nodes that have it on disk' }) })
export type Stored = Static<typeof Stored>
