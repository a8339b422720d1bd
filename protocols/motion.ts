/** What moves in films and before cameras, over HTTP. Places are shares of the upright picture, from its upper left; times are ms from the beginning of the film. */
import { type Static, Type } from 'typebox'
import { nullable } from './schema.ts'

const Share = Type.Number({ minimum: 0, maximum: 1 })
/** A moment of a film, in ms: up to eleven days; a first picture may lie a little before 0. */
const AtMs = Type.Number({ minimum: -1_000, maximum: 1e9 })
const Corner = Type.Tuple([Share, Share])
export const PolygonView = Type.Array(Corner, { minItems: 3, maxItems: 64, description: 'corners [x, y] as shares of the picture' })
export type PolygonView = Static<typeof PolygonView>
const Zone = Type.Object({ name: Type.String({ minLength: 1, maxLength: 60 }), polygon: PolygonView }, { additionalProperties: false })

const areas = {
  masks: Type.Array(PolygonView, { maxItems: 32, description: 'where nothing counts' }),
  zones: Type.Array(Zone, { maxItems: 32, description: 'areas that are told of by their names' }),
  sensitivity: Type.Number({ minimum: 0, maximum: 100, description: '0: only what is large and clear; 50 is the usual; 100: whatever changes' })
}
/** `GET /api/v1/cameras/:id/motion/areas`. */
export const CameraMotionAreasView = Type.Object({ ...areas, isWatched: Type.Boolean({ description: 'somebody said so: the camera is watched for motion however it is recorded' }) })
export type CameraMotionAreasView = Static<typeof CameraMotionAreasView>
export const MotionAreasChange = Type.Partial(Type.Object(areas, { additionalProperties: false }), { additionalProperties: false, minProperties: 1 })
export type MotionAreasChange = Static<typeof MotionAreasChange>

const request = {
  masks: Type.Optional(areas.masks), zones: Type.Optional(areas.zones), sensitivity: Type.Optional(areas.sensitivity),
  features: Type.Optional(Type.Boolean({ description: 'follow single points as well, picture by picture, for match-moving' }))
}
/** `POST /api/v1/assets/:id/motion`. */
export const MotionRequest = Type.Object(request, { additionalProperties: false })
export type MotionRequest = Static<typeof MotionRequest>
/** `POST /api/v1/motion`: several cameras of one moment, for example. */
export const MotionOfManyRequest = Type.Object({ assets: Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 16 }), ...request }, { additionalProperties: false })
export type MotionOfManyRequest = Static<typeof MotionOfManyRequest>

const Box = Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()], { description: 'x, y, width, height' })
const Track = Type.Object({
  id: Type.Integer(),
  bestMs: Type.Number({ minimum: -1_000, maximum: 1e9, description: 'when it is seen best' }),
  label: Type.Optional(Type.String({ description: 'what a model says it is' })),
  confidence: Type.Optional(Share),
  zones: Type.Array(Type.Object({ zone: Type.String(), enteredMs: AtMs, leftMs: AtMs })),
  points: Type.Array(Type.Object({ atMs: AtMs, box: Box, isSeen: Type.Boolean({ description: 'false: it was hidden, and its place is computed' }) }), { minItems: 1 })
})
const Stretch = Type.Object({ fromMs: AtMs, toMs: AtMs, share: Share, zones: Type.Array(Type.String()) })
const view = {
  options: Type.Object({ ...areas, features: Type.Boolean() }),
  durationMs: AtMs,
  framesPerSecond: Type.Number({ exclusiveMinimum: 0, maximum: 1_000 }),
  width: Type.Integer({ minimum: 1 }),
  height: Type.Integer({ minimum: 1 }),
  samples: Type.Array(Type.Tuple([AtMs, Share]), { description: '[ms, share of the picture that moves]' }),
  stretches: Type.Array(Stretch),
  tracks: Type.Array(Track),
  notes: Type.Array(Type.String(), { description: 'what was left out, and why' })
}
/** `GET /api/v1/assets/:id/motion`. */
export const MotionView = Type.Object({ ...view, featureTracks: Type.Integer({ description: 'single points that were followed: their places are in motion.json, .csv and .py' }) })
export type MotionView = Static<typeof MotionView>
/** `GET /api/v1/assets/:id/motion.json`: one camera of it. */
export const MotionFile = Type.Object({
  ...view,
  features: Type.Array(Type.Object({ id: Type.Integer(), first: Type.Integer({ minimum: 0, description: 'number of the first frame, from 0' }), places: Type.Array(Type.Tuple([Type.Number(), Type.Number()]), { minItems: 1, description: 'one [x, y] for each frame, of which there are framesPerSecond' }) }))
})
export type MotionFile = Static<typeof MotionFile>

/** `POST /motion/extract`: what the first clients know. */
export const MotionExtracted = Type.Object({
  status: Type.Union([Type.Literal('completed'), Type.Literal('running'), Type.Literal('error')]),
  job_id: nullable(Type.String()),
  error: nullable(Type.String()),
  results: Type.Array(Type.Object({ filename: Type.String(), asset_id: nullable(Type.String()), frames_saved: Type.Integer(), frames: Type.Array(Type.String({ description: 'addresses of JPEGs below this node: the best picture of each thing that moved' })), error: nullable(Type.String()) }))
})
export type MotionExtracted = Static<typeof MotionExtracted>
