import { ModelMissingError, OverloadedError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import { hourOf } from '#ring'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { LiveCamera } from '../../live/live-camera.ts'
import type { LiveCameras } from '../../live/live-cameras.ts'
import { LIVE, type MomentIndex } from '../index/entries.ts'
import type { FoundObject, Inference, Picture } from '../inference/inference.ts'
import { type LiveKeyframe, watchCamera } from './camera-eye.ts'
import type { SmallPictures } from './small-pictures.ts'
import { createFreshStretches, type FreshStretches } from './fresh-stretches.ts'
import { OpenStretch } from './open-stretch.ts'
import type { SeenBlobs } from './seen-blobs.ts'
import { entriesOfSeen, SEEN_FOR_MS } from './seen-stretch.ts'
import { changedView, type View, viewOf } from './view.ts'

/** What was seen is written down this often, in ms: each time is an edit of the ring. @default 60000 */
export const WRITE_SEEN_MS = 60_000
/** A picture of which no more than this share changed since the last one that was looked at says nothing new, 0 to 1. @default 0.005 */
export const SAME_SHARE = 0.005
/** A thing that was not there for so long is told of when it is seen again, in ms. @default 30000 */
export const UNSEEN_MS = 30_000

export interface LiveEyesComponents {
  readonly seen: Pick<SeenBlobs, 'write' | 'join'>
  readonly published: Pick<LiveCameras, 'all' | 'changed'>
  readonly index: Pick<MomentIndex, 'put' | 'readings'>
  readonly inference: Pick<Inference, 'model' | 'whyNoVectors' | 'embedPictures' | 'findObjects'>
  readonly pictures: Pick<SmallPictures, 'ask'>
  /** A thing was seen before a camera that was not there lately. */
  readonly onObject: (seen: FoundObject & { readonly camera: CameraId; readonly atMs: number }) => void
  readonly log: Logger
}

export interface LiveEyesInit {
  /** @default WRITE_SEEN_MS */
  readonly writeMs?: number
}

/** The cameras that are published here, understood while they record: each picture can be found as soon as the models have answered. */
export interface LiveEyes extends Startable {}

export function createLiveEyes(components: LiveEyesComponents, { writeMs = WRITE_SEEN_MS }: LiveEyesInit = {}): LiveEyes {
  const watched = new Map<LiveCamera, { readonly eye: Eye; readonly leave: () => void }>()
  const ending = new Set<Promise<void>>()
  let away: (() => void) | undefined
  let timer: NodeJS.Timeout | undefined

  const { published, index, log } = components
  const fresh = createFreshStretches({ index })

  function look(): void {
    const cameras = new Set(published.all().map(({ camera }) => camera))
    for (const camera of watched.keys()) if (!cameras.has(camera)) end(camera)
    for (const camera of cameras) if (!watched.has(camera) && camera.track('video') !== undefined) begin(camera)
  }

  function begin(camera: LiveCamera): void {
    const eye = new Eye({ ...components, fresh }, camera.id)
    const leave = watchCamera({ camera, wanted: () => eye.isWanted(), look: (keyframe) => eye.look(keyframe), onEnd: () => end(camera) })
    watched.set(camera, { eye, leave })
  }

  function end(camera: LiveCamera): void {
    const known = watched.get(camera)
    watched.delete(camera)
    if (known === undefined) return
    known.leave()
    const written = known.eye.close().finally(() => ending.delete(written))
    ending.add(written)
  }

  /** What was written the last time has its owners now. */
  async function write(): Promise<void> {
    await fresh.settle()
    for (const { eye } of watched.values()) await eye.write()
  }

  return {
    start() {
      away = published.changed.on(look)
      timer = setInterval(() => { write().catch((err) => { log.error('what cameras saw is not in the index - %s', err) }) }, writeMs).unref()
      look()
    },
    async stop() {
      away?.()
      clearInterval(timer)
      for (const camera of watched.keys()) end(camera)
      await Promise.all(ending)
      await fresh.settle()
    }
  }
}

type EyeComponents = LiveEyesComponents & { readonly fresh: Pick<FreshStretches, 'add'> }

/** What looks at one camera. */
class Eye {
  readonly #components: EyeComponents
  readonly #camera: CameraId
  readonly #lastSeenMs = new Map<string, number>()
  #open: OpenStretch | undefined
  #before: { readonly view: View; readonly atMs: number } | undefined
  #saidWhy = ''

  constructor(components: EyeComponents, camera: CameraId) {
    this.#components = components
    this.#camera = camera
  }

  /** Whether this node has a model for what is seen. */
  isWanted(): boolean {
    const { inference } = this.#components
    return inference.whyNoVectors() === undefined || inference.model('find-objects') !== undefined
  }

  async look({ atMs, codec, bytes }: LiveKeyframe): Promise<void> {
    const { inference, pictures } = this.#components
    const picture = await pictures.ask({ codec, bytes })
    if (picture === undefined) return
    if (this.#isSame(picture, atMs)) return this.#open?.until(atMs)
    try {
      const seen = inference.whyNoVectors() !== undefined ? undefined : await inference.embedPictures([picture])
      const objects = inference.model('find-objects') === undefined ? [] : await inference.findObjects(picture)
      await this.#saw(atMs, seen?.values, objects, seen?.space)
    } catch (err) {
      this.#fail(err)
    }
  }

  /** Writes down what was seen since the last time: from then on every owner of the camera can find it. */
  async write(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    if (open === undefined || open.isEmpty) return
    const stretch = open.seen()
    try {
      await this.#components.fresh.add(stretch, await this.#components.seen.write(stretch))
    } catch (err) {
      this.#components.log.error('what %s saw is not written down - %s', this.#camera, err)
    }
  }

  /** Writes down the last of an hour, and makes one of all of it. */
  async close(): Promise<void> {
    const atMs = this.#open?.fromMs
    await this.write()
    if (atMs !== undefined) await this.#components.seen.join(this.#camera, atMs).catch((err) => this.#components.log.error('what %s saw stays in many pieces - %s', this.#camera, err))
  }

  #isSame(picture: Picture, atMs: number): boolean {
    const view = viewOf(picture)
    const before = this.#before
    if (this.#open !== undefined && before !== undefined && atMs - before.atMs < SEEN_FOR_MS && changedView(before.view, view) <= SAME_SHARE) return true
    this.#before = { view, atMs }
    return false
  }

  async #saw(atMs: number, vector: Float32Array | undefined, objects: readonly FoundObject[], space: OpenStretch['space']): Promise<void> {
    if (this.#open !== undefined && hourOf(this.#open.fromMs) !== hourOf(atMs)) await this.close()
    if (this.#open !== undefined && this.#open.space !== space) await this.write()
    const open = this.#open ??= new OpenStretch(this.#camera, space)
    open.add({ atMs, vector, objects })
    this.#tell(atMs, objects)
    await this.#components.index.put(entriesOfSeen({ camera: this.#camera, fromMs: atMs, toMs: atMs, space, dimensions: vector?.length ?? 0, pictures: [{ atMs, vector, objects }] }, LIVE))
  }

  #tell(atMs: number, objects: readonly FoundObject[]): void {
    for (const object of objects) {
      if (atMs - (this.#lastSeenMs.get(object.label) ?? -Infinity) >= UNSEEN_MS) this.#components.onObject({ ...object, camera: this.#camera, atMs })
      this.#lastSeenMs.set(object.label, atMs)
    }
  }

  /** Said once, until it is another reason. */
  #fail(err: unknown): void {
    if (err instanceof ModelMissingError || err instanceof OverloadedError) return // no model any more, or others are first: the next picture
    const why = String(err)
    if (this.#saidWhy !== why) this.#components.log.error('%s is not looked at - %s', this.#camera, why)
    this.#saidWhy = why
  }
}
