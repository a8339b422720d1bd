/** The HTTP API: one schema per message. The server validates and documents with them, the web and the CLI take their types. */
import { type Static, type TSchema, Type } from 'typebox'
import { ORGANISED, ORGANISED_EDIT, type PersonHere, Selection } from './organise.ts'
import { DeepProbe } from './probe.ts'
import { HitFields, ListFields, PlaceFields, SearchFields } from './search.ts'

export * from './cloud.ts'
export * from './footage.ts'
export * from './organise.ts'
export * from './probe.ts'
export * from './uploads.ts'
export * from './accounts.ts'
export * from './webhook.ts'
export * from './workflow.ts'
export * from './folders.ts'
export * from './rolls.ts'
export * from './search.ts'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Ms = Type.Number({ description: 'Unix time, milliseconds' })

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

export const CameraView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  source: Type.String(),
  live: Type.Boolean(),
  node: nullable(Type.Object({ peerId: Type.String(), name: Type.String() }, { description: 'the node it is published to' })),
  here: Type.Boolean({ description: 'published to the node that answers' }),
  recording: Type.Boolean(),
  mode: Type.String({ description: 'when it is recorded: `continuous`, `scheduled`, `manual`, `motion` or `off`' }),
  away: Type.Boolean({ description: 'not missed while it is not attached' }),
  notExpected: nullable(Type.String({ description: 'why it is not to be recorded at this moment; null when it is' })),
  lastDurableMs: Ms,
  durableCopies: Type.Number(),
  bitsPerSecond: Type.Number(),
  width: Type.Number(),
  height: Type.Number(),
  framesPerSecond: Type.Number(),
  audio: Type.Boolean(),
  sinceMs: Ms,
  reason: nullable(Type.String({ description: 'why it is not live' })),
  note: nullable(Type.String({ description: 'what a person should know of its picture' })),
  enabled: Type.Boolean({ description: 'false when it was stopped by order' }),
  adjustable: Type.Boolean({ description: 'its peer encodes it: bitrate, size and rate can be changed' })
})
export type CameraView = Static<typeof CameraView>

export const CameraList = Type.Object({ cameras: Type.Array(CameraView), nowMs: Ms })
export type CameraList = Static<typeof CameraList>

export const CameraAddresses = Type.Object({
  rtsp: nullable(Type.String({ description: 'null when the node serves no RTSP' })),
  hls: Type.String(),
  mjpeg: Type.String(),
  snapshot: Type.String()
})
export type CameraAddresses = Static<typeof CameraAddresses>
/** What `PATCH /cameras/:id/capture` may change: what its machine does. */
export const CaptureChange = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  enabled: Type.Optional(Type.Boolean()),
  video: Type.Optional(Type.Object({
    bitrate: Type.Optional(Type.Integer({ minimum: 50_000, maximum: 50_000_000, description: 'bits per second' })),
    width: Type.Optional(Type.Integer({ minimum: 160, maximum: 3_840, multipleOf: 2 })),
    height: Type.Optional(Type.Integer({ minimum: 90, maximum: 2_160, multipleOf: 2 })),
    fps: Type.Optional(Type.Number({ minimum: 1, maximum: 60 }))
  }, { additionalProperties: false, description: 'where the peer encodes' }))
}, { additionalProperties: false, minProperties: 1 })
export type CaptureChange = Static<typeof CaptureChange>

export const CameraMove = Type.Object({ node: Type.String({ minLength: 1, maxLength: 200, description: 'name or peer id of a node' }) }, { additionalProperties: false })
export type CameraMove = Static<typeof CameraMove>

export const DeviceView = Type.Object({
  kind: Type.String({ description: '`v4l2`, `screen`, `microphone` or `onvif`' }),
  source: Type.String({ description: 'what to write after --source' }),
  name: Type.String(),
  aliases: Type.Array(Type.String(), { description: 'lasting names of the same device' }),
  state: Type.String({ description: '`free`, `in use` or `refused`' }),
  camera: nullable(Type.String({ description: 'the camera that uses it' })),
  reason: nullable(Type.String({ description: 'why it is refused' })),
  modes: Type.Array(Type.Object({ format: Type.String(), width: Type.Number(), height: Type.Number(), fps: Type.Array(Type.Number()) })),
  controls: Type.Array(Type.Object({ name: Type.String(), min: Type.Number(), max: Type.Number(), value: Type.Number() }))
})
export type DeviceView = Static<typeof DeviceView>

export const DeviceList = Type.Object({
  machines: Type.Array(Type.Object({ peerId: Type.String(), name: Type.String(), role: Type.String(), devices: Type.Array(DeviceView) })),
  silent: Type.Array(Type.String(), { description: 'nodes that did not answer: what is connected to them is missing here' }),
  nowMs: Ms
})
export type DeviceList = Static<typeof DeviceList>

export const RecordingSpan = Type.Object({
  session: Type.String(),
  startMs: Ms,
  endMs: Ms,
  bytes: Type.Number(),
  node: Type.String({ description: 'name of the node that recorded it' }),
  growing: Type.Boolean(),
  ended: nullable(Type.String()),
  arrivedMs: Type.Optional(Type.Number({ description: 'Unix ms at which the newest part began to come, by the clock of the node; `capturedMs` is the same moment by the clock of the camera' })),
  capturedMs: Type.Optional(Type.Number())
})
export type RecordingSpan = Static<typeof RecordingSpan>

export const RecordingList = Type.Object({
  camera: Type.String(),
  fromMs: Ms,
  toMs: Ms,
  spans: Type.Array(RecordingSpan),
  gaps: Type.Array(Type.Object({ startMs: Ms, endMs: Ms, reason: Type.String() }), { description: 'between two spans of the window' }),
  hours: Type.Array(Type.String(), { description: 'all UTC hours with recordings, `2026-11-22T17`' })
})
export type RecordingList = Static<typeof RecordingList>

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
  trash: Type.Optional(Type.Object({ deletedAtMs: Ms, purgeAtMs: Ms }, { description: 'there while it is in the trash: it can be restored until `purgeAtMs`' }))
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
  lostChunks: Type.Array(Type.String(), { description: 'the first hundred of them' })
})
export type VerifyReport = Static<typeof VerifyReport>

/** Of a job of kind `verify`, files are chunks, and `verify` is there when it is done. */
export const JobView = Type.Object({
  id: Type.String(),
  kind: Type.String({ description: '`scan`, `verify`, and what others name theirs' }),
  verify: Type.Optional(VerifyReport),
  title: Type.String(),
  node: Type.String(),
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

