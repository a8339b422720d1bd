import { type ChildProcess, fork } from 'node:child_process'
import { TrackUnavailableError } from '#protocols/errors.ts'
import type { VideoCodec } from '#protocols/rtp/video-codecs.ts'
import type { DecoderReply, DecoderRequest } from './decode-child.ts'

/** Access units a decoder may be behind. @default 30 */
export const MAX_WAITING_UNITS = 30
/** A decoder that answers nothing for this long, in milliseconds, is killed. @default 10000 */
export const DECODER_TIMEOUT_MS = 10_000
const PROGRAM = new URL('./decode-child.ts', import.meta.url)

export interface PictureDecoderInit {
  readonly codec: VideoCodec
  /** There is a new picture to ask for. */
  readonly onPicture: () => void
  /** The process is gone, and this decoder with it. Not called after `close`. */
  readonly onGone: () => void
  /** @default DECODER_TIMEOUT_MS */
  readonly timeoutMs?: number | undefined
}

/** One camera's decoder in a process of its own: what foreign pictures do to it, they do to nothing else. */
export class PictureDecoder {
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  readonly #timeoutMs: number
  readonly #asked = new Map<number, (jpeg: Uint8Array | undefined) => void>()
  #waiting = 0
  #nextId = 1
  #timedOut = false
  #timer: NodeJS.Timeout | undefined

  constructor({ codec, onPicture, onGone, timeoutMs = DECODER_TIMEOUT_MS }: PictureDecoderInit) {
    this.#timeoutMs = timeoutMs
    this.#child = fork(PROGRAM, [codec], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--max-old-space-size=256', '--disable-warning=ExperimentalWarning'], env: {} })
    this.#exited = new Promise((resolve) => { this.#child.once('exit', () => resolve()) })
    this.#child.on('error', () => {}) // an exit follows
    this.#child.on('message', (reply: DecoderReply) => {
      this.#watch(true)
      if ('decoded' in reply) {
        this.#waiting--
        if (reply.decoded) onPicture()
      } else this.#settle(reply.picture, reply.jpeg)
      if (this.#waiting === 0 && this.#asked.size === 0) this.#watch(false)
    })
    void this.#exited.then(() => {
      this.#watch(false)
      for (const id of this.#asked.keys()) this.#settle(id, undefined)
      if (!this.#child.killed || this.#timedOut) onGone()
    })
  }

  /** True when it is too far behind for more. */
  get isBehind(): boolean { return this.#waiting >= MAX_WAITING_UNITS }

  /** Decode an access unit, as decoders take it. */
  decode(unit: Uint8Array): void {
    this.#waiting++
    this.#send({ unit })
  }

  /** The newest picture as a JPEG. @throws TrackUnavailableError when it can not be made */
  async picture(width: number): Promise<Uint8Array> {
    const jpeg = await this.#ask((picture) => ({ picture, width }))
    if (jpeg === undefined) throw new TrackUnavailableError('the camera\'s picture can not be decoded now')
    return jpeg
  }

  /** A keyframe (as decoders take it, with its parameter sets) as a JPEG, whatever was decoded before; undefined when it can not be made. */
  still(unit: Uint8Array, width: number): Promise<Uint8Array | undefined> {
    return this.#ask((still) => ({ still, unit, width }))
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  #ask(request: (id: number) => DecoderRequest): Promise<Uint8Array | undefined> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>()
    const id = this.#nextId++
    this.#asked.set(id, resolve)
    this.#send(request(id))
    return promise
  }

  #send(request: DecoderRequest): void {
    if (this.#timer === undefined) this.#watch(true)
    if (this.#child.connected) this.#child.send(request, () => {}) // when it fails an exit follows
    else if ('picture' in request) this.#settle(request.picture, undefined)
    else if ('still' in request) this.#settle(request.still, undefined)
  }

  #settle(id: number, jpeg: Uint8Array | undefined): void {
    this.#asked.get(id)?.(jpeg)
    this.#asked.delete(id)
  }

  #watch(isBusy: boolean): void {
    clearTimeout(this.#timer)
    this.#timer = !isBusy ? undefined : setTimeout(() => {
      this.#timedOut = true
      this.#child.kill('SIGKILL')
    }, this.#timeoutMs).unref()
  }
}
