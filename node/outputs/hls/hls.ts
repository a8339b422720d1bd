import { InvalidInputError, NotFoundError, OverloadedError, TrackUnavailableError } from '#protocols/errors.ts'
import type { CameraId } from '#protocols/ids.ts'
import type { Startable } from '#ring/base/lifecycle.ts'
import type { Logger } from '#ring/base/log.ts'
import type { Metrics } from '#ring/base/metrics.ts'
import type { OpenFeed } from '../../live/camera-feed.ts'
import { FollowedCamera } from '../followed-camera.ts'
import { CameraHls } from './camera-hls.ts'
import { TARGET_SECONDS } from './hls-window.ts'
import { playlistOf } from './playlist.ts'

/** Cameras kept as HLS at once. @default 16 */
export const MAX_HLS_CAMERAS = 16
/** A camera nobody asked for in this long is let go, in milliseconds. @default 20000 */
export const HLS_IDLE_MS = 20_000
/** Requests that may wait for what is not made yet. @default 256 */
export const MAX_WAITING = 256
/** Longest such wait, in milliseconds: three target durations. @default 12000 */
export const MAX_WAIT_MS = TARGET_SECONDS * 3_000

/** What a blocking reload waits for (RFC 8216bis section 6.2.5.2). */
export interface WantedPart { readonly sequence: number; readonly part: number | undefined }

/** Live cameras as low-latency HLS. */
export interface Hls extends Startable {
  /** The camera's playlist, as soon as it has what is wanted. @throws NotFoundError, TrackUnavailableError, OverloadedError, InvalidInputError */
  playlist(camera: CameraId, wanted: WantedPart | undefined, signal: AbortSignal): Promise<string>
  /** A file the playlist names. @throws NotFoundError when it is gone, or never was */
  file(camera: CameraId, name: string): Buffer
}

export interface HlsInit {
  readonly open: OpenFeed
  readonly knows: (camera: CameraId) => boolean
  /** @default HLS_IDLE_MS */
  readonly idleMs?: number
}

export function createHls({ log: parentLog, metrics }: { log: Logger; metrics: Metrics }, init: HlsInit): Hls {
  const log = parentLog.scope('node:outputs:hls')
  const idleMs = init.idleMs ?? HLS_IDLE_MS
  const cameras = new Map<CameraId, Promise<CameraHls>>()
  const running = new Map<CameraId, CameraHls>()
  let waiting = 0
  let stopped = false
  let sweep: NodeJS.Timeout | undefined
  metrics.gauge('hls_cameras', 'Cameras kept as HLS.', () => cameras.size)

  function end(camera: CameraId, reason: string): void {
    running.get(camera)?.close()
    running.delete(camera)
    cameras.delete(camera)
    log('no more HLS of %s - %s', camera, reason)
  }

  async function begin(id: CameraId): Promise<CameraHls> {
    const source = await FollowedCamera.open(init.open, id)
    const camera: CameraHls = new CameraHls(source, { log, onEnded: (reason) => { if (running.get(id) === camera) end(id, reason) } })
    if (stopped) camera.close()
    else running.set(id, camera)
    return camera
  }

  function enter(id: CameraId): Promise<CameraHls> {
    if (!init.knows(id)) throw new NotFoundError(`there is no camera ${id}`)
    if (stopped || cameras.size >= MAX_HLS_CAMERAS) throw new OverloadedError(`this node keeps ${MAX_HLS_CAMERAS} cameras as HLS already; try another node, or again in a moment`)
    const camera = begin(id)
    cameras.set(id, camera)
    camera.catch(() => { if (cameras.get(id) === camera) cameras.delete(id) })
    return camera
  }

  /** Until the window has what is wanted: a whole segment at least, for players that know no parts. */
  async function wait(camera: CameraHls, wanted: WantedPart | undefined, signal: AbortSignal): Promise<void> {
    const { window } = camera
    const has = (): boolean => wanted === undefined ? window.segments.length > 1 : window.has(wanted.sequence, wanted.part)
    if (camera.isClosed || has()) return
    if (waiting >= MAX_WAITING) throw new OverloadedError('too many requests wait for parts already')
    waiting++
    try {
      while (!has() && !camera.isClosed && !signal.aborted) {
        await window.changed(signal)
        camera.usedMs = performance.now()
      }
    } finally {
      waiting--
    }
  }

  return {
    async playlist(id, wanted, signal) {
      const camera = await (cameras.get(id) ?? enter(id))
      camera.usedMs = performance.now()
      const newest = camera.window.segments.at(-1)?.sequence
      if (wanted !== undefined && newest !== undefined && wanted.sequence > newest + 2) throw new InvalidInputError(`_HLS_msn=${wanted.sequence} is far ahead: the newest is ${newest}`)
      await wait(camera, wanted, AbortSignal.any([signal, AbortSignal.timeout(MAX_WAIT_MS)]))
      camera.usedMs = performance.now()
      if (camera.isClosed) throw new TrackUnavailableError(`camera ${id} is not live any more`)
      if (camera.window.segments.length === 0) throw new TrackUnavailableError(`camera ${id} shows no picture now`)
      return playlistOf(camera.window)
    },
    file(id, name) {
      const camera = running.get(id)
      const [, kind, number, part] = /^(init|segment|part)-(\d{1,15})(?:-(\d{1,4}))?\.(?:mp4|m4s)$/.exec(name) ?? []
      const { window } = camera ?? {}
      const bytes = kind === 'init' ? window?.init(Number(number)) : kind === 'segment' ? window?.segment(Number(number)) : kind === 'part' ? window?.part(Number(number), Number(part ?? -1)) : undefined
      if (camera === undefined || bytes === undefined) throw new NotFoundError('there is no such part of this camera now: load its playlist')
      camera.usedMs = performance.now()
      return bytes
    },
    start() {
      sweep = setInterval(() => {
        for (const [id, camera] of running) if (performance.now() - camera.usedMs > idleMs) end(id, 'nobody watches')
      }, Math.min(1_000, idleMs)).unref()
    },
    stop() {
      stopped = true
      clearInterval(sweep)
      for (const id of running.keys()) end(id, 'the node is stopping')
    }
  }
}
