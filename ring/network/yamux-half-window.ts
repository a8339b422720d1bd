/**
 * Yamux that opens a stream's window again when half of it is used, as the muxers of Go do, and not with every frame: each update is a frame of its own, sealed, sent and opened.
 * A stream that is opened while its connection closes ends; in the library, the first update of such a stream throws where nobody can catch it, and the process ends.
 */
import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'

/** A stream is past its first frames, in the library's numbers of states. */
const ESTABLISHED = 3

/** What the library has for a stream and does not say in its types. */
interface Windowed {
  state: number
  /** Bytes the other end may send in all, and may still send. */
  recvWindow: number
  recvWindowCapacity: number
  sendWindowUpdate(): void
  abort(error: Error): void
}

/** As `yamux()` of the library, which has no setting for this; a version of it that makes its streams elsewhere works as it is. */
export function yamuxHalfWindow(init: Parameters<typeof yamux>[0]): () => StreamMuxerFactory {
  const create = yamux(init)
  return () => {
    const factory = create()
    const createStreamMuxer = factory.createStreamMuxer.bind(factory)
    return Object.assign(factory, {
      createStreamMuxer(connection: MessageStream) {
        const muxer = createStreamMuxer(connection)
        const inner = muxer as unknown as { _newStream?: (...args: unknown[]) => Windowed }
        const newStream = inner._newStream?.bind(muxer)
        if (newStream !== undefined) inner._newStream = (...args) => atHalfWindow(newStream(...args))
        return muxer
      }
    })
  }
}

/** Updates that carry a flag, or come after a pause, are sent as ever. */
function atHalfWindow(stream: Windowed): Windowed {
  const update = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    if (stream.state === ESTABLISHED && stream.recvWindowCapacity > stream.recvWindow / 2) return
    try {
      update()
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }
  return stream
}
