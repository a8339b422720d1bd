import type { CameraId } from '#protocols/ids.ts'
import type { LiveCamera } from './live-camera.ts'

/** A live camera somebody here is looking at. `release` is idempotent. */
export interface CameraFeed {
  readonly camera: LiveCamera
  release(): void
}

/** The camera as published here, or a relay of it. @throws TrackUnavailableError when it is live nowhere */
export type OpenFeed = (camera: CameraId) => Promise<CameraFeed>
