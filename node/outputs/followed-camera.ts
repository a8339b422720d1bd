import { setTimeout as sleep } from 'node:timers/promises'
import type { CameraId } from '#protocols/ids.ts'
import type { TrackReport } from '#protocols/media.ts'
import type { CameraFeed, OpenFeed } from '../live/camera-feed.ts'
import type { LiveCamera } from '../live/live-camera.ts'
import type { LivePacket } from '../live/live-packet.ts'
import type { PacketSink } from '../live/track-reader.ts'

/** An output waits this long, in milliseconds, for a camera that ended to come back (another node, a reconnect). @default 5000 */
export const OUTPUT_GRACE_MS = 5_000
const RETRY_MS = 250

/** Who follows a camera. Never blocks and never throws. */
export interface Follower {
  write(packet: LivePacket): void
  report(report: TrackReport): void
  /** What follows comes from this camera: at the beginning, and again when the camera came back. */
  attached(camera: LiveCamera): void
  /** It ended and did not come back; nothing follows. */
  ended(reason: string): void
}

/** One output's hold on a camera, wherever that is published; it lasts over a short absence of the camera. */
export class FollowedCamera implements PacketSink {
  readonly id: CameraId
  readonly #open: OpenFeed
  readonly #closing = new AbortController()
  #feed: CameraFeed
  #follower: Follower | undefined
  #leave: () => void = () => {}

  private constructor(open: OpenFeed, feed: CameraFeed) {
    this.id = feed.camera.id
    this.#open = open
    this.#feed = feed
  }

  /** @throws TrackUnavailableError when it is live nowhere */
  static async open(open: OpenFeed, camera: CameraId): Promise<FollowedCamera> {
    return new FollowedCamera(open, await open(camera))
  }

  /** The camera as it was last seen. */
  get camera(): LiveCamera { return this.#feed.camera }

  /** From now on `follower` gets every packet. */
  follow(follower: Follower): void {
    this.pause()
    this.#follower = follower
    this.#attach()
  }

  /** No packets until somebody follows again; the camera stays held. */
  pause(): void {
    this.#leave()
    this.#follower = undefined
  }

  write(packet: LivePacket): void { this.#follower?.write(packet) }
  report(report: TrackReport): void { this.#follower?.report(report) }

  ended(reason: string): void {
    this.#feed.release()
    if (!this.#closing.signal.aborted) void this.#resume(reason, performance.now() + OUTPUT_GRACE_MS)
  }

  /** Let go of the camera. Idempotent. */
  close(): void {
    this.#closing.abort()
    this.pause()
    this.#feed.release()
  }

  #attach(): void {
    const { camera } = this.#feed
    this.#follower?.attached(camera)
    if (this.#closing.signal.aborted) return // it can not go on with this one
    this.#leave = camera.add(this)
    camera.requestKeyframe()
  }

  async #resume(reason: string, untilMs: number): Promise<void> {
    while (!this.#closing.signal.aborted && performance.now() < untilMs) {
      try {
        const feed = await this.#open(this.id)
        if (this.#closing.signal.aborted) return feed.release()
        this.#feed = feed
        return this.#attach()
      } catch {
        await sleep(RETRY_MS, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {})
      }
    }
    if (!this.#closing.signal.aborted) this.#follower?.ended(reason)
  }
}
