import type { CameraId, PeerId } from '#protocols/ids.ts'
import type { Track, TrackPacket, TrackReport } from '#protocols/media.ts'
import { InvalidMessageError } from '#protocols/errors.ts'
import { type LivePacket, packetReader } from './live-packet.ts'
import type { PacketSink } from './track-reader.ts'

/** A source is asked for a keyframe at most this often, in milliseconds, however many viewers ask. @default 500 */
export const KEYFRAME_REQUEST_MS = 500
/** Packets of each track kept for viewers that lost some. @default 2048 */
export const HISTORY_PACKETS = 2_048
const RATE_WINDOW_MS = 2_000

/** What is known of a camera when it goes live here. */
export interface LiveCameraInit {
  readonly id: CameraId
  readonly name: string
  readonly source: string
  /** Who sends it: the camera peer, or the node it is relayed from. */
  readonly from: PeerId
  readonly tracks: readonly Track[]
  /** Ask the source for a keyframe. */
  requestKeyframe(): void
}

/** One camera that is live on this node, published here or relayed from another node: one writer, any number of sinks. */
export class LiveCamera {
  readonly id: CameraId
  readonly name: string
  readonly source: string
  readonly from: PeerId
  readonly tracks: readonly Track[]
  readonly sinceMs = Date.now()
  /** Pixels; from the track, or from the stream itself once it was seen. */
  size = { width: 0, height: 0 }
  readonly #ask: () => void
  readonly #sinks = new Set<PacketSink>()
  readonly #states = new Map<number, { read: ReturnType<typeof packetReader>; history: Array<LivePacket | undefined>; report: TrackReport | undefined }>()
  readonly #rate = { startMs: performance.now(), bytes: 0, frames: 0, bitsPerSecond: 0, framesPerSecond: 0 }
  #asked = { atMs: -KEYFRAME_REQUEST_MS, timer: undefined as NodeJS.Timeout | undefined }
  #heardMs = performance.now()
  #endedReason: string | undefined

  constructor(init: LiveCameraInit) {
    this.id = init.id
    this.name = init.name
    this.source = init.source
    this.from = init.from
    this.tracks = init.tracks
    this.#ask = () => init.requestKeyframe()
    for (const track of init.tracks) this.#states.set(track.index, { read: packetReader(track), history: Array.from({ length: HISTORY_PACKETS }), report: undefined })
    const video = this.track('video')
    if (video !== undefined) this.size = { width: video.width, height: video.height }
  }

  track(kind: Track['kind']): Track | undefined { return this.tracks.find((track) => track.kind === kind) }
  get endedReason(): string | undefined { return this.#endedReason }
  get sinks(): number { return this.#sinks.size }

  /** @throws InvalidMessageError when the packet is none of this camera's */
  write({ track, rtp }: TrackPacket): void {
    const state = this.#states.get(track)
    if (state === undefined) throw new InvalidMessageError(`camera ${this.id} has no track ${track}`)
    const packet = state.read(rtp, performance.now())
    this.#heardMs = packet.arrivedMs
    state.history[packet.sequence % HISTORY_PACKETS] = packet
    this.#count(packet, rtp.byteLength)
    for (const sink of this.#sinks) sink.write(packet)
  }

  report(report: TrackReport): void {
    const state = this.#states.get(report.track)
    if (state === undefined || !Number.isFinite(report.wallMs)) throw new InvalidMessageError(`camera ${this.id} has no track ${report.track}, or its report no time`)
    state.report = report
    for (const sink of this.#sinks) sink.report(report)
  }

  /** Packets were left out before the next one: every picture goes on at a keyframe. */
  skip(): void {
    for (const sink of this.#sinks) sink.skip?.()
  }

  /** The source's last own pairing of wall clock and RTP time. */
  lastReport(track: number): TrackReport | undefined { return this.#states.get(track)?.report }

  /** A packet of the recent past by its unwrapped sequence number. */
  recall(track: number, sequence: number): LivePacket | undefined {
    const packet = this.#states.get(track)?.history[sequence % HISTORY_PACKETS]
    return packet?.sequence === sequence ? packet : undefined
  }

  /** From now on `sink` gets every packet. Answers the way to leave. */
  add(sink: PacketSink): () => void {
    if (this.#endedReason !== undefined) sink.ended(this.#endedReason)
    else this.#sinks.add(sink)
    return () => { this.#sinks.delete(sink) }
  }

  /** Ask the source for a keyframe, now or as soon as the last request is old enough. */
  requestKeyframe(): void {
    if (this.#endedReason !== undefined || this.#asked.timer !== undefined) return
    const waitMs = this.#asked.atMs + KEYFRAME_REQUEST_MS - performance.now()
    const ask = (): void => {
      this.#asked = { atMs: performance.now(), timer: undefined }
      this.#ask()
    }
    if (waitMs <= 0) ask()
    else this.#asked.timer = setTimeout(ask, waitMs).unref()
  }

  /** Milliseconds since the last packet, or since the beginning. */
  silentMs(): number { return performance.now() - this.#heardMs }

  /** Averages of the last seconds; zero when nothing comes. */
  rates(): { bitsPerSecond: number; framesPerSecond: number } {
    const silent = performance.now() - this.#rate.startMs > 2 * RATE_WINDOW_MS
    return silent ? { bitsPerSecond: 0, framesPerSecond: 0 } : { bitsPerSecond: this.#rate.bitsPerSecond, framesPerSecond: this.#rate.framesPerSecond }
  }

  /** No longer live: every sink is told, once. */
  end(reason: string): void {
    if (this.#endedReason !== undefined) return
    this.#endedReason = reason
    clearTimeout(this.#asked.timer)
    for (const sink of this.#sinks) sink.ended(reason)
    this.#sinks.clear()
  }

  #count(packet: LivePacket, bytes: number): void {
    const rate = this.#rate
    rate.bytes += bytes
    if (packet.rtp.marker && packet.track.kind === 'video') rate.frames++
    const elapsedMs = packet.arrivedMs - rate.startMs
    if (elapsedMs < RATE_WINDOW_MS) return
    rate.bitsPerSecond = Math.round(rate.bytes * 8000 / elapsedMs)
    rate.framesPerSecond = Math.round(rate.frames * 10_000 / elapsedMs) / 10
    Object.assign(rate, { startMs: packet.arrivedMs, bytes: 0, frames: 0 })
  }
}
