import { UnprocessableError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { TrackReport } from '#protocols/media.ts'
import type { CameraFeed, OpenFeed } from '../camera-feed.ts'
import { codingOf } from '../coding.ts'
import { icePatches, type IcePatches } from '../webrtc/ice-patches.ts'
import type { LivePacket } from '../live-packet.ts'
import { lossMeter } from './loss-meter.ts'
import { packetRewriter } from './packet-rewriter.ts'
import { resendBudget } from './resend-budget.ts'
import { readViewerAnswer, type ViewerOffer } from '../webrtc/sdp-offer.ts'
import type { PacketSink } from '../track-reader.ts'
import type { AnswerViewer, MediaKind, OfferToViewer, ViewerConnection, ViewerEvents } from '../webrtc/webrtc.ts'

/** A viewer waits this long, in milliseconds, for a camera that ended to come back (another node, a reconnect). @default 5000 */
export const VIEWER_GRACE_MS = 5_000
/** A viewer that has not connected after this many milliseconds is given up. @default 15000 */
export const CONNECT_TIMEOUT_MS = 15_000
/** A viewer whose socket holds more than this many unsent bytes skips to the next keyframe. @default 524288 */
export const VIEWER_QUEUE_BYTES = 524_288
/** A viewer whose line does not carry the camera is sent no pictures for this long, in milliseconds, so that what is under way can arrive. @default 700 */
export const REST_MS = 700
/** An offer of ours may be answered for this many milliseconds (draft-ietf-wish-whep-04 section 4.3.2). @default 30000 */
export const COUNTER_OFFER_MS = 30_000
/** How often, in packets, a socket is asked what it holds: asking costs as much as numbering one. */
const QUEUE_LOOK_PACKETS = 8
const RETRY_MS = 250

export interface WhepSessionInit {
  readonly camera: CameraId
  readonly feed: CameraFeed
  readonly open: OpenFeed
  readonly onClosed: (reason: string) => void
  /** Packets the viewer asked for again, and how many of them it was sent. */
  readonly onNack: (asked: number, sent: number) => void
  /** Packets that were not sent to it since the last time this was called. */
  readonly onSkipped: (packets: number) => void
}

/**
 * One viewer of one camera. Packets go straight from the camera to the viewer's socket; when the camera ends and comes back within
 * the grace period, the viewer's stream goes on with unbroken sequence numbers and time.
 */
export class WhepSession implements PacketSink {
  readonly camera: CameraId
  readonly #init: WhepSessionInit
  readonly #open: OpenFeed
  readonly #rewriters = { video: packetRewriter(90_000), audio: packetRewriter(48_000) }
  #feed: CameraFeed
  #leave: () => void = () => {}
  #connection: ViewerConnection | undefined
  #ice: IcePatches | undefined
  #accept: ((answer: ViewerOffer) => Promise<void>) | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #losses = lossMeter()
  readonly #resends = { video: resendBudget(), audio: resendBudget() }
  #needsKeyframe = true
  #restsUntilMs = -Infinity
  #behind = false
  #skipped = 0
  #closed = false

  constructor(init: WhepSessionInit) {
    this.#init = init
    this.camera = init.camera
    this.#feed = init.feed
    this.#open = init.open
  }

  /** Answer the offer; packets flow once the viewer is connected. @throws InvalidInputError */
  async answer(offer: ViewerOffer, answerViewer: AnswerViewer): Promise<string> {
    const connection = await answerViewer(offer, this.#events())
    this.#begin(connection)
    this.#giveUpAfter(CONNECT_TIMEOUT_MS, 'viewer did not connect')
    return connection.answer
  }

  /** Make an offer of our own; packets flow once it is accepted and the viewer is connected. */
  async offer(lowDelay: boolean, offerToViewer: OfferToViewer): Promise<string> {
    const connection = await offerToViewer({ tracks: this.#feed.camera.tracks, lowDelay }, this.#events())
    this.#begin(connection)
    this.#accept = (answer) => connection.accept(answer)
    this.#giveUpAfter(COUNTER_OFFER_MS, 'viewer did not answer our offer')
    return connection.answer
  }

  /** The viewer's answer to our offer, once. @throws UnprocessableError, InvalidInputError, NotAcceptableOfferError */
  async accept(text: string): Promise<void> {
    const accept = this.#accept
    if (accept === undefined) throw new UnprocessableError('this session waits for no SDP answer')
    const answer = readViewerAnswer(text, codingOf(this.#feed.camera.tracks))
    this.#accept = undefined
    this.#giveUpAfter(CONNECT_TIMEOUT_MS, 'viewer did not connect')
    await accept(answer)
  }

  /** ICE candidates and restarts. Begins with the answer. */
  get ice(): IcePatches {
    if (this.#ice === undefined) throw new UnprocessableError('this session has no connection yet')
    return this.#ice
  }

  write(packet: LivePacket): void {
    const { kind } = packet.track
    if (kind === 'video' && !this.#passes(packet)) return
    if (kind === 'video') this.#losses.sent()
    this.#resends[kind].sent()
    const { sequence, timestamp } = this.#rewriters[kind].next(packet)
    this.#connection?.sendRtp(kind, { sequence, timestamp, marker: packet.rtp.marker }, packet.rtp.payload)
  }

  report(report: TrackReport): void {
    const kind = this.#feed.camera.tracks.find((track) => track.index === report.track)?.kind
    const timestamp = kind === undefined ? undefined : this.#rewriters[kind].timeOf(report.rtp)
    if (kind !== undefined && timestamp !== undefined) this.#connection?.sendReport(kind, report.wallMs, timestamp)
  }

  /** This thread was not given all packets; who left them out asked for a keyframe, and counted them. */
  skip(): void { this.#needsKeyframe = true }

  /** The camera is gone here; it may be back in a moment. */
  ended(reason: string): void {
    this.#feed.release()
    if (!this.#closed) void this.#resume(reason, performance.now() + VIEWER_GRACE_MS)
  }

  close(reason: string): void {
    void this.#connection?.close()
    this.#finish(reason)
  }

  #events(): ViewerEvents {
    return {
      connected: () => this.#connected(),
      closed: (reason) => this.#finish(reason),
      keyframeWanted: () => this.#feed.camera.requestKeyframe(),
      lost: (kind, sequences) => this.#resend(kind, sequences)
    }
  }

  #begin(connection: ViewerConnection): void {
    this.#connection = connection
    this.#ice = icePatches(connection.ice, connection.answer)
  }

  #giveUpAfter(ms: number, reason: string): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.close(reason), ms).unref()
  }

  #connected(): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    this.#attach()
  }

  #attach(): void {
    const { camera } = this.#feed
    this.#needsKeyframe = true
    this.#leave = camera.add(this)
    camera.requestKeyframe()
    this.#reportAll()
  }

  #reportAll(): void {
    for (const { index } of this.#feed.camera.tracks) {
      const report = this.#feed.camera.lastReport(index)
      if (report !== undefined) this.report(report)
    }
  }

  /** A viewer starts, and starts again after falling behind, with a keyframe; until then nothing is sent. */
  #passes(packet: LivePacket): boolean {
    if (this.#needsKeyframe && (!packet.key || packet.arrivedMs < this.#restsUntilMs)) return this.#leaveOut()
    if (!this.#needsKeyframe && packet.sequence % QUEUE_LOOK_PACKETS !== 0) return true
    const queued = this.#connection?.queuedBytes() ?? 0
    if (queued > VIEWER_QUEUE_BYTES && !this.#needsKeyframe) this.#fallBehind()
    if (!this.#needsKeyframe) return true
    if (queued > VIEWER_QUEUE_BYTES / 2) return this.#leaveOut()
    this.#start()
    return true
  }

  #start(): void {
    this.#needsKeyframe = false
    this.#rewriters.video.cut()
    queueMicrotask(() => this.#reportAll()) // now that this packet's time is known
    if (this.#skipped > 0) this.#init.onSkipped(this.#skipped)
    this.#behind = false
    this.#skipped = 0
  }

  #fallBehind(): void {
    this.#needsKeyframe = true
    this.#behind = true
    this.#feed.camera.requestKeyframe()
  }

  /** Its line does not carry the camera, and packets sent again take what there is: nothing for a moment, then a keyframe. */
  #rest(): void {
    this.#needsKeyframe = true
    this.#behind = true
    this.#restsUntilMs = performance.now() + REST_MS
    setTimeout(() => { if (this.#needsKeyframe && !this.#closed) this.#feed.camera.requestKeyframe() }, REST_MS).unref()
  }

  /** Waiting for the very first picture is no falling behind. */
  #leaveOut(): false {
    if (this.#behind) this.#skipped++
    return false
  }

  #resend(kind: MediaKind, sequences: readonly number[]): void {
    const track = this.#feed.camera.track(kind)
    if (track === undefined) return
    const found = [...new Set(sequences)].flatMap((low) => {
      const sequence = this.#rewriters[kind].sourceOf(low)
      return sequence === undefined ? [] : this.#feed.camera.recall(track.index, sequence) ?? []
    })
    if (kind === 'video' && this.#losses.asked(found) && !this.#needsKeyframe) this.#rest()
    const rests = kind === 'video' && performance.now() < this.#restsUntilMs
    const again = rests || (this.#connection?.queuedBytes() ?? 0) > VIEWER_QUEUE_BYTES ? [] : this.#resends[kind].grant(found)
    this.#init.onNack(sequences.length, again.length)
    for (const packet of again) this.#connection?.sendRtp(kind, { ...this.#rewriters[kind].again(packet), marker: packet.rtp.marker }, packet.rtp.payload)
  }

  async #resume(reason: string, untilMs: number): Promise<void> {
    while (!this.#closed && performance.now() < untilMs) {
      try {
        const feed = await this.#open(this.camera)
        if (this.#closed) return feed.release()
        const before = codingOf(this.#feed.camera.tracks).codec
        this.#feed = feed
        if (codingOf(feed.camera.tracks).codec !== before) break // what was agreed on is another codec: the viewer has to offer anew
        for (const rewriter of Object.values(this.#rewriters)) rewriter.switchSource()
        return this.#attach()
      } catch {
        await new Promise<void>((resolve) => { this.#timer = setTimeout(resolve, RETRY_MS).unref() })
      }
    }
    this.close(`camera ended: ${reason}`)
  }

  #finish(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.#leave()
    this.#feed.release()
    this.#init.onClosed(reason)
  }
}
