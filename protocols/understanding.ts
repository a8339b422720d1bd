/** Moments, scenes, and how much of the library is understood, over HTTP. */
import { type Static, Type } from 'typebox'
import { Ms, nullable } from './schema.ts'

const Score = Type.Number({ minimum: 0, maximum: 1 })
const Place = Type.Number({ description: 'ms from the beginning of an asset; Unix ms of a camera' })

export type SenseName = 'picture' | 'words' | 'speech' | 'object' | 'tag' | 'caption' | 'name' | 'meaning'
export const SenseName = Type.Unsafe<SenseName>(Type.Union((['picture', 'words', 'speech', 'object', 'tag', 'caption', 'name', 'meaning'] as const).map((sense) => Type.Literal(sense)), { description: 'where it was seen; meaning: in names, titles, notes and tags, and in what is said, by what they mean' }))

export const SubjectView = Type.Object({
  kind: Type.Union([Type.Literal('asset'), Type.Literal('camera')]),
  id: Type.String(),
  title: Type.String({ description: 'what people call it' }),
  mediaKind: Type.Union([Type.Literal('video'), Type.Literal('audio'), Type.Literal('image'), Type.Literal('camera')]),
  durationMs: nullable(Type.Number())
})
export type SubjectView = Static<typeof SubjectView>

export const MomentView = Type.Object({
  fromMs: Place,
  toMs: Place,
  pictureMs: Place,
  picture: nullable(Type.String({ description: 'address of a JPEG of that picture, below this node' })),
  level: Type.Integer({ minimum: 0, maximum: 2, description: '0 the whole, 1 a picture or a line, 2 a scene or a passage of what is said' }),
  score: Score,
  why: Type.Array(Type.Object({ sense: SenseName, text: Type.Optional(Type.String({ description: 'the words, or what the tag or object is; of a meaning what is said there, absent where it is of what is written' })), score: Score }))
})
export type MomentView = Static<typeof MomentView>

export const FoundView = Type.Object({ subject: SubjectView, score: Score, moments: Type.Array(MomentView, { description: 'the best first' }) })
export type FoundView = Static<typeof FoundView>

export const CoverageView = Type.Object({
  understoodMs: Type.Number({ description: 'of film and sound; a picture counts a second' }),
  totalMs: Type.Number(),
  silent: Type.Array(Type.String(), { description: 'nodes that did not answer, and of whose part nobody else did' }),
  off: Type.Array(Type.String(), { description: 'what could not be asked for, and what to do about it' }),
  text: Type.String({ description: '97 % of 1,204 h understood; node cedar did not answer' })
})
export type CoverageView = Static<typeof CoverageView>

export const MomentSearch = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 500, description: 'a sentence, or words' })),
  like: Type.Optional(Type.String({ maxLength: 200, description: '`ASSET@MS` or `camera:CAMERA@UNIXMS`: pictures like that one' })),
  level: Type.Optional(Type.String({ maxLength: 10, description: 'of 0, 1 and 2, with commas; all when left out' })),
  sense: Type.Optional(Type.String({ maxLength: 100, description: 'of picture, words, speech, object, tag, caption, name, meaning, with commas' })),
  filter: Type.Optional(Type.String({ maxLength: 1_000, description: 'only assets that the library finds by this' })),
  within: Type.Optional(Type.String({ maxLength: 200, description: 'only this asset, or `camera:CAMERA`' })),
  from: Type.Optional(Type.String({ maxLength: 40, description: 'ISO 8601 or Unix ms' })),
  to: Type.Optional(Type.String({ maxLength: 40 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 }))
})
export type MomentSearch = Static<typeof MomentSearch>

/** `GET /api/v1/search`; `POST /api/v1/search/picture` with a JPEG or PNG. With `Accept: application/x-ndjson` one `FoundView` a line, the coverage last. */
export const MomentList = Type.Object({ found: Type.Array(FoundView), coverage: CoverageView })
export type MomentList = Static<typeof MomentList>

