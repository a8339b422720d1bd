/** What is said in an asset, over HTTP. */
import { type Static, Type } from 'typebox'
import { Ms, nullable } from './schema.ts'

const At = Type.Integer({ minimum: 0, description: 'ms from the beginning of the asset' })

export const TranscriptWord = Type.Object({ fromMs: At, toMs: At, text: Type.String({ minLength: 1, maxLength: 2_000 }), confidence: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })) })
export type TranscriptWord = Static<typeof TranscriptWord>

export const TranscriptLine = Type.Object({
  id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$', description: 'stays with the line through edits; a new line brings a new one' }),
  fromMs: At,
  toMs: At,
  text: Type.String({ minLength: 1, maxLength: 2_000 }),
  speaker: Type.Optional(Type.String({ maxLength: 100, description: 'empty when nobody named one' })),
  words: Type.Optional(Type.Array(TranscriptWord, { maxItems: 1_000, description: 'empty where only the line has a time; where the text says something else, their times are counted anew' }))
})
export type TranscriptLine = Static<typeof TranscriptLine>

/** `PUT /api/v1/assets/:id/transcript` as `application/json`; `transcript.json` answers it. */
export const TranscriptDocument = Type.Object({
  language: Type.Optional(Type.String({ maxLength: 35, description: '`en`; empty when not known' })),
  lines: Type.Array(TranscriptLine, { maxItems: 50_000 })
})
export type TranscriptDocument = Static<typeof TranscriptDocument>

export const TranscriptOrigin = Type.Object({
  kind: Type.Union([Type.Literal('model'), Type.Literal('captions'), Type.Literal('person')]),
  from: Type.String({ description: 'the model, the file or stream the captions were in, or who wrote it' })
})
export type TranscriptOrigin = Static<typeof TranscriptOrigin>

export const ChapterView = Type.Object({ fromMs: At, toMs: At, title: Type.String({ description: 'the first words that are said in it' }), line: Type.String() })
export type ChapterView = Static<typeof ChapterView>

export const TranscriptView = Type.Object({
  version: Type.String({ description: '`edited`, `original`, or the model' }),
  etag: Type.String({ description: 'to be sent as If-Match, in quotes' }),
  origin: TranscriptOrigin,
  language: Type.String({ description: 'of most of it; empty when not known' }),
  languageConfidence: Type.Number({ minimum: 0, maximum: 1, description: '0 when nobody measured' }),
  languages: Type.Array(Type.Object({ language: Type.String(), share: Type.Number() }), { description: 'more than one: it is mixed' }),
  dropped: Type.Integer({ description: 'words a model said over and over, and that were left out' }),
  editedAtMs: nullable(Ms),
  lines: Type.Array(Type.Required(TranscriptLine)),
  chapters: Type.Array(ChapterView)
})
export type TranscriptView = Static<typeof TranscriptView>

/** `GET /api/v1/assets/:id/transcript`. */
export const TranscriptState = Type.Object({
  transcript: nullable(TranscriptView),
  versions: Type.Array(Type.String(), { description: 'that there are, the one that is shown first' }),
  state: Type.Union([Type.Literal('made'), Type.Literal('needless'), Type.Literal('waiting'), Type.Literal('elsewhere'), Type.Literal('failed'), Type.Literal('off')], { description: 'of what is made by itself; `needless`: there is no sound, `off`: no model is there' }),
  reason: nullable(Type.String({ description: 'why nothing is there, and what to do' }))
})
export type TranscriptState = Static<typeof TranscriptState>

export const TranscriptSaved = Type.Object({ etag: Type.String(), version: Type.String() })
export type TranscriptSaved = Static<typeof TranscriptSaved>

const Stretch = { fromMs: Type.Integer({ description: 'Unix ms' }), toMs: Type.Integer({ description: 'Unix ms' }) }
/** What was said before a camera in a window of time. */
export const CameraTranscript = Type.Object({
  camera: Type.String(), ...Stretch,
  lines: Type.Array(Type.Object({ ...Stretch, text: Type.String() }), { description: 'by when they begin' }),
  heard: Type.Array(Type.Object(Stretch), { description: 'what was listened to; where nobody spoke there are no lines' }),
  reason: Type.Union([Type.String(), Type.Null()], { description: 'why nobody listens, and what to do about it' })
})
export type CameraTranscript = Static<typeof CameraTranscript>
