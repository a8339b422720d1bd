/** The part of the HTTP API that is about cameras' footage: when it is recorded, what became of every second, how long it is kept. */
import { type Static, type TSchema, Type } from 'typebox'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Ms = Type.Number({ description: 'Unix time, milliseconds' })
const When = Type.Number({ minimum: 0, maximum: 8.64e15, description: 'Unix time, milliseconds' })

export const LedgerState = Type.Union([Type.Literal('recorded'), Type.Literal('lost'), Type.Literal('not-expected')])
export const LedgerEntry = Type.Object({
  startMs: Ms,
  endMs: Type.Number({ description: 'not part of it; the next range begins there' }),
  state: LedgerState,
  reason: nullable(Type.String({ description: 'why it is lost, or not expected: a few words of a fixed set; null for what is recorded' })),
  detail: Type.Optional(Type.String({ description: 'what was said when it happened' })),
  node: Type.Optional(Type.String({ description: 'name of the node that recorded it, or that knows the reason' }))
})
export type LedgerEntry = Static<typeof LedgerEntry>

export const Ledger = Type.Object({
  camera: Type.String(),
  fromMs: Ms,
  toMs: Ms,
  nowMs: Ms,
  ranges: Type.Array(LedgerEntry, { description: 'in order, without overlap or gap, covering the window exactly' }),
  truncated: Type.Boolean({ description: 'there were too many ranges: the last one given ends at `toMs`, which is before what was asked for. Ask again from there.' })
})
export type Ledger = Static<typeof Ledger>

export const LedgerDay = Type.Object({
  day: Type.String({ description: '`2026-11-22` in the time zone' }),
  startMs: Ms,
  endMs: Ms,
  recordedSeconds: Type.Number(),
  lostSeconds: Type.Number(),
  notExpectedSeconds: Type.Number(),
  reasons: Type.Record(Type.String(), Type.Number(), { description: 'seconds of each reason' })
})
export type LedgerDay = Static<typeof LedgerDay>
export const LedgerDays = Type.Object({ camera: Type.String(), timeZone: Type.String(), days: Type.Array(LedgerDay) })
export type LedgerDays = Static<typeof LedgerDays>

export const WeekRangeView = Type.Object({
  days: Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), { minItems: 1, maxItems: 7, description: 'on which it begins; 0 is Sunday' }),
  from: Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: '`08:00`' }),
  to: Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', description: '`18:00`; not later than `from`: on the next day' })
}, { additionalProperties: false })
export type WeekRangeView = Static<typeof WeekRangeView>

const Mode = Type.Union([Type.Literal('continuous'), Type.Literal('scheduled'), Type.Literal('manual'), Type.Literal('motion'), Type.Literal('off')])

const Master = Type.Union([Type.Literal('as-sent'), Type.Literal('prores'), Type.Literal('ffv1')], { description: 'what is made of its recordings beside them: nothing, ProRes 422 HQ (MOV), or FFV1 (Matroska)' })

export const RetentionView = Type.Object({
  days: nullable(Type.Number({ minimum: 0.01, maximum: 36_500, description: 'footage older than this goes; null: never' })),
  gigabytes: nullable(Type.Number({ minimum: 0.001, maximum: 10_000_000, description: 'footage beyond this (10^9 bytes, copies not counted) goes, the oldest first; null: no limit' })),
  motionDays: nullable(Type.Number({ minimum: 0.01, maximum: 36_500, description: 'hours in which something moved, or of which nobody knows, are kept for so many days instead; null: as the rest' })),
  whenFull: Type.Union([Type.Literal('keep'), Type.Literal('oldest')], { description: '`oldest`: the oldest footage goes before its time when the ring runs out of space' })
}, { additionalProperties: false })
export type RetentionView = Static<typeof RetentionView>

/** A decision as it is kept: an older one does not speak of motion. */
export const RetentionDecision = Type.Object({ ...RetentionView.properties, motionDays: Type.Optional(RetentionView.properties.motionDays) }, { additionalProperties: false })
export type RetentionDecision = Static<typeof RetentionDecision>

export const RecordView = Type.Object({
  mode: Mode,
  on: Type.Boolean({ description: 'of mode `manual`: it records now' }),
  schedule: Type.Array(WeekRangeView),
  timeZone: Type.String({ description: 'whose clock the schedule is on' }),
  away: Type.Boolean({ description: 'not missed while it is not attached' }),
  preRollSeconds: Type.Number({ description: 'of mode `motion`: recorded from before it' }),
  postRollSeconds: Type.Number({ description: 'of mode `motion`: recorded after it' }),
  master: Master,
  sinceMs: Ms
})
export type RecordView = Static<typeof RecordView>

/** A decision as it is kept: of an older one some is not said. */
export const RecordDecision = Type.Object({
  ...RecordView.properties, preRollSeconds: Type.Optional(RecordView.properties.preRollSeconds), postRollSeconds: Type.Optional(RecordView.properties.postRollSeconds), master: Type.Optional(Master), masterSinceMs: Type.Optional(Ms)
})
export type RecordDecision = Static<typeof RecordDecision>

export const KeptView = Type.Object({ id: Type.String(), camera: Type.String(), fromMs: Ms, toMs: Ms, name: Type.String(), createdAtMs: Ms })
export type KeptView = Static<typeof KeptView>
export const KeptList = Type.Object({ kept: Type.Array(KeptView) })
export type KeptList = Static<typeof KeptList>
export const KeptRequest = Type.Object({ fromMs: When, toMs: When, name: Type.String({ maxLength: 200 }) }, { additionalProperties: false })
export type KeptRequest = Static<typeof KeptRequest>

