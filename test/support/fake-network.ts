/** A ring of networks in one process: every message goes through its codec, members can die, hang, be slow, and come back. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Codec } from '#protocols/codec.ts'
import { MemberUnreachableError, RemoteError, ThatDamError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { AbortOptions } from '#ring/base/lifecycle.ts'
import type { Caller, MessageStream, Network, RpcProtocol, StreamProtocol } from '#ring'

type Handler = (request: unknown, caller: Caller, options: { signal: AbortSignal }) => Promise<unknown>
type StreamHandler = (stream: MessageStream<unknown>, caller: Caller) => Promise<void>

interface Node {
  readonly rpc: Map<string, { protocol: RpcProtocol<unknown, unknown>; handler: Handler }>
  readonly streams: Map<string, { protocol: StreamProtocol<unknown>; handler: StreamHandler }>
  readonly topics: Map<string, Array<(bytes: Uint8Array, from: PeerId) => void>>
  readonly connections: Set<(event: { peerId: PeerId; connected: boolean }) => void>
  readonly open: Set<{ with: PeerId; cut(reason: Error): void }>
  life: AbortController
  hangs: boolean
  delayMs: number
}

export interface FakeNetwork {
  /** The network as this member sees it. */
  join(peer: PeerId): Network
  /** Everything under way with it fails, and so does everything new. */
  kill(peer: PeerId): void
  revive(peer: PeerId): void
  isUp(peer: PeerId): boolean
  /** Requests to it are taken and never answered. */
  hang(peer: PeerId, hangs?: boolean): void
  /** Requests to it take this much longer, in ms. */
  slow(peer: PeerId, delayMs: number): void
  /** Requests that were sent and are not answered yet. */
  readonly underWay: number
  /** Called with every request before it is delivered: throw to lose it. */
  onRequest: ((from: PeerId, to: PeerId, protocol: string, request: unknown) => void) | undefined
}

export function createFakeNetwork(): FakeNetwork {
  const nodes = new Map<PeerId, Node>()
  const holders = new Map<number, Set<PeerId>>()
  let underWay = 0
  const fake: FakeNetwork = { join, kill, revive, isUp, hang, slow, get underWay() { return underWay }, onRequest: undefined }
  return fake

  function kill(peer: PeerId): void {
    const node = nodeOf(peer)
    if (node.life.signal.aborted) return
    node.life.abort(new MemberUnreachableError(`${peer} is down`))
    for (const [other, { open }] of nodes) for (const end of open) if (other === peer || end.with === peer) end.cut(new MemberUnreachableError(`${peer} is down`))
    tellConnection(peer, false)
  }

  function revive(peer: PeerId): void {
    nodeOf(peer).life = new AbortController()
    tellConnection(peer, true)
  }

  function isUp(peer: PeerId): boolean {
    return nodes.get(peer)?.life.signal.aborted === false
  }

  function hang(peer: PeerId, hangs = true): void { nodeOf(peer).hangs = hangs }
  function slow(peer: PeerId, delayMs: number): void { nodeOf(peer).delayMs = delayMs }

  function nodeOf(peer: PeerId): Node {
    const node = nodes.get(peer)
    if (node === undefined) throw new Error(`${peer} never joined the fake network`)
    return node
  }

  function tellConnection(peer: PeerId, connected: boolean): void {
    for (const [other, { connections }] of nodes) {
      if (other !== peer && isUp(other)) for (const listener of connections) listener({ peerId: peer, connected })
    }
  }

  function join(self: PeerId): Network {
    const node: Node = { rpc: new Map(), streams: new Map(), topics: new Map(), connections: new Set(), open: new Set(), life: new AbortController(), hangs: false, delayMs: 0 }
    nodes.set(self, node)
    const reach = (peer: PeerId): Node => {
      const other = nodes.get(peer)
      if (node.life.signal.aborted || other === undefined || other.life.signal.aborted) throw new MemberUnreachableError(`${peer} does not answer`)
      return other
    }

    return {
      self,
      addresses: () => [`/ip4/127.0.0.1/tcp/1/p2p/${self}`],
      serve(protocol, handler) { node.rpc.set(protocol.id, { protocol: protocol as never, handler: handler as Handler }) },
      async request(peer, protocol, request, options) {
        const other = reach(peer)
        const served = other.rpc.get(protocol.id)
        if (served === undefined) throw new RemoteError(`${peer} does not serve ${protocol.id}`)
        fake.onRequest?.(self, peer, protocol.id, request)
        const signal = AbortSignal.any([node.life.signal, other.life.signal, options?.signal ?? AbortSignal.timeout(10_000)])
        const serve = async (): Promise<Uint8Array> => {
          const asked = through(protocol.request, request)
          await sleep(other.delayMs, undefined, { signal })
          if (other.hangs) await new Promise(() => {})
          return encode(protocol.response, await served.handler(asked, { peerId: self, role: 'node' }, { signal: AbortSignal.any([other.life.signal]) }) as never)
        }
        underWay++
        const answer = await Promise.race([serve().catch((err) => { throw remote(err) }), rejected(signal)]).finally(() => { underWay-- })
        reach(peer)
        return protocol.response.decode(answer)
      },
      serveStreams(protocol, handler) { node.streams.set(protocol.id, { protocol: protocol as never, handler: handler as StreamHandler }) },
      async openStream(peer, protocol) {
        const other = reach(peer)
        const served = other.streams.get(protocol.id)
        if (served === undefined) throw new RemoteError(`${peer} does not serve ${protocol.id}`)
        const [here, there] = streamPair(protocol.message, node, self, other, peer)
        void served.handler(there as MessageStream<unknown>, { peerId: self, role: 'node' }).catch((err) => there.abort(err))
        return here
      },
      learn: async () => {},
      onConnection(listener) {
        node.connections.add(listener)
        return () => { node.connections.delete(listener) }
      },
      async publish(topic, bytes) {
        for (const [peer, other] of nodes) {
          if (peer !== self && isUp(self) && isUp(peer)) for (const listener of other.topics.get(topic) ?? []) queueMicrotask(() => listener(bytes.slice(), self))
        }
      },
      subscribe(topic, listener) { node.topics.set(topic, [...node.topics.get(topic) ?? [], listener]) },
      async provide(partitions) {
        for (const partition of partitions) holders.set(partition, new Set([...holders.get(partition) ?? [], self]))
      },
      findHolders: async (partition) => [...holders.get(partition) ?? []],
      async findPeer(peer) {
        reach(peer)
        return [`/ip4/127.0.0.1/tcp/1/p2p/${peer}`]
      }
    }
  }
}

