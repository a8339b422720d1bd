import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '#ring/base/log.ts'
import type { LiveCamera } from '../../live/live-camera.ts'
import { type PartSink, Recording } from '../../recording/recording.ts'
import type { FollowedCamera, Follower } from '../followed-camera.ts'
import { HlsWindow } from './hls-window.ts'

/** After a failure the parts are begun again in this many milliseconds. @default 1000 */
export const BEGIN_AGAIN_MS = 1_000

/** One live camera as parts in memory, made as a recording makes them, whether or not the camera is recorded and wherever. */
export class CameraHls implements Follower {
  readonly window = new HlsWindow(Math.floor(Date.now() / 1000))
  usedMs = performance.now()
  readonly #source: FollowedCamera
  readonly #log: Logger
  readonly #onEnded: (reason: string) => void
  readonly #closing = new AbortController()
  #endMs = 0

  constructor(source: FollowedCamera, { log, onEnded }: { log: Logger; onEnded: (reason: string) => void }) {
    this.#source = source
    this.#log = log
    this.#onEnded = onEnded
    source.follow(this)
  }

  get isClosed(): boolean { return this.#closing.signal.aborted }

  attached(camera: LiveCamera): void { void this.#make(camera) }
  write(): void {}
  report(): void {}
  ended(reason: string): void { this.#onEnded(reason) }

  close(): void {
    this.#closing.abort()
    this.#source.close()
    this.window.wake()
  }

  async #make(camera: LiveCamera): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted && camera.endedReason === undefined) {
      const recording = new Recording({ log: this.#log }, { camera, notBeforeMs: this.#endMs, begin: (start) => this.#session(camera, start), onDurable() {}, onProgress() {} })
      await recording.run(signal).catch((err) => this.#log.error('parts of %s for HLS failed, begun again - %s', camera.id, err))
      await sleep(BEGIN_AGAIN_MS, undefined, { signal, ref: false }).catch(() => {})
    }
  }

  #session(camera: LiveCamera, start: Parameters<HlsWindow['begin']>[0]): PartSink {
    this.window.begin(start)
    return {
      add: (part) => {
        this.#endMs = part.startMs + part.durationMs
        if (this.window.add(part)) camera.requestKeyframe()
      },
      async close() {},
      abandon() {}
    }
  }
}
