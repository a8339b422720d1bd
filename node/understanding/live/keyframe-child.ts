/** The process that decodes keyframes of live cameras to small pictures: what a damaged one does here ends this process, and nothing else. */
import { AV_LOG_QUIET } from 'node-av/constants'
import { CodecContext, FFmpegError, Frame, Log, Packet } from 'node-av/lib'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { decoderOf } from '../../library/decoder.ts'
import { createUprightShrinker, pictureOf } from '../analysis/pictures/upright-pictures.ts'
import type { Picture } from '../inference/inference.ts'
import type { KeyframeOrder, KeyframePicture } from './keyframe-decoder.ts'

/** Larger pictures are not decoded, in pixels. @default 36000000 */
const MAX_PIXELS = 36_000_000

Log.setLevel(AV_LOG_QUIET)
const frame = new Frame()
frame.alloc()
const packet = new Packet()
packet.alloc()
const shrinker = createUprightShrinker(0)

process.on('message', ({ id, codec, bytes }: KeyframeOrder) => {
  process.send?.({ id, picture: decoded(codec, bytes) } satisfies KeyframePicture)
})
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order

/** A decoder of its own for each picture: nothing of another camera's stream is in it. */
function decoded(name: VideoCodec, bytes: Uint8Array): Picture | undefined {
  const codec = decoderOf(name)
  const context = new CodecContext()
  context.allocContext3(codec)
  context.threadCount = 1
  context.setOption('max_pixels', MAX_PIXELS)
  try {
    FFmpegError.throwIfError(context.open2Sync(codec, null))
    packet.data = Buffer.from(bytes)
    if (context.sendPacketSync(packet) < 0 || context.sendPacketSync(null) < 0 || context.receiveFrameSync(frame) < 0) return undefined
    return shrinker.shrink(frame, pictureOf)
  } catch {
    return undefined
  } finally {
    packet.unref()
    frame.unref()
    context.freeContext()
  }
}
