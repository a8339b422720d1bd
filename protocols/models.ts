/** The part of the HTTP API about models: which there are, which are on this node, and which is used for what. */
import { type Static, Type } from 'typebox'
import { nullable } from './schema.ts'

export type ModelTaskName = 'embed-pictures' | 'embed-sentences' | 'read-text' | 'find-objects' | 'find-faces' | 'describe-pictures' | 'find-speech' | 'transcribe'
export const ModelTaskName = Type.Unsafe<ModelTaskName>(Type.Union((['embed-pictures', 'embed-sentences', 'read-text', 'find-objects', 'find-faces', 'describe-pictures', 'find-speech', 'transcribe'] as const).map((task) => Type.Literal(task))))

export const ModelView = Type.Object({
  id: Type.String(),
  title: Type.String(),
  tasks: Type.Array(ModelTaskName, { description: 'what it can do' }),
  usedFor: Type.Array(ModelTaskName, { description: 'what the whole ring uses it for' }),
  licence: Type.String({ description: 'SPDX id' }),
  origin: Type.Union([Type.Literal('package'), Type.Literal('hub'), Type.Literal('own')], { description: '`package`: it comes with the program; `hub`: it is fetched; `own`: somebody wrote its manifest' }),
  repository: nullable(Type.String()),
  dtype: Type.String(),
  dimensions: nullable(Type.Integer()),
  state: Type.Union([Type.Literal('absent'), Type.Literal('fetching'), Type.Literal('ready'), Type.Literal('corrupt')], { description: 'on this node' }),
  reason: nullable(Type.String({ description: 'of `corrupt`' })),
  bytes: nullable(Type.Number({ description: 'of `ready`' })),
  bytesDone: nullable(Type.Number({ description: 'of `fetching`, as the next two' })),
  bytesTotal: nullable(Type.Number()),
  from: nullable(Type.String()),
  nodes: Type.Array(Type.String(), { description: 'names of other nodes that have it' }),
  inRing: Type.Boolean({ description: 'its files lie in the ring: no node has to go further for them' }),
  space: nullable(Type.String({ description: 'of its vectors' }))
})
export type ModelView = Static<typeof ModelView>

export const ModelTaskView = Type.Object({
  task: ModelTaskName,
  gives: Type.String({ description: 'what people have of it' }),
  model: nullable(Type.String({ description: 'id of the one the ring uses' })),
  why: nullable(Type.String({ description: 'why this node can not do it, and what to do' }))
})
export type ModelTaskView = Static<typeof ModelTaskView>

/** `GET /api/v1/models`. */
export const ModelList = Type.Object({
  models: Type.Array(ModelView),
  tasks: Type.Array(ModelTaskView),
  spaces: Type.Object({ searched: nullable(Type.String()), filling: nullable(Type.String({ description: 'while the model of pictures is changed' })) })
})
export type ModelList = Static<typeof ModelList>

/** `PUT /api/v1/models/use`. */
export const ModelUseRequest = Type.Object({ task: ModelTaskName, model: nullable(Type.String({ maxLength: 32, description: 'null turns it off' })) }, { additionalProperties: false })
export type ModelUseRequest = Static<typeof ModelUseRequest>
