import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { InvalidInputError, InvalidMessageError, MemberUnreachableError } from '#protocols/errors.ts'
import type { AbortOptions } from '../base/lifecycle.ts'
import { abortable } from '../base/abortable.ts'
import { FrameParser, prefixed } from './frame-parser.ts'

/** Bytes read ahead of whoever reads; beyond it the sender has to wait. @default 262144 */
export const READ_AHEAD_BYTES = 262_144
/** A frame of which no further byte comes, or a reader that takes nothing, for this long ends the stream, in ms. @default 30000 */
export const STALL_TIMEOUT_MS = 30_000

/** A frame may take this long, in ms, and as much longer as it has bytes at MIN_FRAME_BYTES_PER_SECOND: a byte now and then keeps no stream open. @default 60000 */
export const FRAME_TIMEOUT_MS = 60_000
/** @default 16384 */
export const MIN_FRAME_BYTES_PER_SECOND = 16_384

export interface FrameStreamInit {
  /** A longer frame ends the stream before it is buffered. */
  readonly maxFrameBytes: number
  readonly stallTimeoutMs?: number
  /** @default FRAME_TIMEOUT_MS */
  readonly frameTimeoutMs?: number | undefined
}

/**
 * Length-prefixed frames both ways over one libp2p stream, with back-pressure both ways.
 * The stream's own iterator reads without limit and its `onDrain()` works once only, so neither is used.
 */
export class FrameStream {
  readonly #stream: Stream
  readonly #parser: FrameParser
  readonly #stallTimeoutMs: number
  readonly #frameTimeoutMs: number
  readonly #ended = new AbortController()
  #failure: Error | undefined
  #remoteClosed = false
  #wake: (() => void) | undefined
  #writing: Promise<void> = Promise.resolve()
  #waitingBytes = 0

