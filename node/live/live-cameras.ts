import { CameraBusyError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import { type Emitter, emitter, type Signal } from '#ring/base/emitter.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { LiveCamera } from './live-camera.ts'

/** Whoever records a live camera. */
export interface CameraRecorder extends Startable {
  /** True when it made progress lately. */
  recording(): boolean
  /** Capture time (Unix ms) up to which all is on disk, on how many nodes; undefined when nothing is yet. */
  durable(): { readonly ms: number; readonly copies: number } | undefined
  /** Until when (`performance.now()`) all that came is on disk on as many nodes as the ring asks for, or is not to be recorded. */
  keptMs(): number
  /** Why what the camera sends can not be recorded. */
  obstacle?(): string | undefined
  /** Pictures come, and no keyframe for a recording to begin with. */
  isKeyless?(): boolean
  /** Why nothing of it is to be recorded at this moment; undefined when it is to be. Where this is not told, the camera's plan tells it. */
  whyNot?(): string | undefined
}

/** A camera published to this node, and its recorder, which records when it is to be. */
export interface PublishedCamera {
  readonly camera: LiveCamera
  readonly recorder: CameraRecorder
}

/** The cameras published to this node now: one publication per camera. */
export class LiveCameras {
  readonly changed: Signal<void>
  readonly #changed: Emitter<void> = emitter<void>()
  readonly #record: (camera: LiveCamera) => CameraRecorder
  readonly #published = new Map<CameraId, PublishedCamera>()
  readonly #stopping = new Set<Promise<void>>()

  /** `record` makes the recorder of a camera. */
  constructor(record: (camera: LiveCamera) => CameraRecorder) {
    this.#record = record
    this.changed = this.#changed
  }

  get(id: CameraId): PublishedCamera | undefined { return this.#published.get(id) }
  all(): PublishedCamera[] { return [...this.#published.values()] }

  /** Take a camera up. The same publisher coming again replaces itself. @throws CameraBusyError when another peer publishes it */
  add(camera: LiveCamera): void {
    const old = this.#published.get(camera.id)
    if (old !== undefined && old.camera.from !== camera.from) {
      throw new CameraBusyError(`camera ${camera.id} is published by another peer now; give this one another name`)
    }
    if (old !== undefined) this.remove(old.camera, 'its publisher connected again')
    const recorder = this.#record(camera)
    this.#published.set(camera.id, { camera, recorder })
    void recorder.start()
    this.#changed.emit()
  }

  /** End this publication; a newer one of the same camera stays. What was recorded goes on being stored. */
  remove(camera: LiveCamera, reason: string): void {
    const published = this.#published.get(camera.id)
    camera.end(reason)
    if (published?.camera !== camera) return
    this.#published.delete(camera.id)
    const stopping = Promise.resolve(published.recorder.stop()).finally(() => this.#stopping.delete(stopping))
    this.#stopping.add(stopping)
    this.#changed.emit()
  }

  /** End every publication; resolves when what was recorded is stored. */
  async close(reason: string): Promise<void> {
    for (const { camera } of this.all()) this.remove(camera, reason)
    await Promise.all(this.#stopping)
  }
}
