/** The process that makes H.264 of one camera's pictures: access units of the codec it is started with in, baseline access units out. It dies with its parent. */
import { setPriority } from 'node:os'
import { AV_LOG_QUIET, AV_PICTURE_TYPE_I, AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, FF_ENCODER_LIBX264 } from 'node-av/constants'
import { Encoder } from 'node-av/api'
import { FFmpegError, Frame, Log, Packet, Rational } from 'node-av/lib'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { codecOptions } from '#ring/base/codec-options.ts'
import { openLiveDecoder } from '../../library/decoder.ts'

/** Pixels of the largest picture that is made anew. @default 2228224 */
export const MAX_TRANSCODED_PIXELS = 2_228_224
/** Bits per second for a picture of 1280x720; others in proportion, at least a fifth. @default 2500000 */
export const TRANSCODED_BITS = 2_500_000
/** Pictures between keyframes, beside those that are asked for. @default 120 */
export const TRANSCODED_GOP = 120
/** Below what records and sends on this machine. */
const NICE = 10

export type TranscodeRequest =
  /** A picture as decoders take it, and its 32-bit RTP time. */
  | { readonly unit: Uint8Array; readonly timestamp: number }
  | { readonly keyframe: true }
export type TranscodeReply =
  /** An Annex-B access unit and the time of its picture; a request that made none is answered without. */
  | { readonly unit?: Uint8Array; readonly timestamp?: number; readonly done: boolean }
  | { readonly impossible: string }

Log.setLevel(AV_LOG_QUIET)
setPriority(NICE)
const decoder = openLiveDecoder(process.argv[2] as VideoCodec, { maxPixels: MAX_TRANSCODED_PIXELS })
const packet = new Packet()
packet.alloc()
const frame = new Frame()
frame.alloc()
let encoder: { readonly own: Encoder; readonly size: string } | undefined
let keyWanted = false

process.on('message', (request: TranscodeRequest) => {
  if ('keyframe' in request) keyWanted = true
  else take(request.unit, request.timestamp)
})
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order

const say = (reply: TranscodeReply): void => { process.send?.(reply) }

function take(unit: Uint8Array, timestamp: number): void {
  packet.unref()
  packet.data = Buffer.from(unit)
  packet.pts = packet.dts = BigInt(timestamp)
  if (decoder.sendPacketSync(packet) >= 0) while (decoder.receiveFrameSync(frame) >= 0) encode(frame)
  say({ done: true })
}

function encode(picture: Frame): void {
  const { width, height, pts } = picture
  if (picture.format !== AV_PIX_FMT_YUV420P && picture.format !== AV_PIX_FMT_YUVJ420P) return say({ impossible: 'its pictures are not 8-bit 4:2:0' })
  const timestamp = Number(pts)
  picture.timeBase = new Rational(1, 90_000)
  const isNew = encoder?.size !== `${width}x${height}`
  if (isNew) begin(width, height)
  const packets = keyWanted && !isNew ? encodeKeyframe(encoder!.own, picture) : encoder!.own.encodeAllSync(picture)
  keyWanted = false
  for (const made of packets) {
    if (made.data !== null) say({ unit: Uint8Array.from(made.data), timestamp, done: false })
    made.free()
  }
}

/** The encoder's own send clears the picture type, so a keyframe is given to its codec directly. */
function encodeKeyframe(own: Encoder, picture: Frame): Packet[] {
  picture.pictType = AV_PICTURE_TYPE_I
  FFmpegError.throwIfError(own.getCodecContext()?.sendFrameSync(picture) ?? 0, 'keyframe')
  const packets: Packet[] = []
  for (let made = own.receiveSync(); made instanceof Packet; made = own.receiveSync()) packets.push(made)
  return packets
}

/** Another size is another stream: its first picture is a keyframe with parameter sets. */
function begin(width: number, height: number): void {
  encoder?.own.close()
  const bits = Math.round(TRANSCODED_BITS * Math.max(0.2, width * height / (1_280 * 720)))
  const own = Encoder.createSync(FF_ENCODER_LIBX264, {
    context: { bitRate: bits, rcMaxRate: bits, rcBufferSize: Math.round(bits / 2), gopSize: TRANSCODED_GOP, maxBFrames: 0, threadCount: 1, framerate: new Rational(30, 1) },
    configure: codecOptions({ preset: 'ultrafast', tune: 'zerolatency', profile: 'baseline', 'forced-idr': true, 'x264-params': `scenecut=0:keyint=${TRANSCODED_GOP}` })
  })
  encoder = { own, size: `${width}x${height}` }
}
