import type { CameraId } from '#protocols/ids.ts'
import type { LiveCamera } from './live-camera.ts'

/** A live camera somebody here is looking at. `release` is idempotent. */
export interface CameraFeed {
  readonly camera: LiveCamera
  release(): void
}

/** The camera as published here, or a relay of it. @throws TrackUnavailableError when it is live nowhere */
export type OpenFeed = (camera: CameraId) => Promise<CameraFeed>

/** A feed of what is shared: `leave` is called once, by its release, or when it could not be opened. */
export async function sharedFeed(opened: Promise<{ readonly camera: LiveCamera }>, leave: () => void): Promise<CameraFeed> {
  let left = false
  const release = (): void => {
    if (!left) leave()
    left = true
  }
  try {
    return { camera: (await opened).camera, release }
  } catch (err) {
    release()
    throw err
  }
}
