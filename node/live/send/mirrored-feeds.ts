import type { CameraId } from '#protocols/ids.ts'
import type { CameraFeed, OpenFeed } from '../camera-feed.ts'
import { LiveCamera } from '../live-camera.ts'
import { errorOf } from './failure.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

interface Mirror { readonly number: number; readonly camera: LiveCamera; users: number }

/** The cameras of a sender thread: one mirror each, however many of its viewers watch. */
export interface MirroredFeeds {
  readonly open: OpenFeed
  answered(message: Extract<ToWorker, { type: 'opened' | 'notOpened' }>): void
  camera(number: number): LiveCamera | undefined
  ended(number: number, reason: string): void
}

export function mirroredFeeds(tell: (message: FromWorker) => void): MirroredFeeds {
  const mirrors = new Map<number, Mirror>()
  const asked = new Map<number, { camera: CameraId; opened: PromiseWithResolvers<Mirror> }>()
  const current = new Map<CameraId, Promise<Mirror>>()
  let next = 1

  function ask(camera: CameraId): Promise<Mirror> {
    const call = next++
    const opened = Promise.withResolvers<Mirror>()
    asked.set(call, { camera, opened })
    current.set(camera, opened.promise)
    opened.promise.catch(() => { if (current.get(camera) === opened.promise) current.delete(camera) })
    tell({ type: 'open', call, camera })
    return opened.promise
  }

  function forget(mirror: Mirror): void {
    mirrors.delete(mirror.number)
    void current.get(mirror.camera.id)?.then((now) => { if (now === mirror) current.delete(mirror.camera.id) }, () => {})
  }

  function feedOf(mirror: Mirror): CameraFeed {
    let left = false
    return {
      camera: mirror.camera,
      release() {
        if (left) return
        left = true
        if (--mirror.users > 0 || !mirrors.has(mirror.number)) return
        forget(mirror)
        tell({ type: 'released', camera: mirror.number })
        mirror.camera.end('no viewers on this thread')
      }
    }
  }

  return {
    async open(id) {
      for (;;) {
        const mirror = await (current.get(id) ?? ask(id))
        if (!mirrors.has(mirror.number)) { // it ended, or its last user left, while we waited
          current.delete(id)
          continue
        }
        mirror.users++
        return feedOf(mirror)
      }
    },
    answered(message) {
      const waiting = asked.get(message.call)
      asked.delete(message.call)
      if (message.type === 'notOpened') return waiting?.opened.reject(errorOf(message.failure))
      const { number, tracks, ...rest } = message.camera
      const camera = new LiveCamera({ ...rest, tracks, requestKeyframe: () => tell({ type: 'onPli', camera: number }) })
      const mirror = { number, camera, users: 0 }
      mirrors.set(number, mirror)
      waiting?.opened.resolve(mirror)
    },
    camera: (number) => mirrors.get(number)?.camera,
    ended(number, reason) {
      const mirror = mirrors.get(number)
      if (mirror === undefined) return
      forget(mirror)
      mirror.camera.end(reason)
    }
  }
}