  constructor(stream: Stream, { maxFrameBytes, stallTimeoutMs = STALL_TIMEOUT_MS, frameTimeoutMs = FRAME_TIMEOUT_MS }: FrameStreamInit) {
    this.#stream = stream
    this.#parser = new FrameParser(maxFrameBytes)
    this.#stallTimeoutMs = stallTimeoutMs
    this.#frameTimeoutMs = frameTimeoutMs
    stream.addEventListener('message', this.#onMessage)
    stream.addEventListener('remoteCloseWrite', this.#onRemoteCloseWrite)
    stream.addEventListener('end', this.#onEnd)
    stream.addEventListener('close', this.#onClose)
    if (stream.status !== 'open') this.#finish(new MemberUnreachableError(`the stream was ${stream.status} before it was used`))
  }

  /** Aborted, with its reason, when the stream is over in both directions or was cut. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** Bytes given to `write` that have not left. */
  get queuedBytes(): number {
    return this.#waitingBytes + this.#stream.writeBufferLength
  }

  /** The next frame; undefined when the other side closed. @throws InvalidMessageError, MemberUnreachableError when it was cut */
  async read({ signal }: AbortOptions = {}): Promise<Uint8Array | undefined> {
    let begunMs: number | undefined // when part of a frame was first here
    while (true) {
      const frame = this.#nextFrame()
      if (frame !== undefined) return frame
      if (this.#parser.bufferedBytes > 0) this.#checkPace(begunMs ??= performance.now())
      if (this.#failure !== undefined) throw this.#failure
      if (this.#remoteClosed && this.#stream.readableEnded) return this.#endOfFrames()
      await this.#arrival(signal)
    }
  }

  /** Resolves when the frame is handed on and the next may come. @throws MemberUnreachableError */
  async write(frame: Uint8Array, { signal }: AbortOptions = {}): Promise<void> {
    const bytes = prefixed(frame)
    this.#waitingBytes += bytes.byteLength
    const turn = this.#writing.then(() => {
      this.#waitingBytes -= bytes.byteLength
      signal?.throwIfAborted()
      return this.#send(bytes)
    })
    this.#writing = turn.catch(() => {})
    await abortable(turn, signal)
  }

  /** Tell the other side that no more comes, after all that was written. Reading goes on. */
  async close(): Promise<void> {
    await this.#writing
    if (this.#ended.signal.aborted) return
    await this.#stream.close({ signal: AbortSignal.timeout(this.#stallTimeoutMs) }).catch((err) => this.abort(err))
  }

  abort(reason: Error): void {
    this.#finish(reason)
    this.#stream.abort(reason)
  }

  #checkPace(begunMs: number): void {
    const allowedMs = this.#frameTimeoutMs + this.#parser.bufferedBytes * 1_000 / MIN_FRAME_BYTES_PER_SECOND
    if (performance.now() - begunMs > allowedMs) this.abort(new MemberUnreachableError(`is too slow with a message: ${this.#parser.bufferedBytes} bytes in ${Math.round(allowedMs / 1_000)} s`))
  }

  #nextFrame(): Uint8Array | undefined {
    try {
      return this.#parser.next()
    } catch (err) {
      this.abort(err as Error)
      throw err
    }
  }

  #endOfFrames(): undefined {
    if (this.#parser.bufferedBytes > 0) throw new InvalidMessageError('the stream ended inside a message')
    return undefined
  }

  async #send(bytes: Uint8Array): Promise<void> {
    this.#ended.signal.throwIfAborted()
    if (this.#stream.writeStatus !== 'writable') throw new InvalidInputError('the stream is closed for writing')
    if (this.#stream.send(bytes)) return
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => this.abort(new MemberUnreachableError(`took nothing for ${this.#stallTimeoutMs / 1000} s`)), this.#stallTimeoutMs).unref()
      const settle = (act: () => void) => (): void => {
        clearTimeout(timer)
        this.#stream.removeEventListener('drain', onDrain)
        this.#ended.signal.removeEventListener('abort', onEnd)
        act()
      }
      const onDrain = settle(resolve)
      const onEnd = settle(() => reject(this.#ended.signal.reason))
      this.#stream.addEventListener('drain', onDrain)
      this.#ended.signal.addEventListener('abort', onEnd)
      if (this.#ended.signal.aborted) onEnd()
      else if (!this.#stream.writableNeedsDrain) onDrain()
    })
  }

  /** Let bytes flow and wait for some; in the middle of a frame not for ever. */
  async #arrival(signal: AbortSignal | undefined): Promise<void> {
    const stall = this.#parser.bufferedBytes === 0 ? undefined
      : setTimeout(() => this.abort(new MemberUnreachableError(`stopped inside a message for ${this.#stallTimeoutMs / 1000} s`)), this.#stallTimeoutMs).unref()
    try {
      const arrived = new Promise<void>((resolve) => { this.#wake = resolve })
      this.#setFlowing(true)
      await abortable(arrived, signal)
    } finally {
      clearTimeout(stall)
      this.#wake = undefined
    }
  }

  #setFlowing(flowing: boolean): void {
    const { readStatus } = this.#stream
    if (flowing && readStatus === 'paused') this.#stream.resume()
    if (!flowing && readStatus === 'readable') this.#stream.pause()
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    this.#parser.push(event.data.subarray())
    if (this.#wake !== undefined) this.#wake()
    else if (this.#parser.bufferedBytes >= READ_AHEAD_BYTES) this.#setFlowing(false)
  }

  readonly #onRemoteCloseWrite = (): void => { this.#remoteClosed = true }

  readonly #onEnd = (): void => { this.#wake?.() }

  // A lost connection closes the stream without an error; only a close the other side announced is a clean one.
  readonly #onClose = (event: StreamCloseEvent): void => {
    const cut = event.error ?? (this.#remoteClosed ? undefined : new Error('the connection was lost'))
    this.#finish(cut === undefined ? undefined : new MemberUnreachableError(`the stream was cut: ${cut.message}`))
  }

  #finish(failure: Error | undefined): void {
    if (this.#ended.signal.aborted) return
    this.#failure = failure
    this.#ended.abort(failure ?? new MemberUnreachableError('the stream is closed'))
    this.#wake?.()
  }
}
