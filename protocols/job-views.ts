/** The part of the HTTP API about jobs: what runs, and what became of its files. */
import { type Static, Type } from 'typebox'
import { Ms, nullable } from './schema.ts'

/** One file of an import, and what became of it. */
export const ImportResult = Type.Object({
  path: Type.String(),
  outcome: Type.Union([Type.Literal('imported'), Type.Literal('known'), Type.Literal('refused')]),
  assetId: nullable(Type.String()),
  copies: Type.Number(),
  reason: nullable(Type.String({ description: 'why it was refused, and what to do' }))
})
export type ImportResult = Static<typeof ImportResult>

/** What one node found when it read its disk. */
export const NodeVerified = Type.Object({
  node: Type.String(),
  peerId: Type.String(),
  answered: Type.Boolean({ description: 'false: it is silent, or fell silent meanwhile; the numbers are of what it said before' }),
  reason: nullable(Type.String({ description: 'why it did not answer' })),
  chunks: Type.Number({ description: 'read, or missing' }),
  bytes: Type.Number({ description: 'read and good' }),
  good: Type.Number(),
  damaged: Type.Number(),
  missing: Type.Number({ description: 'should be on its disk and were not' }),
  healed: Type.Number({ description: 'of the damaged and missing ones: replaced by copies of other nodes' })
})
export type NodeVerified = Static<typeof NodeVerified>

export const VerifyReport = Type.Object({
  nodes: Type.Array(NodeVerified),
  lost: Type.Number({ description: 'chunks of which no node that answered has a good copy' }),
  lostChunks: Type.Array(Type.String(), { description: 'the first hundred of them' }),
  away: Type.Optional(Type.Number({ description: 'originals whose bytes are in the cloud only: of them their lists were read' }))
})
export type VerifyReport = Static<typeof VerifyReport>

/** Of a job of kind `verify`, files are chunks, and `verify` is there when it is done. */
export const JobView = Type.Object({
  id: Type.String(),
  kind: Type.String({ description: '`scan`, `verify`, and what others name theirs' }),
  verify: Type.Optional(VerifyReport),
  title: Type.String(),
  node: Type.String(),
  workflows: Type.Optional(Type.Array(Type.String(), { description: 'ids of the workflows that it comes of, itself among them' })),
  automatic: Type.Optional(Type.Boolean({ description: 'true: the node began it by itself' })),
  pausable: Type.Optional(Type.Boolean({ description: 'false: it can not wait in the middle of its work' })),
  retryable: Type.Optional(Type.Boolean({ description: 'false: it can not be made again of what was kept of it; where it was begun it can be begun anew' })),
  state: Type.Union([Type.Literal('running'), Type.Literal('paused'), Type.Literal('done'), Type.Literal('failed'), Type.Literal('cancelled'), Type.Literal('interrupted')]),
  step: Type.Optional(Type.String({ description: 'what it does now, or waits for' })),
  report: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'what the job of this kind found' })),
  startedMs: Ms,
  endedMs: nullable(Ms),
  filesDone: Type.Number(),
  filesTotal: Type.Number(),
  bytesDone: Type.Number(),
  bytesTotal: Type.Number(),
  imported: Type.Number(),
  known: Type.Number(),
  refused: Type.Number(),
  results: Type.Array(ImportResult, { description: 'refused files first; at most 1000' }),
  error: nullable(Type.String())
})
export type JobView = Static<typeof JobView>
export const JobList = Type.Object({ jobs: Type.Array(JobView), silent: Type.Optional(Type.Array(Type.String(), { description: 'names of nodes whose jobs are missing here, for they did not answer' })) })
export type JobList = Static<typeof JobList>

export const ScanRequest = Type.Object({
  path: Type.String({ minLength: 1, maxLength: 4096, description: 'absolute path, on the node\'s machine, of one of its folders or of something in one' }),
  again: Type.Optional(Type.Boolean({ description: 'read files again that seem to be as they were, and believe that all are gone' }))
}, { additionalProperties: false })
export type ScanRequest = Static<typeof ScanRequest>
