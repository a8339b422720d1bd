import type { Codec } from '#protocols/codec.ts'
import { InvalidInputError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { FrameStream } from './frame-stream.ts'
import type { MessageStream } from './network.ts'

/** Messages of one codec over a stream of frames; a message that cannot be read ends the stream. */
export function messageStream<Message>(frames: FrameStream, codec: Codec<Message>, remote: PeerId): MessageStream<Message> {
  return {
    remote,
    get queuedBytes() { return frames.queuedBytes },
    ended: frames.ended,
    send: async (message, options) => frames.write(encodeWithin(codec, message), options),
    close: () => frames.close(),
    abort: (reason) => frames.abort(reason),
    async *[Symbol.asyncIterator]() {
      for (let frame = await frames.read(); frame !== undefined; frame = await frames.read()) yield decodeOrAbort(frames, codec, frame)
    }
  }
}

/** The message's bytes, never more than its codec allows. @throws InvalidInputError */
export function encodeWithin<Message>(codec: Codec<Message>, message: Message): Uint8Array {
  const bytes = codec.encode(message)
  if (bytes.byteLength > codec.maxBytes) throw new InvalidInputError(`a message of ${bytes.byteLength} bytes exceeds the limit of ${codec.maxBytes}: send less at once`)
  return bytes
}

/** @throws InvalidMessageError, after the stream was ended with it */
export function decodeOrAbort<Message>(frames: FrameStream, codec: Codec<Message>, frame: Uint8Array): Message {
  try {
    return codec.decode(frame)
  } catch (err) {
    frames.abort(err as Error)
    throw err
  }
}
