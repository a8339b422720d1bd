import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { InvalidInputError, MemberRemovedError, MemberUnreachableError, NotAuthorizedError, OverloadedError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import { certificateCodec, type Certificate } from '#protocols/join.ts'
import { emitter, type Signal } from '../base/emitter.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import type { Logger } from '../base/log.ts'
import { removed, type Credentials } from '../identity/credentials.ts'
import { createDialer, type Dialer } from './dialer.ts'
import type { Doorman } from './doorman.ts'
import { FrameStream } from './frame-stream.ts'
import type { Gossip } from './gossip.ts'
import { messageStream } from './message-stream.ts'
import type { Caller, Network, Role, RpcProtocol } from './network.ts'
import type { Routing } from './routing.ts'
import { frameBytesOf, REQUEST_TIMEOUT_MS, RpcClient } from './rpc-client.ts'
import { answerRequests, MAX_REQUEST_STREAMS, refuseStream, type RpcHandler } from './rpc-server.ts'

/** The first message of a stream must be here by then, in ms. @default 10000 */
export const FIRST_MESSAGE_TIMEOUT_MS = 10_000
/** After a refusal the stream is cut when the caller has not closed it by then, in ms. @default 2000 */
export const REFUSED_STREAM_LINGER_MS = 2_000

export interface MemberNetworkComponents {
  readonly libp2p: Libp2p
  readonly credentials: Credentials
  readonly doorman: Doorman
  /** Hosts that only dial have none. */
  readonly gossip: Gossip | undefined
  readonly routing: Routing
  readonly log: Logger
}

export interface MemberNetworkInit {
  readonly maxStreams: number
  /** How long one frame may take, in ms. @default FRAME_TIMEOUT_MS */
  readonly frameTimeoutMs?: number | undefined
}

/** A Network, and what joining needs of it beneath the certificates. */
export interface MemberNetwork extends Network {
  readonly credentials: Credentials
  /** Streams of a protocol that asks for no certificate. */
  serveStrangers(protocol: string, maxFrameBytes: number, handler: (frames: FrameStream, remote: PeerId) => Promise<void>): void
  /** A stream on which no certificate was shown. @throws MemberUnreachableError */
  openBare(to: PeerId, protocol: string, maxFrameBytes: number, options?: AbortOptions): Promise<FrameStream>
  /** Connect to a multiaddr with /p2p/. @throws MemberUnreachableError, InvalidInputError */
  dial(address: string, options?: AbortOptions): Promise<PeerId>
  /** This peer has proven what it is, other than by a stream: this is its certificate. */
  admit(caller: Caller, certificate: Certificate): void
  /** This node is no member any more: camera peers are sent away, to find a node that is. */
  retire(retired: boolean): void
  readonly retired: boolean
  /** A member says that this machine was removed from the ring. */
  readonly removed: Signal<{ by: PeerId; reason: MemberRemovedError }>
  isConnected(peer: PeerId): boolean
  /** Close every connection to a peer. */
  disconnect(peer: PeerId, reason: string): void
  /** End what runs here; sockets are the host's. */
  close(): void
}

type StreamUser = (frames: FrameStream, connection: Connection) => Promise<void>

export function createMemberNetwork(components: MemberNetworkComponents, init: MemberNetworkInit): MemberNetwork {
  return new DefaultMemberNetwork(components, init)
}

class DefaultMemberNetwork implements MemberNetwork {
  readonly self: PeerId
  readonly credentials: Credentials
  readonly removed = emitter<{ by: PeerId; reason: MemberRemovedError }>()
  readonly #libp2p: Libp2p
  readonly #doorman: Doorman
  readonly #gossip: Gossip | undefined
  readonly #routing: Routing
  readonly #log: Logger
  readonly #dialer: Dialer
  readonly #client: RpcClient
  readonly #maxStreams: number
  readonly #frameTimeoutMs: number | undefined
  readonly #ownHandlers = new Map<string, RpcHandler<never, unknown>>()
  readonly #streams = new Set<FrameStream>()
  readonly #requestStreams = new Map<string, number>()
  #retired = false

  constructor({ libp2p, credentials, doorman, gossip, routing, log }: MemberNetworkComponents, { maxStreams, frameTimeoutMs }: MemberNetworkInit) {
    this.self = libp2p.peerId.toString() as PeerId
    this.credentials = credentials
    this.#libp2p = libp2p
    this.#doorman = doorman
    this.#gossip = gossip
    this.#routing = routing
    this.#log = log
    this.#maxStreams = maxStreams
    this.#frameTimeoutMs = frameTimeoutMs
    this.#dialer = createDialer({ libp2p, routing }, { maxStreams })
    this.#client = new RpcClient((peer, protocol, maxFrameBytes) => this.#openShown(peer, protocol, maxFrameBytes, {}))
  }

  addresses(): string[] {
    return this.#libp2p.getMultiaddrs().map((address) => address.toString())
  }

  serve<Req, Res>(protocol: RpcProtocol<Req, Res>, handler: RpcHandler<Req, Res>): void {
    this.#ownHandlers.set(protocol.id, handler as RpcHandler<never, unknown>)
    this.#handle(protocol.id, frameBytesOf(protocol.request.maxBytes), async (frames, connection) => {
      const caller = await this.#callerOr(frames, connection, protocol.roles, (err) => refuseStream(frames, err))
      if (caller === undefined) return
      const key = `${caller.peerId} ${protocol.id}`
      const open = (this.#requestStreams.get(key) ?? 0) + 1
      if (open > MAX_REQUEST_STREAMS) return refuseStream(frames, new OverloadedError(`more than ${MAX_REQUEST_STREAMS} request streams of ${protocol.id}: use one`))
      this.#requestStreams.set(key, open)
      await answerRequests(frames, protocol, caller, this.#unlessRevoked(handler), this.#log).finally(() => this.#leaveStream(key))
    })
  }

  async request<Req, Res>(peer: PeerId, protocol: RpcProtocol<Req, Res>, request: Req, { signal }: AbortOptions = {}): Promise<Res> {
    if (peer !== this.self) {
      return this.#client.request(peer, protocol, request, signal).catch((err) => {
        if (err instanceof MemberRemovedError) this.removed.emit({ by: peer, reason: err })
        throw err
      })
    }
    const handler = this.#ownHandlers.get(protocol.id)
    if (handler === undefined) throw new MemberUnreachableError(`this member does not serve ${protocol.id}`)
    return await handler(request as never, this.#ownCaller(), { signal: signal ?? AbortSignal.timeout(REQUEST_TIMEOUT_MS) }) as Res
  }

  serveStreams: Network['serveStreams'] = (protocol, handler) => {
    this.#handle(protocol.id, Math.max(protocol.message.maxBytes, certificateCodec.maxBytes), async (frames, connection) => {
      const caller = await this.#callerOr(frames, connection, protocol.roles, async (err) => frames.abort(err))
      if (caller !== undefined) await handler(messageStream(frames, protocol.message, caller.peerId), caller)
    })
  }

  openStream: Network['openStream'] = async (peer, protocol, options = {}) => {
    if (peer === this.self) throw new MemberUnreachableError('a member opens no stream to itself')
    return messageStream(await this.#openShown(peer, protocol.id, protocol.message.maxBytes, options), protocol.message, peer)
  }

  serveStrangers: MemberNetwork['serveStrangers'] = (protocol, maxFrameBytes, handler) => {
    this.#handle(protocol, maxFrameBytes, (frames, connection) => handler(frames, connection.remotePeer.toString() as PeerId))
  }

  openBare: MemberNetwork['openBare'] = async (to, protocol, maxFrameBytes, options = {}) => {
    return this.#track(await this.#dialer.open(to, protocol, options), maxFrameBytes)
  }

  dial(address: string, options?: AbortOptions): Promise<PeerId> {
    return this.#dialer.dial(address, options)
  }

  learn(peer: PeerId, addresses: readonly string[]): Promise<void> {
    return this.#dialer.learn(peer, addresses)
  }

  admit(caller: Caller, certificate: Certificate): void {
    this.#doorman.admit(caller, certificate)
  }

  get retired(): boolean {
    return this.#retired
  }

  retire(retired: boolean): void {
    if (retired && !this.#retired) for (const peer of this.#doorman.cameraPeers()) this.disconnect(peer, 'this node is no member of the ring any more')
    this.#retired = retired
  }

  isConnected(peer: PeerId): boolean {
    return this.#dialer.connections(peer).length > 0
  }

  disconnect(peer: PeerId, reason: string): void {
    for (const connection of this.#dialer.connections(peer)) connection.abort(new Error(reason))
  }

  onConnection(listener: (event: { peerId: PeerId; connected: boolean }) => void): () => void {
    const connected = ({ detail }: CustomEvent): void => listener({ peerId: detail.toString() as PeerId, connected: true })
    const disconnected = ({ detail }: CustomEvent): void => listener({ peerId: detail.toString() as PeerId, connected: false })
    this.#libp2p.addEventListener('peer:connect', connected)
    this.#libp2p.addEventListener('peer:disconnect', disconnected)
    return () => {
      this.#libp2p.removeEventListener('peer:connect', connected)
      this.#libp2p.removeEventListener('peer:disconnect', disconnected)
    }
  }

  async publish(topic: string, bytes: Uint8Array): Promise<void> {
    await this.#gossip?.publish(topic, bytes)
  }

  subscribe(topic: string, listener: (bytes: Uint8Array, from: PeerId) => void): void {
    if (this.#gossip === undefined) throw new InvalidInputError('a camera peer does not take part in gossip')
    this.#gossip.subscribe(topic, listener)
  }

  provide(partitions: readonly number[], options?: AbortOptions): Promise<void> {
    return this.#routing.provide(partitions, options)
  }

  findHolders(partition: number, options?: AbortOptions): Promise<PeerId[]> {
    return this.#routing.findHolders(partition, options)
  }

  findPeer(peer: PeerId, options?: AbortOptions): Promise<string[]> {
    return this.#routing.findPeer(peer, options)
  }

  close(): void {
    for (const frames of this.#streams) frames.abort(new MemberUnreachableError('this member is stopping'))
  }

  #handle(protocol: string, maxFrameBytes: number, use: StreamUser): void {
    const onStream = (stream: Stream, connection: Connection): void => {
      const frames = this.#track(stream, maxFrameBytes)
      use(frames, connection)
        .catch((err) => {
          if (!frames.ended.aborted) this.#log('%s from %s ended - %s', protocol, connection.remotePeer, err)
          frames.abort(err instanceof Error ? err : new Error(String(err)))
        })
        .finally(() => frames.close().catch(() => {}))
    }
    this.#libp2p.handle(protocol, onStream, { maxInboundStreams: this.#maxStreams, maxOutboundStreams: this.#maxStreams })
      .catch((err) => this.#log.error('cannot serve %s - %s', protocol, err))
  }

  #track(stream: Stream, maxFrameBytes: number): FrameStream {
    const frames = new FrameStream(stream, { maxFrameBytes: Math.max(maxFrameBytes, certificateCodec.maxBytes), frameTimeoutMs: this.#frameTimeoutMs })
    this.#streams.add(frames)
    frames.ended.addEventListener('abort', () => this.#streams.delete(frames), { once: true })
    return frames
  }

  /** Open a stream and show our certificate, as every protocol but joining demands. */
  async #openShown(peer: PeerId, protocol: string, maxFrameBytes: number, options: AbortOptions): Promise<FrameStream> {
    const certificate = this.credentials.certificate()
    if (certificate === undefined) throw new NotAuthorizedError('this machine has not joined the ring yet')
    const frames = await this.openBare(peer, protocol, maxFrameBytes, options)
    await frames.write(certificateCodec.encode(certificate), options)
    return frames
  }

  async #callerOr(frames: FrameStream, connection: Connection, roles: readonly Role[], refuse: (err: Error) => Promise<void>): Promise<Caller | undefined> {
    const remote = connection.remotePeer.toString() as PeerId
    try {
      return await this.#callerOf(frames, remote, roles)
    } catch (err) {
      this.#log('refused a stream of %s - %s', remote, err)
      await refuse(err as Error)
      setTimeout(() => frames.abort(err as Error), REFUSED_STREAM_LINGER_MS).unref()
      return undefined
    }
  }

  async #callerOf(frames: FrameStream, remote: PeerId, roles: readonly Role[]): Promise<Caller> {
    const first = await frames.read({ signal: AbortSignal.timeout(FIRST_MESSAGE_TIMEOUT_MS) })
    if (first === undefined) throw new NotAuthorizedError('no certificate was shown')
    const certificate = certificateCodec.decode(Uint8Array.from(first)) // kept: no view on what was read
    const caller = this.credentials.verify(certificate, remote)
    if (this.#retired && caller.role === 'peer') throw new MemberUnreachableError('this node is no member of the ring any more: go to another')
    this.#doorman.admit(caller, certificate)
    if (!roles.includes(caller.role)) throw new NotAuthorizedError(`this is for a ${roles.join(' or ')}, not for a ${caller.role}`)
    return caller
  }

  #leaveStream(key: string): void {
    const left = (this.#requestStreams.get(key) ?? 1) - 1
    if (left > 0) this.#requestStreams.set(key, left)
    else this.#requestStreams.delete(key)
  }

  #unlessRevoked<Req, Res>(handler: RpcHandler<Req, Res>): RpcHandler<Req, Res> {
    return async (request, caller, options) => {
      if (this.credentials.isRevoked(caller.peerId)) throw removed(undefined)
      return handler(request, caller, options)
    }
  }

  #ownCaller(): Caller {
    return { peerId: this.self, role: this.credentials.certificate()?.role ?? 'node' }
  }
}
