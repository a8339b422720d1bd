/** The process that decodes one camera: access units of the codec it is started with in, JPEGs of the newest picture out. It dies with its parent. */
import { AV_LOG_QUIET, AV_NOPTS_VALUE } from 'node-av/constants'
import { Frame, Log, Packet } from 'node-av/lib'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { openLiveDecoder } from '../../library/decoder.ts'
import { jpeg } from '../../library/poster.ts'

/** Pixels of the largest picture that is decoded. @default 12582912 */
export const MAX_PICTURE_PIXELS = 4_096 * 3_072

export type DecoderRequest =
  | { readonly unit: Uint8Array }
  /** `width` in pixels; a narrower camera stays as it is, and 0 is the camera's own. */
  | { readonly picture: number; readonly width: number }
  /** A picture of its own (a keyframe with its parameter sets), that has nothing to do with those before. */
  | { readonly still: number; readonly unit: Uint8Array; readonly width: number }
export type DecoderReply =
  | { readonly decoded: boolean }
  | { readonly picture: number; readonly jpeg: Uint8Array | undefined }

Log.setLevel(AV_LOG_QUIET)
const context = openLiveDecoder(process.argv[2] as VideoCodec, { maxPixels: MAX_PICTURE_PIXELS })
const packet = new Packet()
packet.alloc()
const incoming = new Frame()
incoming.alloc()
let newest: Frame | undefined
/** JPEGs of the newest picture by width. */
let made = new Map<number, Uint8Array>()

process.on('message', (request: DecoderRequest) => {
  process.send?.(answer(request))
})
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order

function answer(request: DecoderRequest): DecoderReply {
  if ('still' in request) return { picture: request.still, jpeg: drawStill(request.unit, request.width) }
  return 'unit' in request ? { decoded: decode(request.unit) } : { picture: request.picture, jpeg: draw(request.width) }
}

/** Nothing of a picture before is left that could be taken for this one. */
function drawStill(unit: Uint8Array, width: number): Uint8Array | undefined {
  context.flushBuffers()
  newest?.free()
  newest = undefined
  made = new Map()
  decode(unit)
  return draw(width)
}

/** Answers whether there is a new picture. */
function decode(unit: Uint8Array): boolean {
  packet.unref()
  packet.data = Buffer.from(unit)
  packet.pts = packet.dts = AV_NOPTS_VALUE
  let fresh = false
  if (context.sendPacketSync(packet) < 0) return false
  while (context.receiveFrameSync(incoming) >= 0) {
    newest?.free()
    newest = incoming.clone() ?? undefined
    made = new Map()
    fresh = true
  }
  return fresh
}

function draw(width: number): Uint8Array | undefined {
  if (newest === undefined) return undefined
  try {
    const bytes = made.get(width) ?? jpeg(newest, width === 0 ? 'scale=w=trunc(iw/2)*2:h=trunc(ih/2)*2' : `scale=w=min(${width}\\,trunc(iw/2)*2):h=-2`)
    made.set(width, bytes)
    return bytes
  } catch {
    return undefined
  }
}
