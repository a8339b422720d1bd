/** What processes have in common that look at keyframes. */
import { AV_LOG_QUIET } from 'node-av/constants'
import { type CodecContext, Frame, Log, Packet } from 'node-av/lib'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { openLiveDecoder } from '../decoder.ts'
import type { Keyframe, KeyframeAnswer, KeyframeOrder } from './keyframe-process.ts'

/** Larger pictures are not decoded, in pixels. @default 36000000 */
export const MAX_PIXELS = 36_000_000

/** Answers what the parent asks, until it is gone. `look` is given the decoded picture, which is its own until it returns. */
export function serveKeyframes<Order extends Keyframe, Answer>(look: (frame: Frame, order: Order) => Answer | undefined): void {
  const decode = createKeyframeDecoder()
  serveOrders<Order, Answer>((order) => decode(order.codec, order.bytes, (frame) => look(frame, order)))
}

/** The same for orders of any kind. */
export function serveOrders<Order extends object, Answer>(answer: (order: Order) => Answer | undefined): void {
  Log.setLevel(AV_LOG_QUIET)
  process.on('message', ({ id, ...order }: KeyframeOrder<Order>) => {
    process.send?.({ id, answer: answer(order as unknown as Order) } satisfies KeyframeAnswer<Answer>)
  })
  process.on('disconnect', () => process.exit())
  process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent ends us in its own order
}

/** A decoder of its own for each picture: nothing of another camera's stream is in it. */
export function createKeyframeDecoder(): <T>(name: VideoCodec, bytes: Uint8Array, use: (frame: Frame) => T) => T | undefined {
  const frame = new Frame()
  frame.alloc()
  const packet = new Packet()
  packet.alloc()
  return (name, bytes, use) => {
    let context: CodecContext | undefined
    try {
      context = openLiveDecoder(name, { maxPixels: MAX_PIXELS, lowDelay: false })
      packet.data = Buffer.from(bytes)
      if (context.sendPacketSync(packet) < 0 || context.sendPacketSync(null) < 0 || context.receiveFrameSync(frame) < 0) return undefined
      return use(frame)
    } catch {
      return undefined
    } finally {
      packet.unref()
      frame.unref()
      context?.freeContext()
    }
  }
}
