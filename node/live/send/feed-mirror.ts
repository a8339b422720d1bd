import type { TrackPacket, TrackReport } from '#protocols/media.ts'
import type { CameraFeed } from '../camera-feed.ts'
import type { LivePacket } from '../live-packet.ts'
import type { PacketSink } from '../track-reader.ts'
import { type Backlog, MAX_BACKLOG_MS, MAX_BACKLOG_PACKETS } from './backlog.ts'
import { atEndOfTurn } from './turn.ts'
import { pack, type ToWorker } from './worker-messages.ts'

export interface FeedMirrorInit {
  readonly number: number
  readonly feed: CameraFeed
  readonly backlog: Backlog
  readonly post: (message: ToWorker, transfer?: ArrayBuffer[]) => void
  readonly onSkipped: (packets: number) => void
  readonly onEnded: () => void
}

/** One camera's packets to one thread, once however many viewers are there. A thread that falls behind is given no pictures up to the next keyframe. */
export class FeedMirror implements PacketSink {
  readonly #init: FeedMirrorInit
  #leave: () => void = () => {}
  #waiting: TrackPacket[] = []
  #skipping = false
  #ended = false

  constructor(init: FeedMirrorInit) {
    this.#init = init
    const { camera } = init.feed
    for (const { index } of camera.tracks) {
      const report = camera.lastReport(index)
      if (report !== undefined) this.report(report)
    }
    this.#leave = camera.add(this)
  }

  write(packet: LivePacket): void {
    if (!this.#passes(packet)) return this.#init.onSkipped(1)
    if (this.#waiting.push({ track: packet.track.index, rtp: packet.bytes }) === 1) atEndOfTurn(() => this.#flush())
  }

  report(report: TrackReport): void {
    this.#flush()
    this.#init.post({ type: 'sendReport', camera: this.#init.number, report })
  }

  ended(reason: string): void {
    this.#flush()
    this.close()
    this.#init.post({ type: 'ended', camera: this.#init.number, reason })
    this.#init.onEnded()
  }

  requestKeyframe(): void { this.#init.feed.camera.requestKeyframe() }

  close(): void {
    if (this.#ended) return
    this.#ended = true
    this.#leave()
    this.#init.feed.release()
  }

  #passes(packet: LivePacket): boolean {
    const { backlog } = this.#init
    const behindMs = backlog.behindMs()
    if (this.#skipping && packet.key && behindMs < MAX_BACKLOG_MS / 2) this.#skipping = false
    else if (!this.#skipping && (behindMs > MAX_BACKLOG_MS || backlog.packets() > MAX_BACKLOG_PACKETS)) this.#skip()
    const sound = packet.track.kind === 'audio' && behindMs < 2 * MAX_BACKLOG_MS // it is little, and its gaps are heard
    return !this.#skipping || sound
  }

  #skip(): void {
    this.#skipping = true
    this.#flush()
    this.#init.post({ type: 'skip', camera: this.#init.number })
    this.requestKeyframe()
  }

  #flush(): void {
    const packets = this.#waiting
    if (packets.length === 0) return
    this.#waiting = []
    const packed = pack(packets)
    this.#init.backlog.posted(packets.length)
    this.#init.post({ type: 'sendRtp', camera: this.#init.number, ...packed }, [packed.bytes.buffer])
  }
}
