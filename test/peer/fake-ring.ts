import { MemberUnreachableError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import { type MediaMessage, type MediaNode, mediaCodec, type TrackPacket } from '#protocols/media.ts'
import type { MessageStream, Network } from '#ring'
import type { PacketGroup } from '../../peer/sources/camera-source.ts'

/** One end of a stream in memory; messages pass the real codec. */
interface End extends MessageStream<MediaMessage> {
  /** The other side is gone without a word. */
  cut(reason: Error): void
}

/** Two ends. `slow` holds back what the first one sends while it answers true. */
export function streamPair(first: PeerId, second: PeerId, slow: () => boolean = () => false): [End, End] {
  const toSecond = pipe()
  const toFirst = pipe()
  const ended = new AbortController()
  const finish = (reason: unknown): void => {
    ended.abort(reason)
    toSecond.end(reason)
    toFirst.end(reason)
  }
  const end = (remote: PeerId, out: Pipe, incoming: Pipe, held: () => boolean): End => ({
    remote,
    queuedBytes: 0,
    ended: ended.signal,
    async send(message) {
      ended.signal.throwIfAborted()
      while (held()) {
        await new Promise((resolve) => { setTimeout(resolve, 5) })
        ended.signal.throwIfAborted()
      }
      out.push(mediaCodec.decode(mediaCodec.encode(message)))
    },
    async close() { out.end(undefined) },
    abort: finish,
    cut: finish,
    [Symbol.asyncIterator]: () => incoming.read()
  })
  return [end(second, toSecond, toFirst, slow), end(first, toFirst, toSecond, () => false)]
}

interface Pipe { push(message: MediaMessage): void; end(reason: unknown): void; read(): AsyncGenerator<MediaMessage> }

function pipe(): Pipe {
  const queue: MediaMessage[] = []
  let over: { reason: unknown } | undefined
  let wake = (): void => {}
  return {
    push(message) {
      queue.push(message)
      wake()
    },
    end(reason) {
      over ??= { reason }
      wake()
    },
    async *read() {
      while (true) {
        const message = queue.shift()
        if (message !== undefined) yield message
        else if (over !== undefined) {
          if (over.reason !== undefined) throw over.reason
          return
        } else await new Promise<void>((resolve) => { wake = resolve })
      }
    }
  }
}

/** A node that answers as it is told and remembers what it got. */
export class FakeNode {
  up = true
  silent = false
  slow = false
  /** Tells of every message that it was received. */
  acks = false
  /** Asked with each Publish; the default accepts. */
  answer: (publish: { insist: boolean }) => MediaMessage = () => ({ accept: { tracks: [], nodes: this.nodes } })
  nodes: MediaNode[] = []
  load = { cameras: 0, viewers: 0 }
  readonly got: MediaMessage[] = []
  readonly publishes: Array<{ insist: boolean; source: string }> = []
  readonly id: PeerId
  stream: End | undefined
  constructor(name: string) { this.id = name as PeerId }

  packets(): TrackPacket[] {
    return this.got.flatMap((message) => ('packets' in message ? message.packets.packets : []))
  }

  kill(): void {
    this.up = false
    this.stream?.cut(new Error('connection reset'))
  }

  async serve(end: End): Promise<void> {
    this.stream = end
    let messages = 0
    try {
      for await (const message of end) {
        if ('probe' in message) {
          if (!this.silent) await end.send({ load: this.load })
        } else if ('publish' in message) {
          this.publishes.push(message.publish)
          if (!this.silent) await end.send(this.answer(message.publish))
        } else {
          this.got.push(message)
          messages++
          if (this.acks) await end.send({ received: { messages, stored: 0 } })
        }
      }
    } catch {} // cut
  }
}

/** A network on which these nodes can be dialled. */
export function fakeNetwork(nodes: readonly FakeNode[]): Pick<Network, 'openStream' | 'learn'> & { readonly learned: Map<PeerId, readonly string[]> } {
  const learned = new Map<PeerId, readonly string[]>()
  return {
    learned,
    async openStream(peer) {
      const node = nodes.find((one) => one.id === peer)
      if (node === undefined || !node.up) throw new MemberUnreachableError(`${peer} cannot be dialled`)
      const [near, far] = streamPair('camera' as PeerId, peer, () => node.slow)
      void node.serve(far)
      return near as never
    },
    async learn(peer, addresses) { learned.set(peer, addresses) }
  }
}

/** A group with one packet whose bytes tell its number. */
export function group(number: number, keyframe: boolean, size = 100): PacketGroup {
  const rtp = new Uint8Array(size)
  new DataView(rtp.buffer).setUint32(0, number)
  return { packets: [{ track: 0, rtp }], keyframe, video: true }
}

export const numberOf = ({ rtp }: TrackPacket): number => new DataView(rtp.buffer, rtp.byteOffset).getUint32(0)

/** Wait for a condition, with a deadline. */
export async function until(condition: () => boolean, ms = 30_000, what = 'the condition'): Promise<void> {
  const deadline = Date.now() + ms
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${ms} ms`)
    await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
}
