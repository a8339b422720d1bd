import { AV_CODEC_ID_AV1, AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8, AV_CODEC_ID_VP9 } from 'node-av/constants'
import { Codec } from 'node-av/lib'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'

const IDS = { H264: AV_CODEC_ID_H264, H265: AV_CODEC_ID_HEVC, VP8: AV_CODEC_ID_VP8, VP9: AV_CODEC_ID_VP9, AV1: AV_CODEC_ID_AV1 } as const satisfies Record<VideoCodec, unknown>

/** The library's decoder of a live codec. */
export const decoderOf = (codec: VideoCodec): Codec | null => Codec.findDecoder(IDS[codec])