export const SceneView = Type.Object({
  fromMs: Type.Number(),
  toMs: Type.Number(),
  begins: Type.Union([Type.Literal('start'), Type.Literal('cut'), Type.Literal('dissolve'), Type.Literal('fade')]),
  heroMs: Type.Number(),
  pictures: Type.Optional(Type.Integer({ description: 'key pictures' })),
  picture: Type.String({ description: 'address of a JPEG of its hero picture' }),
  palette: Type.Array(Type.String({ description: '#rrggbb' })),
  sharpness: Score,
  brightness: Score,
  motion: Score,
  tags: Type.Array(Type.Object({ name: Type.String(), score: Score }), { description: 'of the vocabulary, by likeness' }),
  objects: Type.Array(Type.Object({ label: Type.String(), count: Type.Integer(), confidence: Score })),
  words: Type.Array(Type.Object({ text: Type.String(), atMs: Type.Number(), confidence: Score }), { description: 'read in the picture' }),
  caption: nullable(Type.String()),
  speech: Type.Array(Type.Object({ fromMs: Type.Number(), toMs: Type.Number(), text: Type.String() }))
})
export type SceneView = Static<typeof SceneView>

/** `GET /api/v1/assets/:id/scenes`. */
export const SceneList = Type.Object({
  scenes: Type.Array(SceneView),
  waiting: Type.Array(Type.Object({ what: Type.String(), why: Type.String({ description: 'why it is not there: its turn has not come, no model, it failed' }) }))
})
export type SceneList = Static<typeof SceneList>

/** `GET /api/v1/assets/:id/related`: L3. */
export const RelatedView = Type.Object({
  duplicates: Type.Array(Type.Object({ asset: Type.String(), title: Type.String(), likeness: Score }), { description: 'the same picture or film in another version' }),
  sameScene: Type.Array(Type.Object({ asset: Type.String(), title: Type.String(), fromMs: Type.Number(), toMs: Type.Number(), otherFromMs: Type.Number(), otherToMs: Type.Number(), likeness: Score })),
  sameMoment: Type.Array(Type.Object({ kind: Type.Union([Type.Literal('asset'), Type.Literal('camera')]), id: Type.String(), title: Type.String(), fromMs: Type.Number(), toMs: Type.Number(), by: Type.Union([Type.Literal('sound'), Type.Literal('timecode'), Type.Literal('clock'), Type.Literal('person')]) }), { description: 'other cameras at the same time' }),
  more: Type.Array(Type.Object({ asset: Type.String(), title: Type.String(), pictureMs: Type.Number(), picture: nullable(Type.String()), likeness: Score }), { description: 'more like this' }),
  topics: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
  off: Type.Array(Type.String(), { description: 'what is off, and how to turn it on' }),
  notes: Type.Array(Type.String(), { description: 'what is left out, or not known yet' })
})
export type RelatedView = Static<typeof RelatedView>

/** `GET /api/v1/understanding/map`: related videos, laid out. */
export const RelationMap = Type.Object({
  nodes: Type.Array(Type.Object({ asset: Type.String(), title: Type.String(), picture: nullable(Type.String()), x: Type.Number({ description: '0 to 1' }), y: Type.Number(), topic: nullable(Type.String()) })),
  edges: Type.Array(Type.Object({ from: Type.String(), to: Type.String(), kind: Type.Union([Type.Literal('duplicate'), Type.Literal('scene'), Type.Literal('moment'), Type.Literal('like')]), likeness: Score })),
  topics: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), assets: Type.Array(Type.String()) }), { description: 'also albums that are suggested' }),
  off: Type.Array(Type.String(), { description: 'what is off, and how to turn it on' }),
  notes: Type.Array(Type.String(), { description: 'what the map leaves out' })
})
export type RelationMap = Static<typeof RelationMap>

/** `GET /api/v1/understanding`: what is understood, by what, and why something is not. */
export const UnderstandingView = Type.Object({
  coverage: CoverageView,
  tasks: Type.Array(Type.Object({
    task: Type.String(),
    title: Type.String({ description: 'what it gives people' }),
    model: nullable(Type.String()),
    why: nullable(Type.String({ description: 'why it is off, and what to do' })),
    done: Type.Integer({ description: 'assets' }),
    waiting: Type.Integer(),
    failed: Type.Integer()
  })),
  faces: Type.Boolean({ description: 'whether people agreed to look for faces' }),
  vocabulary: Type.Array(Type.String()),
  updatedAtMs: Ms
})
export type UnderstandingView = Static<typeof UnderstandingView>

/** `PUT /api/v1/understanding`: an administrator's. */
export const UnderstandingChange = Type.Object({
  faces: Type.Optional(Type.Boolean({ description: 'false deletes every face that was found' })),
  vocabulary: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 80 }), { maxItems: 1_000 }))
}, { additionalProperties: false, minProperties: 1 })
export type UnderstandingChange = Static<typeof UnderstandingChange>
