import { randomBytes } from 'node:crypto'
import type { CameraId } from '#protocols/ids.ts'
import type { TrackReport } from '#protocols/media.ts'
import { codingOf } from '../../live/coding.ts'
import type { LiveCamera } from '../../live/live-camera.ts'
import type { LivePacket } from '../../live/live-packet.ts'
import type { FollowedCamera, Follower } from '../followed-camera.ts'
import { CLIENT_QUEUE_BYTES, KeyframeGate } from './keyframe-gate.ts'
import type { MediaTransport } from './media-transport.ts'
import { TrackSender } from './track-sender.ts'

type Kind = TrackSender['kind']

/** One client's session: the tracks it set up of one camera, sent while it plays. Sound waits for the first picture. */
export class RtspSession implements Follower {
  /** Unguessable. */
  readonly id = randomBytes(12).toString('hex')
  readonly #source: FollowedCamera
  readonly #onEnded: (reason: string) => void
  readonly #gate: KeyframeGate
  readonly #senders = new Map<Kind, TrackSender>()
  readonly #cname = randomBytes(8).toString('hex')
  readonly #codec: string
  #camera: LiveCamera | undefined
  #playing = false

  constructor(source: FollowedCamera, onEnded: (reason: string) => void) {
    this.#source = source
    this.#onEnded = onEnded
    this.#gate = new KeyframeGate(() => source.camera.requestKeyframe())
    this.#codec = codingOf(source.camera.tracks).codec
  }

  get camera(): CameraId { return this.#source.id }
  get playing(): boolean { return this.#playing }
  get hasTracks(): boolean { return this.#senders.size > 0 }
  has(kind: Kind): boolean { return this.#senders.has(kind) }

  /** Take a track up. Answers its sender's SSRC. */
  add(kind: Kind, transport: MediaTransport): number {
    const sender = new TrackSender({ kind, clockRate: kind === 'video' ? 90_000 : 48_000 }, transport, this.#cname)
    this.#senders.set(kind, sender)
    return sender.ssrc
  }

  play(): void {
    if (this.#playing) return
    this.#playing = true
    this.#source.follow(this)
  }

  pause(): void {
    this.#playing = false
    this.#source.pause()
  }

  attached(camera: LiveCamera): void {
    if (codingOf(camera.tracks).codec !== this.#codec) return this.#onEnded(`the camera came back with another codec than ${this.#codec}`)
    const change = this.#camera === undefined || this.#camera === camera ? 'cut' : 'switchSource'
    this.#camera = camera
    this.#gate.close()
    for (const sender of this.#senders.values()) sender[change]()
  }

  write(packet: LivePacket): void {
    const { kind, index } = packet.track
    const sender = this.#senders.get(kind)
    if (sender === undefined || !this.#passes(packet, sender)) return
    sender.send(packet, this.#source.camera.lastReport(index))
  }

  report(report: TrackReport): void {
    const kind = this.#source.camera.tracks.find(({ index }) => index === report.track)?.kind
    if (kind !== undefined) this.#senders.get(kind)?.report(report)
  }

  ended(reason: string): void { this.#onEnded(reason) }

  close(): void {
    this.#playing = false
    this.#source.close()
    for (const sender of this.#senders.values()) sender.close()
    this.#senders.clear()
  }

  #passes(packet: LivePacket, sender: TrackSender): boolean {
    const queued = sender.transport.queuedBytes()
    if (sender.kind === 'audio') return queued <= CLIENT_QUEUE_BYTES && (this.#gate.isOpen || !this.#senders.has('video'))
    const verdict = this.#gate.judge(packet, queued)
    if (verdict === 'first') sender.cut()
    return verdict !== 'skip'
  }
}
