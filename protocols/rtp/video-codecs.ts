/** The codecs pictures may come in, and what is told apart of them in RTP packets. */
import { av1Payloads, beginsAv1Keyframe } from './av1.ts'
import { concat, depacketiser, type Depacketiser, type PayloadReader } from './depacketiser.ts'
import { beginsH264Keyframe, joinAnnexB } from './h264.ts'
import { h264Payloads } from './h264-depacketiser.ts'
import { beginsH265Keyframe, h265Payloads } from './h265.ts'
import { beginsVp8Keyframe, vp8Payloads } from './vp8.ts'
import { beginsVp9Keyframe, vp9Payloads } from './vp9.ts'

/** Names as in `a=rtpmap` (RFC 6184, 7798, 7741, 9628, and the AV1 payload format). */
export type VideoCodec = 'H264' | 'H265' | 'VP8' | 'VP9' | 'AV1'

interface Known {
  /** What people call it. */
  readonly name: string
  readonly payloads: () => PayloadReader
  readonly beginsKeyframe: (payload: Uint8Array) => boolean
}

const KNOWN: Readonly<Record<VideoCodec, Known>> = {
  H264: { name: 'H.264', payloads: h264Payloads, beginsKeyframe: beginsH264Keyframe },
  H265: { name: 'HEVC', payloads: h265Payloads, beginsKeyframe: beginsH265Keyframe },
  VP8: { name: 'VP8', payloads: vp8Payloads, beginsKeyframe: beginsVp8Keyframe },
  VP9: { name: 'VP9', payloads: vp9Payloads, beginsKeyframe: beginsVp9Keyframe },
  AV1: { name: 'AV1', payloads: av1Payloads, beginsKeyframe: beginsAv1Keyframe }
}

export const VIDEO_CODECS = Object.keys(KNOWN) as readonly VideoCodec[]
export const isVideoCodec = (codec: string): codec is VideoCodec => Object.hasOwn(KNOWN, codec)

/** What people call it: `H.264`. */
export const codecName = (codec: VideoCodec): string => KNOWN[codec].name

export const depacketiserOf = (codec: VideoCodec, init: { reorderPackets?: number } = {}): Depacketiser => depacketiser(KNOWN[codec].payloads(), init)

/** A packet with this payload is the first of a picture a decoder can start from, or of its parameter sets. */
export const beginsKeyframe = (codec: VideoCodec, payload: Uint8Array): boolean => payload.length > 0 && KNOWN[codec].beginsKeyframe(payload)

/** A picture as decoders take it: NALs as an Annex-B byte stream, everything else as it is. */
export function decodable(codec: VideoCodec, nals: readonly Uint8Array[]): Uint8Array {
  return codec === 'H264' || codec === 'H265' ? joinAnnexB(nals) : concat(nals)
}
