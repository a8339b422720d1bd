/** The part of the HTTP API about cameras and what is recorded of them. */
import { type Static, Type } from 'typebox'
import { Ms, nullable } from './schema.ts'

/** Controls that are set of one device, at most. @default 64 */
export const MAX_SET_CONTROLS = 64

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
  adjustable: Type.Boolean({ description: 'its peer encodes it: bitrate, size and rate can be changed' }),
  settable: Type.Boolean({ description: 'its device is set from here: GET /cameras/:id/device' })
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
/** What the device of a camera is set to by order; what is not said is as its machine chooses. Remembered by the ring. */
export const DeviceSettings = Type.Object({
  format: Type.Optional(Type.String({ pattern: '^[\\w -]{3,8}$', description: 'what the camera sends, as its device lists it: `MJPG`, `YUYV`, `H264`; `auto` for format, size and rate as its machine chooses' })),
  width: Type.Optional(Type.Integer({ minimum: 1, maximum: 16_384 })),
  height: Type.Optional(Type.Integer({ minimum: 1, maximum: 16_384 })),
  fps: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000 })),
  controls: Type.Optional(Type.Record(Type.String({ pattern: '^\\w{1,64}$' }), Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }), { maxProperties: MAX_SET_CONTROLS, description: 'by name, as its device lists them: `{"brightness": 128}`' }))
}, { additionalProperties: false })
export type DeviceSettings = Static<typeof DeviceSettings>

/** What is encoded of a camera by order, where its peer encodes; what is not said is as that chooses. Remembered by the ring. */
export const VideoSettings = Type.Object({
  bitrate: Type.Optional(Type.Integer({ minimum: 50_000, maximum: 50_000_000, description: 'bits per second' })),
  width: Type.Optional(Type.Integer({ minimum: 160, maximum: 3_840, multipleOf: 2 })),
  height: Type.Optional(Type.Integer({ minimum: 90, maximum: 2_160, multipleOf: 2 })),
  fps: Type.Optional(Type.Number({ minimum: 1, maximum: 60 }))
}, { additionalProperties: false, description: 'where the peer encodes' })
export type VideoSettings = Static<typeof VideoSettings>

/** What `PATCH /cameras/:id/capture` may change: what its machine does. */
export const CaptureChange = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  enabled: Type.Optional(Type.Boolean()),
  video: Type.Optional(Type.Union([VideoSettings, Type.Literal('auto')], { description: '`auto` forgets what was ordered: as the peer chooses, and what its command line says' })),
  device: Type.Optional(DeviceSettings)
}, { additionalProperties: false, minProperties: 1 })
export type CaptureChange = Static<typeof CaptureChange>

export const CameraMove = Type.Object({ node: Type.String({ minLength: 1, maxLength: 200, description: 'name or peer id of a node' }) }, { additionalProperties: false })
export type CameraMove = Static<typeof CameraMove>

export const DeviceModeView = Type.Object({ format: Type.String(), width: Type.Number(), height: Type.Number(), fps: Type.Array(Type.Number()), anyRate: Type.Boolean({ description: 'every rate from the least to the greatest of `fps`' }) })
export type DeviceModeView = Static<typeof DeviceModeView>

export const DeviceControlView = Type.Object({
  name: Type.String(),
  kind: Type.String({ description: '`integer`, `switch` (0 or 1) or `menu`' }),
  min: Type.Number(), max: Type.Number(), step: Type.Number(), defaultValue: Type.Number(), value: Type.Number(),
  choices: Type.Array(Type.Object({ value: Type.Number(), label: Type.String() }), { description: 'of a menu' }),
  locked: Type.Boolean({ description: 'it can not be set now: another control governs it, or it is only read' })
})
export type DeviceControlView = Static<typeof DeviceControlView>

export const DeviceView = Type.Object({
  kind: Type.String({ description: '`v4l2`, `screen`, `microphone` or `onvif`' }),
  source: Type.String({ description: 'what to write after --source' }),
  name: Type.String(),
  aliases: Type.Array(Type.String(), { description: 'lasting names of the same device' }),
  state: Type.String({ description: '`free`, `in use` or `refused`' }),
  camera: nullable(Type.String({ description: 'the camera that uses it' })),
  reason: nullable(Type.String({ description: 'why it is refused' })),
  modes: Type.Array(DeviceModeView),
  controls: Type.Array(DeviceControlView),
  now: nullable(DeviceModeView)
})
export type DeviceView = Static<typeof DeviceView>

/** `GET /cameras/:id/device`; `device` is null while it is not plugged in or its machine is not connected, `settings` is what was ordered. */
export const CameraDevice = Type.Object({
  device: nullable(DeviceView),
  settings: DeviceSettings
})
export type CameraDevice = Static<typeof CameraDevice>

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
