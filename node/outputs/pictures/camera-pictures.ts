import { OverloadedError, TrackUnavailableError } from '#protocols/errors.ts'
import { joinAnnexB } from '#protocols/rtp/h264.ts'
import type { AccessUnit, Depacketiser } from '#protocols/rtp/depacketiser.ts'
import type { RtpPacket } from '#protocols/rtp/packet.ts'
import { decodable, depacketiserOf, type VideoCodec } from '#protocols/rtp/video-codecs.ts'
import { codingOf } from '../../live/coding.ts'
import type { LiveCamera } from '../../live/live-camera.ts'
import type { LivePacket } from '../../live/live-packet.ts'
import { parametersOf } from '../../recording/video-format.ts'
import type { FollowedCamera, Follower } from '../followed-camera.ts'
import { PictureDecoder } from './picture-decoder.ts'

/** A picture this young, in milliseconds, is good for a snapshot. @default 1000 */
export const FRESH_MS = 1_000
/** A snapshot waits this long, in milliseconds, for the next picture. @default 10000 */
export const SNAPSHOT_MS = 10_000
/** Sizes of one camera that are drawn at once. @default 4 */
export const MAX_SIZES = 4
/** A decoder that died is replaced after this many milliseconds. @default 1000 */
export const REPLACE_MS = 1_000

/** Somebody who watches a camera as a row of JPEGs. */
export interface PictureViewer {
  /** Pixels; 0 for the camera's own. */
  readonly width: number
  /** At most so many a second. */
  readonly framesPerSecond: number
  /** Must not block. */
  give(jpeg: Uint8Array): void
  ended(reason: string): void
}

interface Watching { readonly viewer: PictureViewer; lastMs: number }

/** The pictures of one camera, decoded once for all who look: all of them while somebody watches, else only keyframes. */
export class CameraPictures implements Follower {
  readonly #source: FollowedCamera
  readonly #onEnded: (reason: string) => void
  readonly #decoderTimeoutMs: number | undefined
  readonly #watching = new Set<Watching>()
  readonly #drawing = new Set<number>()
  #waiting: Array<() => void> = []
  #codec: VideoCodec
  #depacketiser: Depacketiser
  #decoder: PictureDecoder | undefined
  #timer: NodeJS.Timeout | undefined
  #needsKeyframe = true
  #pictureMs = -Infinity
  #closed = false

  constructor(source: FollowedCamera, { onEnded, decoderTimeoutMs }: { onEnded: (reason: string) => void; decoderTimeoutMs?: number | undefined }) {
    this.#source = source
    this.#onEnded = onEnded
    this.#decoderTimeoutMs = decoderTimeoutMs
    this.#codec = codingOf(source.camera.tracks).codec
    this.#depacketiser = depacketiserOf(this.#codec, { reorderPackets: 0 })
    this.#startDecoder()
    source.follow(this)
  }

