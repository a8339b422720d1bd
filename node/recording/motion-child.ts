/** The process that decodes keyframes for motion: what a damaged one does here harms no recording. */
import { AV_LOG_QUIET } from 'node-av/constants'
import { CodecContext, FFmpegError, Frame, Log, Packet } from 'node-av/lib'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { decoderOf } from '../library/decoder.ts'
import type { MotionLook, MotionSeen } from './motion-detector.ts'
import { blocksOf, changeOf } from './motion-picture.ts'

/** Larger pictures are not decoded, in pixels. @default 36000000 */
const MAX_PIXELS = 36_000_000
/** Pictures remembered, one per camera. @default 256 */
const MAX_CAMERAS = 256

Log.setLevel(AV_LOG_QUIET)
const frame = new Frame()
frame.alloc()
const packet = new Packet()
packet.alloc()
const before = new Map<string, Float32Array>()

process.on('message', ({ id, ...asked }: MotionLook) => {
  process.send?.({ id, change: look(asked) } satisfies MotionSeen)
})
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order

/** undefined when it can not be decoded; nothing changed in the first picture of a camera. */
function look({ camera, codec, bytes, areas }: Omit<MotionLook, 'id'>): MotionSeen['change'] {
  const blocks = blocksIn(codec, bytes)
  if (blocks === undefined) return undefined
  const known = before.get(camera)
  before.delete(camera)
  before.set(camera, blocks)
  for (const oldest of before.keys()) if (before.size > MAX_CAMERAS) before.delete(oldest)
  return known === undefined ? { share: 0, zones: [] } : changeOf(known, blocks, areas)
}

/** A decoder of its own for each picture: nothing of another camera's stream is in it. */
function blocksIn(codecName: VideoCodec, bytes: Uint8Array): Float32Array | undefined {
  const codec = decoderOf(codecName)
  const context = new CodecContext()
  context.allocContext3(codec)
  context.threadCount = 1
  context.setOption('max_pixels', MAX_PIXELS)
  try {
    FFmpegError.throwIfError(context.open2Sync(codec, null))
    packet.data = Buffer.from(bytes)
    if (context.sendPacketSync(packet) < 0 || context.sendPacketSync(null) < 0 || context.receiveFrameSync(frame) < 0) return undefined
    const [luma] = frame.data ?? []
    return luma === undefined ? undefined : blocksOf(luma, frame.width, frame.height, frame.linesize[0] ?? frame.width)
  } catch {
    return undefined
  } finally {
    packet.unref()
    frame.unref()
    context.freeContext()
  }
}