function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const bytes = codec.encode(value)
  if (bytes.byteLength > codec.maxBytes) throw new RangeError(`a message of ${bytes.byteLength} bytes; its codec allows ${codec.maxBytes}`)
  return bytes
}

const through = <T>(codec: Codec<T>, value: T): T => codec.decode(encode(codec, value))
const remote = (err: unknown): unknown => (err instanceof ThatDamError ? err : new RemoteError(String(err)))

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function streamPair<M>(codec: Codec<M>, a: Node, aId: PeerId, b: Node, bId: PeerId): [MessageStream<M>, MessageStream<M>] {
  const here = createEnd<M>(bId)
  const there = createEnd<M>(aId)
  const deliver = (to: typeof here) => async (message: M, options?: AbortOptions): Promise<void> => {
    options?.signal?.throwIfAborted()
    if (to.life.signal.aborted) throw to.life.signal.reason
    to.push(through(codec, message))
  }
  const cut = (reason: Error): void => { for (const end of [here, there]) end.fail(reason) }
  const leave = (): void => {
    a.open.delete(hereOpen)
    b.open.delete(thereOpen)
  }
  const hereOpen = { with: bId, cut }
  const thereOpen = { with: aId, cut }
  a.open.add(hereOpen)
  b.open.add(thereOpen)
  here.life.signal.addEventListener('abort', leave)
  const stream = (own: typeof here, other: typeof here): MessageStream<M> => ({
    remote: own.remote,
    send: deliver(other),
    queuedBytes: 0,
    ended: own.life.signal,
    async close() { for (const end of [other, own]) end.end() },
    abort: cut,
    [Symbol.asyncIterator]: () => own.read()
  })
  return [stream(here, there), stream(there, here)]
}

function createEnd<M>(remote: PeerId) {
  const life = new AbortController()
  const queue: M[] = []
  let wake = (): void => {}
  let failure: Error | undefined
  let isEnded = false
  return {
    remote,
    life,
    push(message: M): void {
      queue.push(message)
      wake()
    },
    end(): void {
      if (isEnded) return
      isEnded = true
      life.abort(new Error('the stream was closed'))
      wake()
    },
    fail(reason: Error): void {
      if (isEnded) return
      failure = reason
      isEnded = true
      life.abort(reason)
      wake()
    },
    async *read(): AsyncGenerator<M> {
      while (true) {
        const message = queue.shift()
        if (message !== undefined) yield message
        else if (failure !== undefined) throw failure
        else if (isEnded) return
        else await new Promise<void>((resolve) => { wake = resolve })
      }
    }
  }
}
