/** The HTTP API: one schema per message. The server validates and documents with them, the web and the CLI take their types. */
import { type Static, Type } from 'typebox'
import type { PersonHere } from './organise.ts'
import type { JobView } from './job-views.ts'
import { Ms, nullable } from './schema.ts'

export * from './accounts.ts'
export * from './assets.ts'
export * from './cameras.ts'
export * from './cloud.ts'
export * from './folders.ts'
export * from './footage.ts'
export * from './job-views.ts'
export * from './models.ts'
export * from './motion.ts'
export * from './organise.ts'
export * from './probe.ts'
export * from './rolls.ts'
export * from './search.ts'
export * from './takes.ts'
export * from './transcripts.ts'
export * from './understanding.ts'
export * from './uploads.ts'
export * from './webhook.ts'
export * from './workflow.ts'

export const ErrorBody = Type.Object({
  error: Type.Object({ code: Type.String(), message: Type.String({ description: 'what was wrong and what to do' }), at: Type.Optional(Type.Number({ description: 'where in a query, in UTF-16 units' })), suggestion: Type.Optional(Type.String({ description: 'what may be written there' })) })
})
export type ErrorBody = Static<typeof ErrorBody>

export const RingMember = Type.Object({
  peerId: Type.String(),
  name: Type.String(),
  zone: Type.String(),
  weight: Type.Number(),
  state: Type.Union([Type.Literal('active'), Type.Literal('draining'), Type.Literal('gone')]),
  self: Type.Boolean(),
  alive: Type.Boolean(),
  lastHeardMs: Ms,
  addresses: Type.Array(Type.String()),
  http: Type.String({ description: 'base URL of the member\'s own page; empty when unknown' }),
  freeBytes: Type.Number(),
  usedBytes: Type.Number(),
  chunks: Type.Number(),
  acceptsWrites: Type.Boolean(),
  disk: Type.String({ description: '`ok`, `low`, `slow`, `full`, `read-only` or `failing`; empty when unknown' }),
  partitions: Type.Number({ description: 'how many of the 256 it owns' })
})
export type RingMember = Static<typeof RingMember>

export const RingView = Type.Object({
  ringId: Type.String(),
  self: Type.String(),
  name: Type.String(),
  replicas: Type.Number(),
  writeQuorum: Type.Number(),
  members: Type.Array(RingMember),
  partitions: Type.Array(Type.Array(Type.Number()), { description: '256 lists of owners, as indexes into `members`' }),
  layout: Type.Object({
    version: Type.Number({ description: 'of the layout everything is written by now' }),
    older: Type.Array(Type.Number(), { description: 'layouts whose data is on its way to it, oldest first; empty when the ring is at rest' }),
    moved: Type.Number({ description: 'partitions that have arrived' }),
    partitions: Type.Number({ description: '256' })
  }),
  gone: Type.Array(Type.Object({ peerId: Type.String(), name: Type.String() }), { description: 'nodes that left or were removed' }),
  repair: Type.Object({ running: Type.Boolean(), missingCopies: Type.Number(), singleCopies: Type.Number({ description: 'of the chunks short of copies: those that exist only once' }), lastRunMs: Ms }),
  health: Type.Union([Type.Literal('ok'), Type.Literal('degraded'), Type.Literal('alone')]),
  reasons: Type.Array(Type.String())
})
export type RingView = Static<typeof RingView>

/** A node's place in the layout. */
export const MemberPlace = Type.Object({ peerId: Type.String(), name: Type.String(), state: RingMember.properties.state, zone: Type.String(), weight: Type.Number() })
export type MemberPlace = Static<typeof MemberPlace>

export const MemberRemoved = Type.Intersect([MemberPlace, Type.Object({ lost: Type.Number({ description: 'chunks of the library that no node that answers holds' }) })])
export type MemberRemoved = Static<typeof MemberRemoved>

export const MemberChange = Type.Object({
  weight: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 })),
  zone: Type.Optional(Type.String({ maxLength: 64 }))
}, { additionalProperties: false, minProperties: 1 })
export type MemberChange = Static<typeof MemberChange>

