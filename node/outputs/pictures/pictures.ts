import { NotFoundError, OverloadedError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import type { OpenFeed } from '../../live/camera-feed.ts'
import { FollowedCamera } from '../followed-camera.ts'
import { CameraPictures, type PictureViewer } from './camera-pictures.ts'

/** Cameras decoded at once. @default 8 */
export const MAX_DECODED_CAMERAS = 8
/** Viewers of MJPEG at once, over all cameras. @default 64 */
export const MAX_PICTURE_VIEWERS = 64
/** A decoder nobody looks at is kept this long, in milliseconds, for the next snapshot. @default 5000 */
export const DECODER_LINGER_MS = 5_000

/** Live cameras as JPEGs. */
export interface Pictures extends Startable {
  /** How it looks now; `width` in pixels, 0 for the camera's own. @throws NotFoundError, TrackUnavailableError, OverloadedError */
  snapshot(camera: CameraId, width: number): Promise<Uint8Array>
  /** Answers the way to leave. @throws as `snapshot` */
  watch(camera: CameraId, viewer: PictureViewer): Promise<() => void>
}

export interface PicturesInit {
  readonly open: OpenFeed
  readonly knows: (camera: CameraId) => boolean
  /** @default DECODER_LINGER_MS */
  readonly lingerMs?: number
  /** @default MAX_DECODED_CAMERAS */
  readonly maxCameras?: number
  /** @default DECODER_TIMEOUT_MS */
  readonly decoderTimeoutMs?: number
}

interface Entry { readonly pictures: Promise<CameraPictures>; users: number; linger: NodeJS.Timeout | undefined }

export function createPictures({ log: parentLog, metrics }: { log: Logger; metrics: Metrics }, init: PicturesInit): Pictures {
  const log = parentLog.scope('node:outputs:pictures')
  const entries = new Map<CameraId, Entry>()
  const closing = new Set<Promise<void>>()
  const maxCameras = init.maxCameras ?? MAX_DECODED_CAMERAS
  let viewers = 0
  let stopped = false
  metrics.gauge('decoded_cameras', 'Cameras decoded for snapshots and MJPEG.', () => entries.size)
  metrics.gauge('mjpeg_viewers', 'Viewers of MJPEG.', () => viewers)

  function end(camera: CameraId, entry: Entry, reason: string): void {
    if (entries.get(camera) === entry) entries.delete(camera)
    clearTimeout(entry.linger)
    const closed = entry.pictures.then((pictures) => pictures.close(reason), () => {}).finally(() => closing.delete(closed))
    closing.add(closed)
  }

  function enter(camera: CameraId): Entry {
    if (stopped || entries.size >= maxCameras) throw new OverloadedError(`this node decodes ${maxCameras} cameras already; try another node, or again in a moment`)
    const entry: Entry = {
      users: 0, linger: undefined,
      pictures: FollowedCamera.open(init.open, camera).then((source) => new CameraPictures(source, { onEnded: (reason) => end(camera, entry, reason), decoderTimeoutMs: init.decoderTimeoutMs }))
    }
    entries.set(camera, entry)
    entry.pictures.then(() => log('decoding %s', camera), () => { if (entries.get(camera) === entry) entries.delete(camera) })
    return entry
  }

  /** Hold a camera's pictures. */
  async function take(camera: CameraId): Promise<{ pictures: CameraPictures; leave: () => void }> {
    if (!init.knows(camera)) throw new NotFoundError(`there is no camera ${camera}`)
    const entry = entries.get(camera) ?? enter(camera)
    entry.users++
    clearTimeout(entry.linger)
    let left = false
    const leave = (): void => {
      if (left) return
      left = true
      if (--entry.users === 0 && entries.get(camera) === entry) entry.linger = setTimeout(() => end(camera, entry, 'nobody looks'), init.lingerMs ?? DECODER_LINGER_MS).unref()
    }
    try {
      return { pictures: await entry.pictures, leave }
    } catch (err) {
      leave()
      throw err
    }
  }

  return {
    async snapshot(camera, width) {
      const { pictures, leave } = await take(camera)
      try {
        return await pictures.snapshot(width)
      } finally {
        leave()
      }
    },
    async watch(camera, viewer) {
      if (viewers >= MAX_PICTURE_VIEWERS) throw new OverloadedError(`this node serves ${MAX_PICTURE_VIEWERS} viewers of MJPEG already`)
      viewers++
      let taken: Awaited<ReturnType<typeof take>> | undefined
      try {
        taken = await take(camera)
        const away = taken.pictures.watch(viewer)
        const { leave } = taken
        let left = false
        return () => {
          if (left) return
          left = true
          viewers--
          away()
          leave()
        }
      } catch (err) {
        viewers--
        taken?.leave()
        throw err
      }
    },
    start() {},
    async stop() {
      stopped = true
      for (const [camera, entry] of entries) end(camera, entry, 'the node is stopping')
      await Promise.all(closing)
    }
  }
}
