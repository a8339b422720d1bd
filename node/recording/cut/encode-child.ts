/** The process that makes a few pictures of a cut anew: one group in, its wanted pictures out. What a damaged one does here harms nobody else. */
import { AV_CODEC_ID_H264, AV_LOG_QUIET, AVERROR_EOF, AVERROR_EAGAIN, AV_PICTURE_TYPE_NONE, FF_ENCODER_LIBX264 } from 'node-av/constants'
import { Encoder } from 'node-av/api'
import { Codec, CodecContext, FFmpegError, Frame, Log, Packet, Rational } from 'node-av/lib'
import { isKeyframe, joinAnnexB, joinAvcc, NAL, nalType, splitAnnexB, splitAvcc } from '#protocols/rtp/h264.ts'
import { codecOptions } from '#ring/base/codec-options.ts'
import type { EncodedGroup, GroupToEncode } from './group-encoder.ts'

/** Larger pictures are not decoded, in pixels. @default 36000000 */
const MAX_PIXELS = 36_000_000
/** Quality of what is made anew, x264's scale (0 lossless): by eye the same as its source. @default 14 */
const QUALITY = 14
const TICKS = new Rational(1, 90_000)
const PROFILES: Readonly<Record<number, string>> = { 66: 'baseline', 77: 'main', 88: 'main', 100: 'high' }

Log.setLevel(AV_LOG_QUIET)
process.on('message', (request: GroupToEncode) => { process.send?.(answer(request)) })
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order

function answer(request: GroupToEncode): EncodedGroup | { refused: string } {
  try {
    return encodeGroup(request)
  } catch (err) {
    return { refused: err instanceof Error ? err.message : String(err) }
  }
}

function encodeGroup(request: GroupToEncode): EncodedGroup {
  const encoder = Encoder.createSync(FF_ENCODER_LIBX264, {
    context: { maxBFrames: 0, threadCount: 1, gopSize: request.pictures.length + 1, framerate: new Rational(Math.max(1, Math.round(request.fps)), 1) },
    configure: codecOptions({ preset: 'veryfast', crf: QUALITY, profile: PROFILES[request.profile] ?? 'high', 'x264-params': `scenecut=0:keyint=infinite:bframes=0:sps-id=${request.id}:annexb=1:repeat-headers=1:sliced-threads=0:rc-lookahead=0:sync-lookahead=0` })
  })
  const made: EncodedGroup['pictures'] = []
  const sets = new Map<number, Uint8Array>()
  const take = (packets: readonly Packet[]): void => {
    for (const packet of packets) {
      const nals = splitAnnexB(new Uint8Array(packet.data ?? []))
      for (const nal of nals) if ([NAL.sps, NAL.pps].some((type) => type === nalType(nal))) sets.set(nalType(nal), nal)
      const { num, den } = packet.timeBase
      made.push({ bytes: joinAvcc(nals), shownAt: Math.round(Number(packet.pts) * num / den * 90_000), key: isKeyframe(nals) })
      packet.free()
    }
  }
  try {
    for (const frame of decoded(request)) take(encoder.encodeAllSync(frame))
    take(encoder.encodeAllSync(null))
  } finally {
    encoder.close()
  }
  const [sps, pps] = [sets.get(NAL.sps), sets.get(NAL.pps)]
  if (made.length === 0 || sps === undefined || pps === undefined) throw new Error('none of its pictures can be decoded')
  return { pictures: made, sps, pps }
}

/** The wanted pictures, in the order they are shown; each is valid until the next. */
function* decoded({ parameters, pictures, fromTicks, toTicks }: GroupToEncode): Generator<Frame> {
  const context = new CodecContext()
  const codec = Codec.findDecoder(AV_CODEC_ID_H264)
  const packet = new Packet()
  const frame = new Frame()
  packet.alloc()
  frame.alloc()
  context.allocContext3(codec)
  context.threadCount = 1
  context.pktTimebase = TICKS
  context.setOption('max_pixels', MAX_PIXELS)
  try {
    FFmpegError.throwIfError(context.open2Sync(codec, null))
    for (const picture of [...pictures, null]) {
      packet.unref()
      if (picture !== null) {
        packet.data = Buffer.from(joinAnnexB([...picture.key ? parameters : [], ...splitAvcc(picture.bytes)]))
        packet.pts = packet.dts = BigInt(picture.shownAt)
        packet.timeBase = TICKS
      }
      FFmpegError.throwIfError(context.sendPacketSync(picture === null ? null : packet))
      for (;;) {
        const code = context.receiveFrameSync(frame)
        if (code === AVERROR_EAGAIN || code === AVERROR_EOF) break
        FFmpegError.throwIfError(code)
        const pts = Number(frame.pts)
        if (pts < fromTicks || pts >= toTicks) continue
        frame.timeBase = TICKS
        frame.pictType = AV_PICTURE_TYPE_NONE // else the encoder would make keyframes where the source had them
        yield frame
      }
    }
  } finally {
    packet.free()
    frame.free()
    context.freeContext()
  }
}
