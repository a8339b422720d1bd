import { randomBytes } from 'node:crypto'
import { UnprocessableError } from '#protocols/errors.ts'
import type { CameraId, PeerId } from '#protocols/ids.ts'
import { icePatches, type IcePatches } from '../webrtc/ice-patches.ts'
import { LiveCamera } from '../live-camera.ts'
import { packetBudget } from '../packet-budget.ts'
import type { AnswerPublisher, PublisherConnection } from './publisher-connection.ts'
import type { PublisherOffer } from './publisher-offer.ts'
import type { MediaKind } from '../webrtc/webrtc.ts'
import { CONNECT_TIMEOUT_MS } from '../whep/whep-session.ts'

/** A publisher that is connected and sends no picture for this many milliseconds has vanished, or nothing of its pictures gets here. @default 5000 */
export const PUBLISHER_SILENCE_MS = 5_000
/** A keyframe is asked for when none came for this many milliseconds: recordings are played from keyframes. @default 4000 */
export const KEYFRAME_EVERY_MS = 4_000
/** A publisher whose clock is off by more than this, in milliseconds, is taken to begin now. @default 1000 */
export const MAX_CLOCK_ERROR_MS = 1_000

export interface WhipSessionInit {
  readonly camera: CameraId
  readonly name: string
  readonly source: string
  /** The publisher is connected: the camera is live from now on. @throws CameraBusyError */
  readonly onLive: (camera: LiveCamera) => void
  readonly onClosed: (session: WhipSession, reason: string) => void
}

/** One publisher over WHIP: a camera from the moment it is connected until it leaves, falls silent or is told to go. */
export class WhipSession {
  /** Unguessable. */
  readonly id = randomBytes(16).toString('base64url')
  readonly camera: CameraId
  readonly #init: WhipSessionInit
  readonly #spend = packetBudget()
  readonly #tracks = new Map<MediaKind, number>()
  #connection: PublisherConnection | undefined
  #ice: IcePatches | undefined
  #live: LiveCamera | undefined
  #timer: NodeJS.Timeout | undefined
  #clockErrorMs: number | undefined
  #keyMs = 0
  #pictureMs = 0
  #closed = false

  constructor(init: WhipSessionInit) {
    this.camera = init.camera
    this.#init = init
  }

  /** Milliseconds since anything came; 0 while it connects. */
  silentMs(): number { return this.#live?.silentMs() ?? 0 }

  get ice(): IcePatches {
    if (this.#ice === undefined) throw new UnprocessableError('this session has no connection yet')
    return this.#ice
  }

  /** Answer the offer; the camera is live once the publisher is connected. @throws InvalidInputError */
  async answer(offer: PublisherOffer, answerPublisher: AnswerPublisher): Promise<string> {
    const connection = await answerPublisher(offer, {
      connected: () => this.#connected(offer),
      closed: (reason) => this.close(reason),
      packet: (kind, rtp) => this.#take(kind, rtp),
      report: (kind, wallMs, rtp) => this.#report(kind, wallMs, rtp)
    })
    this.#connection = connection
    this.#ice = icePatches(connection.ice, connection.answer)
    this.#timer = setTimeout(() => this.close('the publisher did not connect'), CONNECT_TIMEOUT_MS).unref()
    if (this.#closed) void connection.close()
    return connection.answer
  }

  close(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    void this.#connection?.close()
    this.#init.onClosed(this, reason)
  }

  /** The camera it is while connected. */
  get live(): LiveCamera | undefined { return this.#live }

  #connected(offer: PublisherOffer): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    for (const { kind, index } of offer.tracks) this.#tracks.set(kind, index)
    const camera = new LiveCamera({
      id: this.camera, name: this.#init.name, source: this.#init.source, from: `whip:${this.id.slice(0, 8)}` as PeerId, tracks: offer.tracks,
      requestKeyframe: () => this.#connection?.requestKeyframe()
    })
    camera.add({ write: (packet) => { if (packet.key) this.#keyMs = performance.now() }, report() {}, ended: (reason) => this.close(reason) })
    this.#live = camera
    this.#pictureMs = performance.now()
    try {
      this.#init.onLive(camera)
    } catch (err) {
      return this.close(err instanceof Error ? err.message : String(err))
    }
    this.#timer = setInterval(() => this.#look(), 500).unref()
  }

  #look(): void {
    if (this.silentMs() > PUBLISHER_SILENCE_MS) this.close(`the publisher sent nothing for ${PUBLISHER_SILENCE_MS / 1000} s`)
    else if (performance.now() - this.#pictureMs > PUBLISHER_SILENCE_MS) this.close(`the publisher sent sound and no picture for ${PUBLISHER_SILENCE_MS / 1000} s`)
    else if (performance.now() - this.#keyMs > KEYFRAME_EVERY_MS) this.#live?.requestKeyframe()
  }

  #take(kind: MediaKind, rtp: Uint8Array): void {
    const track = this.#tracks.get(kind)
    if (track === undefined || this.#closed) return
    if (kind === 'video') this.#pictureMs = performance.now()
    try {
      this.#spend(1, rtp.byteLength)
      this.#live?.write({ track, rtp })
    } catch (err) {
      this.close(err instanceof Error ? err.message : String(err))
    }
  }

  /** Both tracks are moved by the same error, so picture and sound stay in step. */
  #report(kind: MediaKind, wallMs: number, rtp: number): void {
    const track = this.#tracks.get(kind)
    if (track === undefined || this.#closed) return
    const errorMs = Date.now() - wallMs
    this.#clockErrorMs ??= Math.abs(errorMs) > MAX_CLOCK_ERROR_MS ? errorMs : 0
    this.#live?.report({ track, wallMs: wallMs + this.#clockErrorMs, rtp })
  }
}
