/** Takes over HTTP: several recordings of one moment, in step. */
import { type Static, Type } from 'typebox'
import { Ms, nullable } from './schema.ts'

const Asset = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Footage = Type.Object({ camera: Type.String({ minLength: 1, maxLength: 64 }), fromMs: Ms, toMs: Ms }, { additionalProperties: false, description: 'a stretch of what a camera recorded, Unix ms' })
const Recording = Type.String({ minLength: 1, maxLength: 120, pattern: '^([0-9a-f]{64}|camera:[a-z0-9-]{1,64}@[0-9]{1,15}-[0-9]{1,15})$' })
const Name = Type.String({ minLength: 1, maxLength: 200 })

export const TakeAngleView = Type.Object({
  recording: Type.String({ description: 'an asset\'s id, or of a camera `camera:ID@FROM-TO`' }),
  footage: nullable(Footage),
  title: Type.String(),
  name: Type.String({ description: 'of its file, as it is downloaded' }),
  kind: Type.Union([Type.Literal('video'), Type.Literal('audio')]),
  offsetMs: Type.Number({ description: 'when it begins on the take\'s clock, which begins with the first recording' }),
  driftPpm: Type.Number({ description: 'at `t` ms of its own it is `offsetMs + t * (1 + driftPpm / 1e6)` of the take' }),
  by: Type.Union([Type.Literal('sound'), Type.Literal('timecode'), Type.Literal('clock'), Type.Literal('person')], { description: 'what says so' }),
  confidence: Type.Number({ minimum: 0, maximum: 1 }),
  durationMs: Type.Number(),
  framesPerSecond: nullable(Type.Number()),
  timecode: nullable(Type.String()),
  takenAtMs: nullable(Ms),
  hasSound: Type.Boolean(),
  hasPoster: Type.Boolean(),
  width: Type.Number(),
  height: Type.Number()
})
export type TakeAngleView = Static<typeof TakeAngleView>

export const TakeView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  by: Type.String({ description: 'who made it; empty: it was found' }),
  createdAtMs: Ms,
  originMs: Type.Number({ description: 'where this view begins on the clock that `move` takes' }),
  durationMs: Type.Number(),
  angles: Type.Array(TakeAngleView, { description: 'the first to begin first' }),
  missing: Type.Integer({ description: 'recordings that were deleted, or are not known here yet' }),
  notes: Type.Array(Type.String(), { description: 'where timecode or clocks say something else' })
})
export type TakeView = Static<typeof TakeView>

/** `GET /api/v1/takes`. */
export const TakeList = Type.Object({ takes: Type.Array(TakeView), total: Type.Integer() })
export type TakeList = Static<typeof TakeList>

/** `GET /api/v1/assets/:id/take`. */
export const TakeOfAsset = Type.Object({ take: nullable(TakeView) })
export type TakeOfAsset = Static<typeof TakeOfAsset>

/** `POST /api/v1/takes`: put these in step; `POST /api/v1/takes/:id/angles`: these, too. */
const recordings = { assets: Type.Optional(Type.Array(Asset, { minItems: 1, maxItems: 60 })), footage: Type.Optional(Type.Array(Footage, { minItems: 1, maxItems: 60, description: 'one stretch of each camera' })) }
export const NewTake = Type.Object({ ...recordings, name: Type.Optional(Name) }, { additionalProperties: false, minProperties: 1 })
export type NewTake = Static<typeof NewTake>
export const MoreAngles = Type.Object(recordings, { additionalProperties: false, minProperties: 1 })
export type MoreAngles = Static<typeof MoreAngles>

/** `PATCH /api/v1/takes/:id`. */
export const TakeEdit = Type.Object({
  name: Type.Optional(Name),
  remove: Type.Optional(Type.Array(Recording, { minItems: 1, maxItems: 60 })),
  move: Type.Optional(Type.Array(Type.Object({
    recording: Recording,
    offsetMs: Type.Number({ minimum: -1e9, maximum: 1e9, description: 'as in the view' }),
    driftPpm: Type.Optional(Type.Number({ minimum: -1_000, maximum: 1_000 }))
  }, { additionalProperties: false }), { minItems: 1, maxItems: 60 }))
}, { additionalProperties: false, minProperties: 1 })
export type TakeEdit = Static<typeof TakeEdit>
