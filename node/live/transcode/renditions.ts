import { availableParallelism } from 'node:os'
import { OverloadedError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import { type OpenFeed, sharedFeed } from '../camera-feed.ts'
import { Transcoding } from './transcoding.ts'

/** Cameras whose pictures are made anew at once: each takes up to a core. @default half of the cores, at least 1 */
export const MAX_TRANSCODINGS = Math.max(1, Math.floor(availableParallelism() / 2))

const SUFFIX = '#h264'
/** What a camera's rendition is called among feeds: no camera id has such a letter. */
export const renditionOf = (camera: CameraId): CameraId => `${camera}${SUFFIX}` as CameraId

/** Cameras as H.264 for viewers that have nothing else in common with them. */
export interface Renditions extends Startable {
  /** A camera, or by its rendition's name its H.264: one process for all who watch it, which ends with the last. @throws as `open`, OverloadedError */
  readonly open: OpenFeed
  count(): number
}

interface Entry { readonly transcoding: Promise<Transcoding>; viewers: number }

export function createRenditions({ open, max = MAX_TRANSCODINGS }: { open: OpenFeed; max?: number }): Renditions {
  const entries = new Map<CameraId, Entry>()

  function enter(camera: CameraId): Entry {
    if (entries.size >= max) throw new OverloadedError(`this node makes H.264 of ${max} cameras already: watch with a browser that plays what the camera sends`)
    const entry: Entry = { transcoding: open(camera).then((feed) => new Transcoding(feed)), viewers: 0 }
    entries.set(camera, entry)
    const forget = (): void => { if (entries.get(camera) === entry) entries.delete(camera) }
    entry.transcoding.then(({ camera: made }) => made.add({ write() {}, report() {}, ended: forget }), forget)
    return entry
  }

  return {
    async open(id) {
      if (!id.endsWith(SUFFIX)) return open(id)
      const camera = id.slice(0, -SUFFIX.length) as CameraId
      const entry = entries.get(camera) ?? enter(camera)
      entry.viewers++
      return sharedFeed(entry.transcoding, () => { if (--entry.viewers === 0) entry.transcoding.then((transcoding) => transcoding.close('no viewers'), () => {}) })
    },
    count: () => entries.size,
    start() {},
    async stop() {
      for (const { transcoding } of entries.values()) await transcoding.then((each) => each.close('node stopping'), () => {})
    }
  }
}
