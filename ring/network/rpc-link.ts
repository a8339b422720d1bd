import { MemberUnreachableError } from '#protocols/errors.ts'
import { rpcFrameCodec, type RpcFrame } from '#protocols/rpc.ts'
import { abortable } from '../base/abortable.ts'
import type { FrameStream } from './frame-stream.ts'
import { decodeOrAbort } from './message-stream.ts'
import type { RpcProtocol } from './network.ts'
import { errorOf } from './rpc-errors.ts'
import { DEFAULT_MAX_IN_FLIGHT } from './rpc-server.ts'

/** A request stream that nobody used for this long is closed by the caller, in ms. @default 60000 */
export const CALLER_IDLE_TIMEOUT_MS = 60_000

interface Pending {
  resolve(body: Uint8Array): void
  reject(reason: Error): void
}

/** The calling side of one request stream. A place in the window is held until the answer came, even when its asker has left. */
export class RpcLink {
  readonly #frames: FrameStream
  readonly #codec: ReturnType<typeof rpcFrameCodec>
  readonly #pending = new Map<number, Pending>()
  readonly #waiting: Array<() => void> = []
  #free: number
  #lastId = 0
  #idle: NodeJS.Timeout

  constructor(frames: FrameStream, protocol: RpcProtocol<never, never>) {
    this.#frames = frames
    this.#codec = rpcFrameCodec(protocol.request.maxBytes)
    this.#free = protocol.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT
    this.#idle = setTimeout(() => this.#closeWhenIdle(), CALLER_IDLE_TIMEOUT_MS).unref()
    void this.#readAnswers(rpcFrameCodec(protocol.response.maxBytes))
  }

  get ended(): AbortSignal {
    return this.#frames.ended
  }

  /** @throws MemberUnreachableError when the stream ends first, the remote's own error, or the signal's reason */
  async call(body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    this.#idle.refresh()
    await this.#place(signal)
    const id = ++this.#lastId
    const answer = new Promise<Uint8Array>((resolve, reject) => this.#pending.set(id, { resolve, reject }))
    answer.catch(() => {}) // its asker may have left
    const sent = this.#frames.write(this.#codec.encode({ id, body } as RpcFrame))
    sent.catch((err) => this.#settle(id)?.reject(err))
    return abortable(answer, signal)
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (pending === undefined) return undefined
    this.#pending.delete(id)
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
    return pending
  }

  async #place(signal: AbortSignal): Promise<void> {
    this.#frames.ended.throwIfAborted()
    signal.throwIfAborted()
    if (this.#free > 0) {
      this.#free--
      return
    }
    await this.#queue(AbortSignal.any([signal, this.#frames.ended]))
  }

  async #queue(signal: AbortSignal): Promise<void> {
    let turn: (() => void) | undefined
    try {
      await abortable(new Promise<void>((resolve) => {
        turn = resolve
        this.#waiting.push(resolve)
      }), signal)
    } catch (err) {
      const index = this.#waiting.indexOf(turn as () => void)
      if (index >= 0) this.#waiting.splice(index, 1)
      else this.#free++ // the place came in the same moment
      throw err
    }
  }

  async #readAnswers(codec: ReturnType<typeof rpcFrameCodec>): Promise<void> {
    let reason: Error = new MemberUnreachableError('the other side closed the stream')
    try {
      for (let frame = await this.#frames.read(); frame !== undefined; frame = await this.#frames.read()) {
        const { id, body, errorCode, errorMessage } = decodeOrAbort(this.#frames, codec, frame)
        if (id === 0) throw errorOf(errorCode, errorMessage)
        const pending = this.#settle(id)
        if (errorCode === '') pending?.resolve(body)
        else pending?.reject(errorOf(errorCode, errorMessage))
      }
    } catch (err) {
      reason = err as Error
    }
    this.#end(reason)
  }

  #end(reason: Error): void {
    clearTimeout(this.#idle)
    this.#frames.abort(reason)
    for (const id of this.#pending.keys()) this.#settle(id)?.reject(reason)
  }

  #closeWhenIdle(): void {
    if (this.#pending.size > 0) this.#idle.refresh()
    else this.#end(new MemberUnreachableError('the stream was idle'))
  }
}
