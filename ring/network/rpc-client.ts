import { MemberUnreachableError } from '#protocols/errors.ts'
import type { PeerId } from '#protocols/ids.ts'
import { rpcFrameCodec } from '#protocols/rpc.ts'
import { abortable } from '../base/abortable.ts'
import type { FrameStream } from './frame-stream.ts'
import { encodeWithin } from './message-stream.ts'
import type { RpcProtocol } from './network.ts'
import { RpcLink } from './rpc-link.ts'

/** Time a request may take when the caller names none, in ms. @default 10000 */
export const REQUEST_TIMEOUT_MS = 10_000

/** Opens a stream on which the certificate has been shown. @throws MemberUnreachableError */
export type OpenStream = (peer: PeerId, protocol: string, maxFrameBytes: number) => Promise<FrameStream>

/** One long-lived request stream per member and protocol, opened on first use and again after it broke. */
export class RpcClient {
  readonly #open: OpenStream
  readonly #links = new Map<string, Promise<RpcLink>>()

  constructor(open: OpenStream) {
    this.#open = open
  }

  /** @throws MemberUnreachableError, the remote's own error, or the reason of the caller's signal */
  async request<Req, Res>(peer: PeerId, protocol: RpcProtocol<Req, Res>, request: Req, callerSignal: AbortSignal | undefined): Promise<Res> {
    const body = encodeWithin(protocol.request, request)
    const signal = callerSignal ?? AbortSignal.timeout(REQUEST_TIMEOUT_MS)
    try {
      const link = await abortable(this.#link(peer, protocol as unknown as RpcProtocol<never, never>), signal)
      return protocol.response.decode(await link.call(body, signal))
    } catch (err) {
      if (err instanceof DOMException && err.name === 'TimeoutError') throw new MemberUnreachableError(`${peer} did not answer ${protocol.id} in time`)
      throw err
    }
  }

  #link(peer: PeerId, protocol: RpcProtocol<never, never>): Promise<RpcLink> {
    const key = `${peer} ${protocol.id}`
    const known = this.#links.get(key)
    if (known !== undefined) return known
    const opening = this.#openLink(peer, protocol)
    const forget = (): void => { if (this.#links.get(key) === opening) this.#links.delete(key) }
    this.#links.set(key, opening)
    opening.then((link) => {
      if (link.ended.aborted) forget()
      else link.ended.addEventListener('abort', forget)
    }, forget)
    return opening
  }

  async #openLink(peer: PeerId, protocol: RpcProtocol<never, never>): Promise<RpcLink> {
    return new RpcLink(await this.#open(peer, protocol.id, frameBytesOf(protocol.response.maxBytes)), protocol)
  }
}

/** Largest frame that carries a body of this size. */
export function frameBytesOf(maxBodyBytes: number): number {
  return rpcFrameCodec(maxBodyBytes).maxBytes
}
