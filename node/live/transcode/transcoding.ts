import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import type { Track, TrackReport } from '#protocols/media.ts'
import { h264Packetiser, splitAnnexB } from '#protocols/rtp/h264.ts'
import type { AccessUnit, Depacketiser } from '#protocols/rtp/depacketiser.ts'
import type { RtpPacket } from '#protocols/rtp/packet.ts'
import { decodable, depacketiserOf, type VideoCodec } from '#protocols/rtp/video-codecs.ts'
import type { CameraFeed } from '../camera-feed.ts'
import { type Coding, codingOf } from '../coding.ts'
import { LiveCamera } from '../live-camera.ts'
import type { LivePacket } from '../live-packet.ts'
import type { PacketSink } from '../track-reader.ts'
import type { TranscodeReply, TranscodeRequest } from './transcode-child.ts'

/** Pictures the process may be behind before it is given none up to the next keyframe. @default 15 */
export const MAX_BEHIND_PICTURES = 15
/** How the pictures are: constrained baseline, which every browser decodes. */
export const BASELINE: Coding = { codec: 'H264', fmtp: 'profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1' }
const PROGRAM = new URL('./transcode-child.ts', import.meta.url)

/** One camera with its pictures made anew as H.264, in a process of their own; its sound and its times as they were. */
export class Transcoding implements PacketSink {
  readonly camera: LiveCamera
  readonly #feed: CameraFeed
  readonly #codec: VideoCodec
  readonly #video: number
  readonly #depacketiser: Depacketiser
  readonly #packetiser = h264Packetiser({ sequence: randomInt(1, 2 ** 15) })
  readonly #child: ChildProcess
  #leave: () => void = () => {}
  #waiting = 0
  #needsKeyframe = true

  constructor(feed: CameraFeed) {
    const { camera } = feed
    const coding = codingOf(camera.tracks)
    this.#feed = feed
    this.#codec = coding.codec
    this.#depacketiser = depacketiserOf(coding.codec)
    this.#video = camera.track('video')?.index ?? 0
    const tracks = camera.tracks.map((track): Track => track.kind === 'video' ? { ...track, ...BASELINE } : track)
    this.camera = new LiveCamera({ id: camera.id, name: camera.name, source: camera.source, from: camera.from, tracks, requestKeyframe: () => this.#send({ keyframe: true }) })
    this.#child = fork(PROGRAM, [coding.codec], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--max-old-space-size=256', '--disable-warning=ExperimentalWarning'], env: {} })
    this.#child.on('error', () => {}) // an exit follows
    this.#child.on('message', (reply: TranscodeReply) => this.#hear(reply))
    this.#child.once('exit', () => this.close('the process that makes H.264 of it ended'))
    for (const { index } of camera.tracks) this.#repeat(camera.lastReport(index))
    this.#leave = camera.add(this)
    camera.requestKeyframe()
  }

  write(packet: LivePacket): void {
    if (packet.track.kind === 'audio') return this.camera.write({ track: packet.track.index, rtp: packet.bytes })
    for (const unit of this.#depacketiser.push(packet.rtp as RtpPacket)) this.#take(unit)
  }

  report(report: TrackReport): void { this.camera.report(report) }
  skip(): void { this.#needsKeyframe = true }
  ended(reason: string): void { this.close(reason) }

  close(reason: string): void {
    if (this.camera.endedReason !== undefined) return
    this.camera.end(reason)
    this.#leave()
    this.#feed.release()
    this.#child.kill('SIGKILL')
  }

  #repeat(report: TrackReport | undefined): void { if (report !== undefined) this.camera.report(report) }

  #take(unit: AccessUnit): void {
    const broken = unit.damaged || (unit.lost > 0 && !unit.keyframe) || this.#waiting >= MAX_BEHIND_PICTURES
    if (broken && !this.#needsKeyframe) {
      this.#needsKeyframe = true
      this.#feed.camera.requestKeyframe()
    }
    if (broken || (this.#needsKeyframe && !unit.keyframe)) return
    this.#needsKeyframe = false
    this.#waiting++
    this.#send({ unit: decodable(this.#codec, unit.nals), timestamp: unit.timestamp })
  }

  #send(request: TranscodeRequest): void { if (this.#child.connected) this.#child.send(request, () => {}) } // when it fails an exit follows

  #hear(reply: TranscodeReply): void {
    if ('impossible' in reply) return this.close(`no H.264 can be made of it: ${reply.impossible}`)
    if (reply.done) this.#waiting--
    if (reply.unit === undefined || reply.timestamp === undefined || this.camera.endedReason !== undefined) return
    for (const rtp of this.#packetiser.packets(splitAnnexB(reply.unit), reply.timestamp)) this.camera.write({ track: this.#video, rtp })
  }
}