const ChunkAmount = Type.Object({ chunks: Type.Number(), bytes: Type.Number() })
export const GarbageView = Type.Object({
  state: Type.Union([Type.Literal('resting'), Type.Literal('looking'), Type.Literal('waiting')]),
  waiting: nullable(Type.String({ description: 'why nothing can be given up now, and what would help' })),
  lastLookMs: Ms,
  graceMs: Type.Number({ description: 'how long nothing must have needed a chunk before it is deleted' }),
  unneeded: ChunkAmount,
  freed: ChunkAmount
}, { description: 'chunks of this node\'s disk; `freed` since its start' })
export type GarbageView = Static<typeof GarbageView>
export const GarbageRequest = Type.Object({ dryRun: Type.Optional(Type.Boolean()) }, { additionalProperties: false })
export type GarbageRequest = Static<typeof GarbageRequest>
export const GarbageReport = Type.Object({
  waiting: nullable(Type.String()),
  references: Type.Number({ description: 'in the catalog; a chunk counts as often as it is named' }),
  unneeded: ChunkAmount,
  ripe: ChunkAmount,
  freed: ChunkAmount,
  purged: Type.Number({ description: 'assets whose time in the trash was over' })
})
export type GarbageReport = Static<typeof GarbageReport>

export const InviteRequest = Type.Object({
  role: Type.Union([Type.Literal('node'), Type.Literal('peer')]),
  expiresMs: Type.Optional(Type.Number({ minimum: 1, maximum: 366 * 86_400_000, description: 'time to live; default one day' })),
  uses: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'machines it lets in; default one' }))
}, { additionalProperties: false })
export type InviteRequest = Static<typeof InviteRequest>
export const InviteView = Type.Object({ invite: Type.String(), role: Type.String(), uses: Type.Integer(), expiresAt: Type.String({ description: 'ISO 8601' }) })
export type InviteView = Static<typeof InviteView>

/** A machine that is or was of the ring. */
export const MachineView = Type.Object({
  peerId: Type.String(),
  name: Type.String(),
  role: Type.Union([Type.Literal('node'), Type.Literal('peer')]),
  joinedAtMs: Ms,
  revoked: nullable(Type.Object({ atMs: Ms, by: Type.String({ description: 'name of the node it was removed on; empty when the ring did so by rule' }), reason: Type.String() }))
})
export type MachineView = Static<typeof MachineView>
export const MachineList = Type.Object({ machines: Type.Array(MachineView) })
export type MachineList = Static<typeof MachineList>

export const RevokeRequest = Type.Object({
  member: Type.String({ minLength: 1, maxLength: 200, description: 'name or peer id' }),
  reason: Type.Optional(Type.String({ maxLength: 200, description: 'shown to people, and to the machine' }))
}, { additionalProperties: false })
export type RevokeRequest = Static<typeof RevokeRequest>

export const KeyView = Type.Object({ ringKey: Type.String({ description: "the ring's public key of now, hex" }), generation: Type.Integer({ description: 'how often it was changed' }) })
export type KeyView = Static<typeof KeyView>

export const Health = Type.Object({ status: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]), reasons: Type.Array(Type.String()), name: Type.String(), version: Type.String() })
export type Health = Static<typeof Health>

/** Something a person should know of. */
export const AlarmView = Type.Object({
  key: Type.String({ description: 'what it is about: `disk`, `silent/PEER`, `not-recorded/CAMERA`…' }),
  severity: Type.Union([Type.Literal('warning'), Type.Literal('critical')]),
  message: Type.String({ description: 'one sentence or two: what is wrong and what to do' }),
  sinceMs: Ms,
  nodes: Type.Array(Type.String(), { description: 'names of the nodes that say so' })
})
export type AlarmView = Static<typeof AlarmView>
export const AlarmList = Type.Object({ alarms: Type.Array(AlarmView, { description: 'of all nodes that answer; the gravest first' }), nowMs: Ms })
export type AlarmList = Static<typeof AlarmList>

/** What `/ws` sends, one JSON text message each. Hints: fetch the thing again. */
export type ServerEvent =
  | { type: 'hello'; node: string; peerId: string }
  | { type: 'ring' }
  | { type: 'cameras' }
  | { type: 'alarms' }
  | { type: 'recordings'; camera: string }
  | { type: 'assets'; ids: string[] }
  | { type: 'job'; job: JobView }
  | { type: 'records'; kind: string }
  | { type: 'people'; people: PersonHere[] }

