import type { CameraId, PeerId } from './ids.ts'
import type { CameraState } from './media.ts'
import { protoFile } from './codec.ts'

export const PRESENCE_PROTOCOL = '/thatdam/presence/1.0.0'

/** What a node says of itself with every heartbeat. */
export interface Presence {
  cameras: CameraPresence[]
  freeBytes: number
  usedBytes: number
  chunks: number
  acceptsWrites: boolean
  viewers: number
  layoutDigest: string
  http: string
  /** `ok`, `low`, `slow`, `full`, `read-only` or `failing`; empty when it does not say. */
  disk: string
  /** What a person should know of on that node, the gravest first; at most MAX_ALARM_NOTES. */
  alarms: AlarmNote[]
  /** Cameras whose peers are connected to that node, live or not; at most MAX_ATTACHED. */
  attached: AttachedCamera[]
}

/** @default 256 */
export const MAX_ATTACHED = 256

export interface AttachedCamera extends CameraState { peerId: PeerId }

/** Alarms told with a heartbeat. @default 20 */
export const MAX_ALARM_NOTES = 20

/** Something a person should know of. */
export interface AlarmNote {
  key: string
  critical: boolean
  message: string
  sinceMs: number
}

/** A camera that is published to this node now. */
export interface CameraPresence {
  cameraId: CameraId
  name: string
  source: string
  peerId: PeerId
  recording: boolean
  /** Capture time (Unix ms) of the newest durable second; 0 when none yet. */
  lastDurableMs: number
  durableCopies: number
  bitsPerSecond: number
  width: number
  height: number
  framesPerSecond: number
  sinceMs: number
  audio: boolean
}

export const presenceCodec = protoFile('./presence.proto')<Presence>('Presence', 256 * 1024)
