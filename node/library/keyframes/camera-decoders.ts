/** Decoders of live cameras that go on from picture to picture, for what looks at brightness and not at detail. */
import { type CodecContext, FFmpegError, Frame, Packet } from 'node-av/lib'
import type { CameraId } from '#protocols/ids.ts'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { openLiveDecoder } from '../decoder.ts'
import { MAX_PIXELS } from './keyframe-child.ts'

/** Cameras whose decoder stays open; of more, the one longest not asked is closed. @default 64 */
export const MAX_DECODERS = 64
/** A decoder that was not asked for so long is closed, in ms. @default 30000 */
export const DECODER_IDLE_MS = 30_000

/** Pictures that no other is made of are passed over, and the edges of blocks stay as they are. */
const OPTIONS = { skip_frame: 'noref', skip_loop_filter: 'all', flags2: '+fast' }

export interface CameraDecoders {
  /** Uses the newest picture that comes out; undefined when none does. Unless `goesOn`, the first one is a keyframe. */
  decode<T>(camera: CameraId, codec: VideoCodec, pictures: readonly Uint8Array[], goesOn: boolean, use: (frame: Frame) => T): T | undefined
}

export function createCameraDecoders({ maxDecoders = MAX_DECODERS }: { maxDecoders?: number } = {}): CameraDecoders {
  const open = new Map<CameraId, { readonly context: CodecContext; usedMs: number }>()
  const packet = new Packet()
  let [shown, next] = [new Frame(), new Frame()]
  for (const each of [packet, shown, next]) each.alloc()

  function close(camera: CameraId): void {
    open.get(camera)?.context.freeContext()
    open.delete(camera)
  }

  function opened(camera: CameraId, codec: VideoCodec): CodecContext {
    close(camera)
    const context = openLiveDecoder(codec, { maxPixels: MAX_PIXELS, options: OPTIONS })
    open.set(camera, { context, usedMs: performance.now() })
    return context
  }

  /** The camera was asked now. */
  function keep(camera: CameraId): void {
    const known = open.get(camera)
    if (known === undefined) return
    open.delete(camera)
    open.set(camera, { ...known, usedMs: performance.now() })
    for (const [other, { usedMs }] of open) if (open.size > maxDecoders || performance.now() - usedMs > DECODER_IDLE_MS) close(other)
  }

  /** The last picture of those is `shown`. Asking for one more empties the frame it would be put into. */
  function advance(context: CodecContext, pictures: readonly Uint8Array[]): boolean {
    let isShown = false
    for (const picture of pictures) {
      packet.unref()
      packet.data = Buffer.from(picture)
      FFmpegError.throwIfError(context.sendPacketSync(packet))
      while (context.receiveFrameSync(next) >= 0) [shown, next, isShown] = [next, shown, true]
    }
    return isShown
  }

  return {
    decode(camera, codec, pictures, goesOn, use) {
      try {
        const context = goesOn ? open.get(camera)?.context : opened(camera, codec)
        return context !== undefined && advance(context, pictures) ? use(shown) : undefined
      } catch {
        close(camera)
        return undefined
      } finally {
        packet.unref()
        shown.unref()
        keep(camera)
      }
    }
  }
}
