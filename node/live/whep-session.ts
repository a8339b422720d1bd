import type { CameraId } from '#protocols/ids.ts'
import type { TrackReport } from '#protocols/media.ts'
import { type AnswerViewer, type MediaKind, type ViewerConnection } from './webrtc.ts'
import type { CameraFeed, OpenFeed } from './camera-feed.ts'
import type { LivePacket } from './live-packet.ts'
import { packetRewriter } from './packet-rewriter.ts'
import type { ViewerOffer } from './sdp-offer.ts'
import type { PacketSink } from './track-reader.ts'

/** A viewer waits this long, in milliseconds, for a camera that ended to come back (another node, a reconnect). @default 5000 */
export const VIEWER_GRACE_MS = 5_000
/** A viewer that has not connected after this many milliseconds is given up. @default 15000 */
export const CONNECT_TIMEOUT_MS = 15_000
/** A viewer whose socket holds more than this many unsent bytes skips to the next keyframe. @default 524288 */
export const VIEWER_QUEUE_BYTES = 524_288
/** How often, in packets, a socket is asked what it holds: asking costs as much as numbering one. */
const QUEUE_LOOK_PACKETS = 8
const RETRY_MS = 250

export interface WhepSessionInit {
  readonly camera: CameraId
  readonly feed: CameraFeed
  readonly open: OpenFeed
  readonly onClosed: (reason: string) => void
  /** Packets the viewer asked for again. */
  readonly onNack: (packets: number) => void
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
  #timer: NodeJS.Timeout | undefined
  #needsKeyframe = true
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
    this.#connection = await answerViewer(offer, {
      connected: () => this.#connected(),
      closed: (reason) => this.#finish(reason),
      keyframeWanted: () => this.#feed.camera.requestKeyframe(),
      lost: (kind, sequences) => this.#resend(kind, sequences)
    })
    this.#timer = setTimeout(() => this.close('viewer did not connect'), CONNECT_TIMEOUT_MS).unref()
    return this.#connection.answer
  }

  /** @throws InvalidInputError */
  async addCandidate(candidate: string, mid: string): Promise<void> {
    await this.#connection?.addCandidate(candidate, mid)
  }

  write(packet: LivePacket): void {
    const { kind } = packet.track
    if (kind === 'video' && !this.#passes(packet)) return
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
    if (this.#needsKeyframe && !packet.key) return this.#leaveOut()
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

  /** Waiting for the very first picture is no falling behind. */
  #leaveOut(): false {
    if (this.#behind) this.#skipped++
    return false
  }

  #resend(kind: MediaKind, sequences: readonly number[]): void {
    const track = this.#feed.camera.track(kind)
    if (track === undefined) return
    this.#init.onNack(sequences.length)
    for (const low of sequences) {
      const sequence = this.#rewriters[kind].sourceOf(low)
      const packet = sequence === undefined ? undefined : this.#feed.camera.recall(track.index, sequence)
      if (packet === undefined) continue
      this.#connection?.sendRtp(kind, { ...this.#rewriters[kind].again(packet), marker: packet.rtp.marker }, packet.rtp.payload)
    }
  }

  async #resume(reason: string, untilMs: number): Promise<void> {
    while (!this.#closed && performance.now() < untilMs) {
      try {
        const feed = await this.#open(this.camera)
        if (this.#closed) return feed.release()
        this.#feed = feed
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
