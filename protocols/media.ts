import { protoFile } from './codec.ts'
import type { CameraId, PeerId } from './ids.ts'

export const MEDIA_PROTOCOL = '/thatdam/media/1.0.0'

/** Largest RTP packet that our own sources make, in bytes. */
export const MAX_RTP_BYTES = 1_200
/** Largest RTP packet that travels, in bytes: publishers over WHIP choose their own size, up to what an Ethernet frame takes. */
export const MAX_ACCEPTED_RTP_BYTES = 1_440

export interface Track {
  index: number
  kind: 'video' | 'audio'
  codec: 'H264' | 'opus'
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
  | { publish: { cameraId: CameraId; cameraName: string; source: string; tracks: Track[]; insist: boolean } }
  | { subscribe: { cameraId: CameraId } }
  | { accept: { tracks: Track[]; nodes: MediaNode[] } }
  | { redirect: { peerId: PeerId; addresses: string[] } }
  | { refuse: { code: string; reason: string } }
  | { packets: { packets: TrackPacket[] } }
  | { report: TrackReport }
  | { keyframe: Record<string, never> }
  | { end: { reason: string } }

export const mediaCodec = protoFile('./media.proto')<MediaMessage>('MediaMessage', 256 * 1024)
