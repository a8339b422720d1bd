import { AV_CODEC_FLAG_LOW_DELAY, AV_CODEC_ID_AV1, AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8, AV_CODEC_ID_VP9 } from 'node-av/constants'
import { Codec, CodecContext, FFmpegError } from 'node-av/lib'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { codecOptions } from '#ring/base/codec-options.ts'

const IDS = { H264: AV_CODEC_ID_H264, H265: AV_CODEC_ID_HEVC, VP8: AV_CODEC_ID_VP8, VP9: AV_CODEC_ID_VP9, AV1: AV_CODEC_ID_AV1 } as const satisfies Record<VideoCodec, unknown>

export interface LiveDecoderInit {
  /** Larger pictures are not decoded. */
  readonly maxPixels: number
  /** A picture comes out when it goes in, and not when the next one does. @default true */
  readonly lowDelay?: boolean
  /** More of FFmpeg's options, by their names. */
  readonly options?: Readonly<Record<string, string>>
}

/** A decoder of a live codec, on one thread; whoever opened it frees it. @throws FFmpegError */
export function openLiveDecoder(name: VideoCodec, { maxPixels, lowDelay = true, options = {} }: LiveDecoderInit): CodecContext {
  const context = new CodecContext()
  try {
    const codec = Codec.findDecoder(IDS[name])
    context.allocContext3(codec)
    context.threadCount = 1
    if (lowDelay) context.setFlags(AV_CODEC_FLAG_LOW_DELAY)
    codecOptions({ max_pixels: maxPixels, ...options })(context)
    FFmpegError.throwIfError(context.open2Sync(codec, null))
    return context
  } catch (err) {
    context.freeContext()
    throw err
  }
}
