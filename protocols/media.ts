import { protoFile } from './codec.ts'
import type { CameraId, PeerId } from './ids.ts'
import type { VideoCodec } from './rtp/video-codecs.ts'

export const MEDIA_PROTOCOL = '/thatdam/media/1.0.0'

/** Largest RTP packet that our own sources make, in bytes. */
export const MAX_RTP_BYTES = 1_200
/** Largest RTP packet that travels, in bytes: publishers over WHIP choose their own size, up to what an Ethernet frame takes. */
export const MAX_ACCEPTED_RTP_BYTES = 1_440

export interface Track {
  index: number
  kind: 'video' | 'audio'
  codec: VideoCodec | 'opus'
  /** Hz. */
  clockRate: number
  /** Audio only; 0 for video. */
  channels: number
  fmtp: string
  width: number
  height: number
}

export interface MediaNode {
  peerId: PeerId
  zone: string
  weight: number
  addresses: string[]
}

/** One RTP packet of one track; `rtp` is the whole packet (RFC 3550). */
export interface TrackPacket {
  track: number
  rtp: Uint8Array
}

/** The source's own pairing of wall clock (Unix ms, fractional) and RTP time. */
export interface TrackReport {
  track: number
  wallMs: number
  rtp: number
}

/** Exactly one field is set, as in the `oneof`. */
export type MediaMessage =
  | { publish: { cameraId: CameraId; cameraName: string; source: string; tracks: Track[]; insist: boolean; acks?: boolean } }
  | { subscribe: { cameraId: CameraId } }
  | { accept: { tracks: Track[]; nodes: MediaNode[] } }
  | { redirect: { peerId: PeerId; addresses: string[] } }
  | { refuse: { code: string; reason: string } }
  | { packets: { packets: TrackPacket[] } }
  | { report: TrackReport }
  | { keyframe: Record<string, never> }
  | { end: { reason: string } }
  | { peer: PeerReport }
  | { order: CameraOrder }
  | { result: { id: number; code: string; reason: string } }
  | { probe: Record<string, never> }
  | { load: NodeLoad }
  | { received: { messages: number; stored?: number } }

/** What a machine with cameras sees; at most MAX_REPORTED cameras and devices. */
export interface PeerReport {
  name: string
  cameras: CameraState[]
  devices: Device[]
}

/** @default 64 */
export const MAX_REPORTED = 64

export interface CameraState {
  cameraId: CameraId
  name: string
  source: string
  /** `live`, `waiting`, `failed` or `off`. */
  state: string
  reason: string
  note: string
  adjustable: boolean
  /** A device of its machine: what that is set to can be ordered. */
  settable: boolean
}

export interface Device {
  /** `v4l2`, `screen`, `microphone` or `onvif`. */
  kind: string
  source: string
  name: string
  aliases: string[]
  /** `free`, `in use` or `refused`. */
  state: string
  /** Empty when no camera of this peer uses it. */
  cameraId: string
  reason: string
  modes: DeviceMode[]
  controls: DeviceControl[]
  /** What it is set to; absent when that is not known. */
  now?: DeviceMode | null
}

export interface DeviceMode {
  /** Four characters as V4L2 has them, `MJPG`. */
  format: string
  width: number
  height: number
  fps: number[]
  /** Every rate from the least to the greatest of `fps`. */
  anyRate: boolean
}

export interface DeviceControl {
  name: string
  /** `integer`, `switch` (0 or 1) or `menu`; empty when its machine does not say. */
  kind: string
  min: number
  max: number
  step: number
  defaultValue: number
  value: number
  /** Of a menu. */
  choices: Array<{ value: number; label: string }>
  /** It can not be set now: another control governs it, or it is only read. */
  locked: boolean
}

/** What a camera is to do; 0 and '' leave things as they are. */
export interface CameraOrder {
  id: number
  cameraId: CameraId
  action: string
  bitsPerSecond: number
  width: number
  height: number
  fps: number
  node: string
  device?: DeviceOrder | null
  /** `all`, `remembered` or '' as in the `.proto`. */
  encoding: string
}

/** What a camera's device is to be set to; `auto` and the rest as in the `.proto`. */
export interface DeviceOrder {
  format: string
  width: number
  height: number
  fps: number
  controls: Array<{ name: string; value: number }>
  remembered: boolean
}

export interface NodeLoad {
  cameras: number
  viewers: number
}

export const DESK_PROTOCOL = '/thatdam/desk/1.0.0'

/** Exactly one field is set. */
export interface DeskRequest {
  list?: Record<string, never> | null
  order?: CameraOrder | null
}

export interface DeskResponse { machines: Machine[] }

/** A peer, or a node, and what it sees. */
export interface Machine {
  peerId: PeerId
  node: boolean
  report: PeerReport
}

const proto = protoFile('./media.proto')
export const mediaCodec = proto<MediaMessage>('MediaMessage', 256 * 1024)
export const deskRequestCodec = proto<DeskRequest>('DeskRequest')
export const deskResponseCodec = proto<DeskResponse>('DeskResponse', 2 * 1024 * 1024)