/** How a camera is recorded and kept. */
export const CameraSettings = Type.Object({
  id: Type.String(),
  name: Type.String(),
  record: RecordView,
  retention: RetentionView,
  expected: Type.Boolean({ description: 'it is to be recorded at this moment' }),
  reason: nullable(Type.String({ description: 'why it is not' })),
  footage: Type.Object({ hours: Type.Number(), bytes: Type.Number({ description: 'copies not counted' }), oldestMs: nullable(Ms) })
})
export type CameraSettings = Static<typeof CameraSettings>

export const CameraChange = Type.Object({
  record: Type.Optional(Type.Object({
    mode: Type.Optional(Mode),
    schedule: Type.Optional(Type.Array(WeekRangeView, { maxItems: 50 })),
    timeZone: Type.Optional(Type.String({ maxLength: 64, description: "IANA name; default the node's" })),
    away: Type.Optional(Type.Boolean()),
    preRollSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 60, description: 'of mode `motion`: so much from before it' })),
    postRollSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 3_600, description: 'of mode `motion`: so much after it' })),
    master: Type.Optional(Master)
  }, { additionalProperties: false, minProperties: 1 })),
  retention: Type.Optional(Type.Partial(RetentionView, { additionalProperties: false }))
}, { additionalProperties: false, minProperties: 1 })
export type CameraChange = Static<typeof CameraChange>

export const RecordSwitch = Type.Object({ on: Type.Boolean() }, { additionalProperties: false })
export type RecordSwitch = Static<typeof RecordSwitch>

/** A stretch of a camera's footage whose time is over, hour by hour. */
export const ExpiringView = Type.Object({
  camera: Type.String(),
  why: Type.Union([Type.Literal('age'), Type.Literal('size'), Type.Literal('space')]),
  hours: Type.Number(),
  bytes: Type.Number(),
  fromMs: Ms,
  toMs: Ms
})
export type ExpiringView = Static<typeof ExpiringView>
export const RetentionReport = Type.Object({
  waiting: nullable(Type.String({ description: 'why nothing can be given up now, and what would help' })),
  dryRun: Type.Boolean(),
  expiring: Type.Array(ExpiringView, { description: 'what goes, or would go' }),
  space: Type.Object({ freeBytes: Type.Number(), totalBytes: Type.Number(), lowPercent: Type.Number(), low: Type.Boolean(), shortBytes: Type.Number({ description: 'of footage that would have to go, and may not' }) })
})
export type RetentionReport = Static<typeof RetentionReport>
export const RetentionRequest = Type.Object({ dryRun: Type.Optional(Type.Boolean()) }, { additionalProperties: false })
export type RetentionRequest = Static<typeof RetentionRequest>
export const SpaceSettings = Type.Object({ lowPercent: Type.Number({ minimum: 0, maximum: 50 }) }, { additionalProperties: false })
export type SpaceSettings = Static<typeof SpaceSettings>

/** What became of a stretch of a recording that was to be made a master of. */
export const MasterView = Type.Object({
  fromMs: Ms,
  toMs: Ms,
  format: Type.Union([Type.Literal('prores'), Type.Literal('ffv1')]),
  state: Type.Union([Type.Literal('making'), Type.Literal('done'), Type.Literal('failed')]),
  asset: nullable(Type.String({ description: 'id of the asset, when it is done: `/api/v1/assets/:id/content` is the file' })),
  name: nullable(Type.String()),
  bytes: Type.Number(),
  reason: nullable(Type.String({ description: 'why it failed' })),
  progress: Type.Number({ description: '0 to 1, as of `atMs`' }),
  tries: Type.Number({ description: 'how often it failed; after six times it is given up' }),
  node: Type.String({ description: 'name of the node that makes it' }),
  atMs: Ms
})
export type MasterView = Static<typeof MasterView>
export const MasterList = Type.Object({ camera: Type.String(), fromMs: Ms, toMs: Ms, masters: Type.Array(MasterView, { description: 'oldest first; those whose asset was deleted are left out' }) })
export type MasterList = Static<typeof MasterList>

/** When something moved before a camera; looked for where it is recorded on motion, or its hours with motion are kept longer. */
export const MotionList = Type.Object({
  camera: Type.String(), fromMs: Ms, toMs: Ms, watchedMs: Type.Number({ description: 'for so long the hours it touches were looked at' }),
  truncated: Type.Boolean({ description: 'there is more: ask again from `toMs` on' }),
  motions: Type.Array(Type.Object({ fromMs: Ms, toMs: Ms }), { description: 'oldest first' })
})
export type MotionList = Static<typeof MotionList>

/** A part of a recording by both clocks. */
export const PartView = Type.Object({
  session: Type.String(),
  startMs: Type.Number({ description: 'by the clock of the camera, Unix ms' }),
  arrivedMs: nullable(Type.Number({ description: 'when its first picture came, by the clock of the node that recorded it, Unix ms; null in older recordings' })),
  durationMs: Type.Number(),
  bytes: Type.Number(),
  key: Type.Boolean({ description: 'begins with a keyframe' }),
  copies: Type.Number({ description: 'nodes it was on when it was acknowledged' })
})
export type PartView = Static<typeof PartView>
export const PartList = Type.Object({ camera: Type.String(), fromMs: Ms, toMs: Ms, parts: Type.Array(PartView) })
export type PartList = Static<typeof PartList>
