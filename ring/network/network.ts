import type { Codec } from '#protocols/codec.ts'
import type { PeerId } from '#protocols/ids.ts'
import type { AbortOptions } from '../base/lifecycle.ts'

export type Role = 'node' | 'peer'

/** Who is calling, proven: noise proved the peer id, the ring's signature the role. */
export interface Caller {
  readonly peerId: PeerId
  readonly role: Role
}

/** A request/response protocol: many requests in flight on one long-lived stream per pair of members. */
export interface RpcProtocol<Request, Response> {
  /** For example `/thatdam/chunk/1.0.0`. */
  readonly id: string
  /** Roles that may call it. */
  readonly roles: readonly Role[]
  readonly request: Codec<Request>
  readonly response: Codec<Response>
  /** Requests one caller may have waiting here; more are answered ERR_OVERLOADED. @default 64 */
  readonly maxInFlight?: number
}

/** A protocol whose streams carry messages both ways for as long as they last. */
export interface StreamProtocol<Message> {
  readonly id: string
  readonly roles: readonly Role[]
  readonly message: Codec<Message>
}

/** One open stream of messages. Iterating ends when the other side closed, and throws when it was cut. */
export interface MessageStream<Message> extends AsyncIterable<Message> {
  readonly remote: PeerId
  /** Resolves when the message is handed on and the next may come (back-pressure); rejects when the stream is gone. */
  send(message: Message, options?: AbortOptions): Promise<void>
  /** Bytes handed to send() that have not left yet: what a lossy sender looks at before it sends. */
  readonly queuedBytes: number
  /** Aborted, with its reason, as soon as the stream has ended in either way. */
  readonly ended: AbortSignal
  close(): Promise<void>
  abort(reason: Error): void
}

/** What the rest of the code knows of the network. Only `host.ts` knows libp2p. */
export interface Network {
  readonly self: PeerId
  /** Own multiaddrs, each with `/p2p/<self>`. */
  addresses(): string[]
  /** @throws whatever the handler throws reaches the caller as RemoteError (or the ThatDamError class of the same code). */
  serve<Req, Res>(protocol: RpcProtocol<Req, Res>, handler: (request: Req, caller: Caller, options: { signal: AbortSignal }) => Promise<Res>): void
  /** @throws MemberUnreachableError, RemoteError or the ThatDamError of the answer's code; default deadline 10 s */
  request<Req, Res>(peer: PeerId, protocol: RpcProtocol<Req, Res>, request: Req, options?: AbortOptions): Promise<Res>
  serveStreams<Message>(protocol: StreamProtocol<Message>, handler: (stream: MessageStream<Message>, caller: Caller) => Promise<void>): void
  /** @throws MemberUnreachableError */
  openStream<Message>(peer: PeerId, protocol: StreamProtocol<Message>, options?: AbortOptions): Promise<MessageStream<Message>>
  /** Remember where a member can be dialled. */
  learn(peer: PeerId, addresses: readonly string[]): Promise<void>
  /** Called when the first connection to a peer opens, or its last one closes. */
  onConnection(listener: (event: { peerId: PeerId; connected: boolean }) => void): () => void
  /** A hint to every subscriber; at most 64 KiB, lost when nobody listens. */
  publish(topic: string, bytes: Uint8Array): Promise<void>
  subscribe(topic: string, listener: (bytes: Uint8Array, from: PeerId) => void): void
  /** kad-dht: announce that this node holds these partitions. */
  provide(partitions: readonly number[], options?: AbortOptions): Promise<void>
  /** kad-dht: who announced that it holds this partition. */
  findHolders(partition: number, options?: AbortOptions): Promise<PeerId[]>
  /** kad-dht: the current addresses of a member. */
  findPeer(peer: PeerId, options?: AbortOptions): Promise<string[]>
}
