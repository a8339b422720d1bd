import type { CameraId, PeerId } from './ids.ts'
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