  get viewers(): number { return this.#watching.size }

  /** A JPEG not older than a moment. @throws TrackUnavailableError */
  async snapshot(width: number): Promise<Uint8Array> {
    if (performance.now() - this.#pictureMs > FRESH_MS) await this.#nextPicture()
    if (this.#decoder === undefined) throw new TrackUnavailableError('the camera\'s picture can not be decoded now')
    return this.#decoder.picture(width)
  }

  /** Answers the way to leave. @throws OverloadedError */
  watch(viewer: PictureViewer): () => void {
    const sizes = new Set([...this.#watching].map((other) => other.viewer.width))
    if (!sizes.has(viewer.width) && sizes.size >= MAX_SIZES) throw new OverloadedError(`this camera is drawn in ${MAX_SIZES} sizes already: ask for a width of ${[...sizes].filter((width) => width > 0).join(', ') || 'none'}`)
    if (this.#watching.size === 0) this.#askKeyframe()
    const watching = { viewer, lastMs: -Infinity }
    this.#watching.add(watching)
    return () => { this.#watching.delete(watching) }
  }

  attached(camera: LiveCamera): void {
    const { codec } = codingOf(camera.tracks)
    this.#depacketiser = depacketiserOf(codec, { reorderPackets: 0 })
    this.#needsKeyframe = true
    if (codec !== this.#codec) this.#replaceDecoder(codec)
    else this.#tellParameters(camera)
  }

  write(packet: LivePacket): void {
    if (packet.track.kind !== 'video') return
    for (const unit of this.#depacketiser.push(packet.rtp as RtpPacket)) this.#take(unit)
  }

  report(): void {}

  ended(reason: string): void { this.#onEnded(reason) }

  async close(reason: string): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.#source.close()
    for (const { viewer } of this.#watching) viewer.ended(reason)
    this.#watching.clear()
    this.#wake()
    await this.#decoder?.close()
  }

  #take(unit: AccessUnit): void {
    const skips = this.#watching.size === 0 && !unit.keyframe
    if (skips || this.#decoder === undefined) {
      this.#needsKeyframe = true
    } else if (unit.damaged || (unit.lost > 0 && !unit.keyframe) || this.#decoder.isBehind) {
      if (!this.#needsKeyframe) this.#askKeyframe()
    } else if (unit.keyframe || !this.#needsKeyframe) {
      this.#needsKeyframe = false
      this.#decoder.decode(decodable(this.#codec, unit.nals))
    }
  }

  #askKeyframe(): void {
    this.#needsKeyframe = true
    this.#source.camera.requestKeyframe()
  }

  #drawn(): void {
    this.#pictureMs = performance.now()
    this.#wake()
    for (const width of new Set([...this.#watching].map(({ viewer }) => viewer.width))) void this.#serve(width)
  }

  /** One drawing of this size for everybody whose turn it is. */
  async #serve(width: number): Promise<void> {
    const nowMs = performance.now()
    const due = [...this.#watching].filter(({ viewer, lastMs }) => viewer.width === width && nowMs - lastMs >= 950 / viewer.framesPerSecond)
    if (due.length === 0 || this.#drawing.has(width)) return
    this.#drawing.add(width)
    for (const watching of due) watching.lastMs = nowMs
    try {
      const jpeg = await this.#decoder?.picture(width)
      if (jpeg !== undefined) for (const watching of due) if (this.#watching.has(watching)) watching.viewer.give(jpeg)
    } catch {} // the next picture may be drawn
    this.#drawing.delete(width)
  }

  #nextPicture(): Promise<void> {
    this.#source.camera.requestKeyframe()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new TrackUnavailableError('the camera shows no picture now')), SNAPSHOT_MS)
      this.#waiting.push(() => {
        clearTimeout(timer)
        if (this.#closed) reject(new TrackUnavailableError('the camera is not live any more'))
        else resolve()
      })
    })
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** The camera came back with another codec. */
  #replaceDecoder(codec: VideoCodec): void {
    this.#codec = codec
    void this.#decoder?.close()
    clearTimeout(this.#timer)
    this.#startDecoder()
  }

  #startDecoder(): void {
    this.#decoder = new PictureDecoder({
      codec: this.#codec,
      timeoutMs: this.#decoderTimeoutMs,
      onPicture: () => this.#drawn(),
      onGone: () => {
        this.#decoder = undefined
        if (!this.#closed) this.#timer = setTimeout(() => this.#startDecoder(), REPLACE_MS).unref()
      }
    })
    this.#needsKeyframe = true
    this.#tellParameters(this.#source.camera)
    this.#source.camera.requestKeyframe()
  }

  /** They may come with the track and not in the stream. */
  #tellParameters(camera: LiveCamera): void {
    const told = parametersOf(camera.track('video')?.fmtp ?? '')
    if (told !== undefined) this.#decoder?.decode(joinAnnexB([told.sps, told.pps]))
  }
}
